"""Credit that the organization gives, and gifts that find their owner."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from cilis.domains import identity, tenants
from cilis.domains.credits import queries
from cilis.domains.credits.errors import CodeUnknown, CreditContested, OwnCredit
from cilis.domains.credits.models import Credit
from cilis.domains.credits.service import codes
from cilis.domains.credits.service.buying import open_now
from cilis.domains.credits.service.postings import post_given
from cilis.domains.credits.types import CreditKind, CreditState
from cilis.domains.payments import BorneBy
from cilis.infra import audit, idempotency, limits
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.text import is_clean, nfc
from cilis.kit.viewer import Viewer

_MOST_MINOR = 10**12
_LONGEST_DAYS = 3650
_LONGEST_REASON = 500
_TRIES = "20/hour"


def give_credit(
    person_id: UUID, amount_minor: int, reason: str, viewer: Viewer, *, days: int = 365
) -> Credit:
    """Give somebody credit at the organization's cost.

    Raises:
        PersonNotFound: nobody of this id.
        OwnCredit: it would be the viewer's own.
        InvalidInput: on ``amount_minor``, ``days``, or ``reason``, which must be given.
    """
    reason = nfc(reason).strip()
    wrong: dict[str, list[str]] = {}
    if not 1 <= amount_minor <= _MOST_MINOR:
        wrong["amount_minor"] = ["out_of_range"]
    if not 1 <= days <= _LONGEST_DAYS:
        wrong["days"] = ["out_of_range"]
    if not reason:
        wrong["reason"] = ["required"]
    elif len(reason) > _LONGEST_REASON:
        wrong["reason"] = ["too_long"]
    elif not is_clean(reason):
        wrong["reason"] = ["unclean_text"]
    if wrong:
        raise InvalidInput(wrong)
    if person_id == viewer.person:
        raise OwnCredit(f"{person_id} gives to themselves")
    with transaction() as session:
        identity.person(session, person_id)
        found = Credit(
            id=ids.new(),
            kind=CreditKind.GOODWILL,
            state=CreditState.OPEN,
            owner_id=person_id,
            amount_minor=amount_minor,
            currency=tenants.organization(session).currency,
            made_at=clock.now(),
            days=days,
            name={},
            scope={},
            borne_by=BorneBy.SHARED,
            refundable=False,
            recipient="",
            message="",
            given_by=viewer.person,
            reason=reason,
        )
        session.add(found)
        session.flush()
        post_given(session, found)
        open_now(session, found, clock.now() + timedelta(days=days))
        idempotency.made(session, found.id)
        detail = {"person_id": str(person_id), "amount_minor": amount_minor, "reason": reason}
        audit.record(session, "credits.given", found.id, actor=viewer.person, detail=detail)
    return found


def redeem(code: str, viewer: Viewer) -> Credit:
    """Take a gift by its code: it is the viewer's from now on. A repeat finds it theirs.

    Raises:
        NotSignedIn: whose it becomes must be known.
        TooMany: the viewer tries code after code.
        CodeUnknown: nothing waits under this code.
        CreditContested: a bank contests what was paid for it.
    """
    person_id = viewer.person
    limits.hit("credits.redeem", str(person_id), _TRIES)
    with transaction() as session:
        found = queries.gift_by_code(session, codes.digest(code))
        if found is None or found.state is not CreditState.OPEN:
            raise CodeUnknown("no gift waits under it")
        if found.owner_id not in {None, person_id}:
            raise CodeUnknown("somebody took it")
        if found.owner_id is None and queries.contested(session, [found]):
            raise CreditContested(f"the purchase of {found.id} is contested")
        if found.owner_id is None:
            found.owner_id = person_id
            audit.record(session, "credits.redeemed", found.id, actor=person_id, detail={})
        idempotency.made(session, found.id)
    return found
