"""How a credit ends: its time is over, or what is left goes back; and how it comes alive again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import ledger, payments
from cilis.domains.credits import queries
from cilis.domains.credits.errors import CreditContested, CreditNotFound, NotReturnable
from cilis.domains.credits.models import Credit
from cilis.domains.credits.service.buying import set_end
from cilis.domains.credits.service.losses import settle_borne, take_refunded
from cilis.domains.credits.service.postings import post_expired, post_kept, post_returned
from cilis.domains.credits.types import HELD_FOR, RETURNED_FOR, CreditKind, CreditState
from cilis.infra import audit, idempotency
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer


def expire(credit_id: UUID) -> None:
    """A credit's time should be over: what is left is the organization's."""
    with transaction() as session:
        found = queries.lock(session, credit_id)
        if found.state is not CreditState.OPEN or found.ends_at is None:
            return
        if found.ends_at > clock.now():
            return  # it was prolonged, and has a later timer
        rest = queries.left(session, found)
        if rest.minor > 0:
            post_expired(session, found, rest)
        found.state, found.closed_at = CreditState.EXPIRED, clock.now()
        detail = {"rest_minor": rest.minor}
        audit.record(session, "credits.expired", found.id, actor=None, detail=detail)


def warn(session: Session, credit_id: UUID) -> Credit | None:
    """The credit whose owner is to be told that it ends soon; None when nothing would be lost."""
    found = queries.credit(session, credit_id)
    if found.state is not CreditState.OPEN or found.ends_at is None or found.owner_id is None:
        return None
    prolonged = found.ends_at > clock.now() + timedelta(days=15)
    return None if prolonged or not queries.left(session, found).minor else found


def return_rest(credit_id: UUID, viewer: Viewer) -> Credit:
    """Give what is left of a bought credit back to who paid for it.

    Buyers may do so with a package that is said to be refundable, admins with all that others
    bought.

    Raises:
        CreditNotFound: no such credit for this viewer.
        NotReturnable: it was given, is over, nothing is left, or its terms do not allow it.
        CreditContested: a bank contests what was paid for it.
    """
    with transaction() as session:
        queries.visible(session, viewer, credit_id)
        found = queries.lock(session, credit_id)
        idempotency.made(session, found.id)
        if found.state is CreditState.RETURNED:
            return found
        if not may_return(found, viewer) or found.paid_attempt_id is None:
            raise NotReturnable(f"credit {credit_id} is {found.state}")
        rest = queries.left(session, found)
        if rest.minor <= 0:
            raise NotReturnable(f"nothing is left of {credit_id}")
        if queries.contested(session, [found]):
            raise CreditContested(f"the purchase of {credit_id} is contested")
        refund_id = _ask_back(session, found.paid_attempt_id, rest, found.id, viewer.person)
        post_returned(session, found, rest, refund_id)
        found.state, found.closed_at = CreditState.RETURNED, clock.now()
        detail = {"rest_minor": rest.minor}
        audit.record(session, "credits.returned", found.id, actor=viewer.person, detail=detail)
    return found


def may_return(found: Credit, viewer: Viewer) -> bool:
    """Whether somebody may have what is left of a credit given back."""
    if found.state is not CreditState.OPEN or found.kind is CreditKind.GOODWILL:
        return False
    if viewer.person_id == found.buyer_id:  # an admin is a client here like any other
        return found.owner_id == found.buyer_id and found.refundable
    return viewer.has("admin") and viewer.person_id != found.owner_id


def follow_dispute(credit_id: UUID, attempt_id: UUID) -> None:
    """A bank contests a purchase, or has decided: what it took, the credit loses.

    While it is not decided, reading is enough: nobody can spend what is contested. Where the bank
    decides anew and gives the money back, the credit is there again.
    """
    with transaction() as session:
        found = _locked(session, credit_id)
        if found is None or found.paid_attempt_id != attempt_id:
            return
        settle_borne(session, found)
        if found.state is CreditState.RETURNED:
            _reopen(session, found)


def take_back(credit_id: UUID, refund_id: UUID) -> None:
    """The money of a purchase is to go back without our doing: as much credit goes with it.

    What was spent already is not there any more; the organization bears it.
    """
    with transaction() as session:
        found = _locked(session, credit_id)
        refund = payments.refund(session, refund_id)
        if found is None or refund.attempt_id != found.paid_attempt_id:
            return
        take_refunded(session, found, refund)


def give_back_refused(credit_id: UUID, refund_id: UUID) -> None:
    """The bank did not take the money back: it is credit again, for a while at least."""
    with transaction() as session:
        found = _locked(session, credit_id)
        refund = payments.refund(session, refund_id)
        if found is None or refund.attempt_id != found.paid_attempt_id:
            return
        if ledger.posted_under(session, f"credit_returned:{refund_id.hex}") is None:
            return
        post_kept(session, found, refund_id)
        settle_borne(session, found)
        _reopen(session, found)


def keep_open(attempt_id: UUID) -> None:
    """What was spent came back to its credit: it can be used for a while, whatever its end was.

    What the organization bore meanwhile it takes first. A hold that came to nothing lengthens no
    credit: else credit would never end for whoever holds an hour now and then.
    """
    with transaction() as session:
        attempt = payments.attempt(session, attempt_id)
        if attempt.provider != payments.CREDIT:
            return
        found = queries.lock(session, UUID(attempt.provider_reference))
        settle_borne(session, found)
        _reopen(session, found, in_vain=attempt.in_vain)


def _reopen(session: Session, found: Credit, *, in_vain: bool = False) -> None:
    if found.state not in {CreditState.OPEN, CreditState.EXPIRED, CreditState.RETURNED}:
        return
    if not queries.left(session, found).minor:
        return
    found.state, found.closed_at = CreditState.OPEN, None
    now = clock.now()
    least = now + (HELD_FOR if in_vain else RETURNED_FOR)
    if found.ends_at is not None and found.ends_at < (now if in_vain else least):
        set_end(session, found, least)


def _ask_back(session: Session, attempt_id: UUID, rest: Money, credit_id: UUID, by: UUID) -> UUID:
    key = f"credit_returned:{len(ledger.of_subject(session, credit_id))}"
    try:
        return payments.request_refund(session, attempt_id, rest, "credit_returned", by, key=key)
    except (payments.RefundTooLarge, payments.NotRefundable) as problem:
        raise NotReturnable(f"what was paid for {credit_id} went back already") from problem


def _locked(session: Session, credit_id: UUID) -> Credit | None:
    try:
        return queries.lock(session, credit_id)
    except CreditNotFound:
        return None  # the refund is of something else
