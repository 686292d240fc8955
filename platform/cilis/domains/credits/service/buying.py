"""Buying packages and gift credit: chosen, paid like anything else, and opened when money came."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import payments, tenants
from cilis.domains.credits import queries
from cilis.domains.credits.errors import CreditLapsed, CreditNotFound, GiftsOff, PackageNotFound
from cilis.domains.credits.events import CreditEnds, CreditEndsSoon, CreditLapses, CreditOpened
from cilis.domains.credits.models import Credit
from cilis.domains.credits.service import codes
from cilis.domains.credits.service.losses import settle_borne, take_refunded
from cilis.domains.credits.service.postings import post_bought
from cilis.domains.credits.types import CreditKind, CreditState, GiftWish
from cilis.domains.payments import BorneBy
from cilis.infra import audit, idempotency, outbox
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.text import is_clean, nfc
from cilis.kit.viewer import Viewer

PAYMENT_WINDOW = timedelta(minutes=10)
CHOSEN_FOR = timedelta(hours=2)
"""How long something that was chosen waits for its buyer to begin to pay."""
SETTLING = timedelta(minutes=5)
WARNED_BEFORE = timedelta(days=14)
_LONGEST_MESSAGE = 500
_LONGEST_ADDRESS = 254  # RFC 5321, section 4.5.3.1.3
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def buy_package(package_id: UUID, viewer: Viewer) -> Credit:
    """Choose a package; it waits to be paid. Its terms are frozen now.

    Raises:
        NotSignedIn: who buys must be known.
        PackageNotFound: it is not on sale.
    """
    with transaction() as session:
        offer = queries.package(session, package_id)
        if not offer.is_on:
            raise PackageNotFound(f"package {package_id} is off")
        found = _new(
            viewer.person,
            kind=CreditKind.PACKAGE,
            owner_id=viewer.person,
            amount_minor=offer.price_minor,
            currency=offer.currency,
            days=offer.days,
            package_id=offer.id,
            name=dict(offer.name),
            sessions=offer.sessions,
            most_minor=offer.most_minor,
            scope=dict(offer.scope),
            borne_by=offer.borne_by,
            refundable=offer.refundable,
        )
        _keep(session, found)
    return found


def buy_gift(wish: GiftWish, viewer: Viewer) -> Credit:
    """Choose gift credit; it waits to be paid. For somebody else a code is mailed after that.

    Raises:
        NotSignedIn: who buys must be known.
        GiftsOff: the organization sells none.
        InvalidInput: on ``amount_minor``, ``recipient`` or ``message``.
    """
    message, recipient = nfc(wish.message).strip(), nfc(wish.recipient).strip()
    with transaction() as session:
        rules = queries.gift_rules(session)
        if not rules.is_on:
            raise GiftsOff("no gift credit here")
        wrong: dict[str, list[str]] = {}
        if not rules.least_minor <= wish.amount_minor <= rules.most_minor:
            wrong["amount_minor"] = ["out_of_range"]
        if recipient and not _is_address(recipient):
            wrong["recipient"] = ["invalid_email"]
        if len(message) > _LONGEST_MESSAGE:
            wrong["message"] = ["too_long"]
        elif not is_clean(message):
            wrong["message"] = ["unclean_text"]
        if wrong:
            raise InvalidInput(wrong)
        found = _new(
            viewer.person,
            kind=CreditKind.GIFT,
            owner_id=None if recipient else viewer.person,
            amount_minor=wish.amount_minor,
            currency=tenants.organization(session).currency,
            days=rules.days,
            recipient=recipient,
            message=message,
        )
        if recipient:
            found.code_hash, found.code_sealed = codes.made()
        _keep(session, found)
    return found


def pay_for_credit(credit_id: UUID, method: str, viewer: Viewer, client_ip: str) -> str:
    """Send the buyer to pay for a credit that waits; returns the address to go to.

    Raises:
        CreditNotFound: no such credit of the viewer's.
        CreditLapsed: it was not paid in time; the terms may be others by now.
        AlreadyPaid: the money has come.
        MethodNotOffered, GatewayUnavailable: as `payments` has it.
    """
    person_id = viewer.person
    with transaction() as session:
        found = queries.lock(session, credit_id)
        if found.buyer_id != person_id:
            raise CreditNotFound(f"{credit_id} is somebody else's")
        if found.state is CreditState.LAPSED:
            raise CreditLapsed(f"credit {credit_id} was chosen too long ago")
        if found.state is not CreditState.WAITING:
            raise payments.AlreadyPaid(f"credit {credit_id} is {found.state}")
        chosen = payments.method(session, method, found.currency)
        until = clock.now() + (chosen.window or PAYMENT_WINDOW)
        found.attempt_id = payments.open_attempt(
            session,
            subject_id=found.id,
            payer_id=person_id,
            amount=found.amount,
            provider=method,
            description=_description(found),
            expires_at=until,
            about=payments.About.CREDIT,
        )
        outbox.emit(
            session, CreditLapses(credit_id=found.id), at=until + SETTLING, subject=found.id
        )
        idempotency.made(session, found.attempt_id)
        attempt_id = found.attempt_id
    return payments.send_to_provider(
        attempt_id, client_ip=client_ip, language=viewer.language, return_url=""
    )


def open_paid(credit_id: UUID, attempt_id: UUID) -> None:
    """The money for a credit came, perhaps late or twice; what came twice goes back."""
    with transaction() as session:
        try:
            found = queries.lock(session, credit_id)
        except CreditNotFound:
            return  # what was paid for was something else
        if found.paid_attempt_id == attempt_id:
            return
        if found.paid_attempt_id is not None:
            paid = payments.attempt(session, attempt_id)
            payments.came_in_vain(session, attempt_id)
            payments.request_refund(session, attempt_id, paid.amount, "paid_twice", None)
            return
        found.paid_attempt_id = attempt_id
        post_bought(session, found)
        for refund in payments.refunds_of(session, [attempt_id])[attempt_id]:
            take_refunded(session, found, refund)  # it was given back before we heard of it
        settle_borne(session, found)
        ends_at = clock.now() + timedelta(days=found.days)
        if found.state is CreditState.RETURNED:  # nobody is told of what is gone already
            set_end(session, found, ends_at)
        else:
            open_now(session, found, ends_at)


def open_now(session: Session, found: Credit, ends_at: datetime | None) -> None:
    """Let a locked credit be used until an instant, and tell of it."""
    found.state, found.opened_at = CreditState.OPEN, clock.now()
    session.flush()
    set_end(session, found, ends_at)
    outbox.emit(session, CreditOpened(credit_id=found.id), subject=found.id)


def set_end(session: Session, found: Credit, ends_at: datetime | None) -> None:
    """Let a locked credit end at an instant, with a word before."""
    found.ends_at = ends_at
    session.flush()
    if ends_at is None:
        return
    ends, soon = CreditEnds(credit_id=found.id), CreditEndsSoon(credit_id=found.id)
    outbox.emit(session, ends, at=ends_at, subject=found.id)
    if ends_at - WARNED_BEFORE > clock.now():
        outbox.emit(session, soon, at=ends_at - WARNED_BEFORE, subject=found.id)


def lapse(credit_id: UUID) -> None:
    """Nobody paid for a credit in time. Money that still comes opens it all the same."""
    with transaction() as session:
        found = queries.lock(session, credit_id)
        if found.state is CreditState.WAITING and not _is_being_paid(session, found):
            found.state, found.closed_at = CreditState.LAPSED, clock.now()


def _is_being_paid(session: Session, found: Credit) -> bool:
    """Whether a try to pay has a timer of its own, or its money is here or in doubt."""
    if found.attempt_id is None:
        return False
    attempt = payments.attempt(session, found.attempt_id)
    if attempt.state in payments.LIVE_STATES:
        return attempt.expires_at > clock.now()
    return attempt.state in {payments.AttemptState.CAPTURED, payments.AttemptState.REVIEW}


def _new(buyer_id: UUID, **facts: object) -> Credit:
    plain: dict[str, object] = {
        "package_id": None,
        "name": {},
        "sessions": None,
        "most_minor": None,
        "scope": {},
        "borne_by": BorneBy.SHARED,
        "refundable": False,
        "recipient": "",
        "message": "",
        "given_by": None,
        "reason": "",
        "days": 0,
    }
    return Credit(
        id=ids.new(), state=CreditState.WAITING, buyer_id=buyer_id, made_at=clock.now(),
        **(plain | facts),
    )  # fmt: skip


def _is_address(text: str) -> bool:
    return len(text) <= _LONGEST_ADDRESS and is_clean(text) and bool(_ADDRESS.fullmatch(text))


def _keep(session: Session, found: Credit) -> None:
    session.add(found)
    session.flush()
    idempotency.made(session, found.id)
    lapses = CreditLapses(credit_id=found.id)
    outbox.emit(session, lapses, at=found.made_at + CHOSEN_FOR, subject=found.id)
    detail = {"kind": found.kind.value, "amount_minor": found.amount_minor}
    audit.record(session, "credits.chosen", found.id, actor=found.buyer_id, detail=detail)


def _description(found: Credit) -> str:
    """What the gateway's page says: a reference, and the package's name."""
    return f"{found.reference} {next(iter(found.name.values()), '')}".strip()
