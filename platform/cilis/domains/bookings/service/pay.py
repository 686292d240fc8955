"""The client's way to the money: what it is about, and off to the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import payments, pricing, tenants
from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import HoldExpired, MoveOver, NotPossibleNow, NotYours
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.service.changes import close_payment, note
from cilis.domains.bookings.service.confirm import book
from cilis.domains.bookings.service.funds import by_credit, due, undo_credit
from cilis.domains.bookings.service.holds import attach
from cilis.domains.bookings.service.savings import spend_credit
from cilis.domains.bookings.types import (
    LIVE_STATES,
    LONGEST_HOLD,
    LONGEST_TEXT,
    PAYMENT_WINDOW,
    SETTLING,
    SHORTEST_PAYMENT,
    BookingState,
    MoveState,
    Step,
    What,
)
from cilis.infra import idempotency
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.text import is_clean, nfc
from cilis.kit.viewer import Viewer


def describe(booking_id: UUID, viewer: Viewer, text: str) -> Booking:
    """Keep what the client wrote about the matter, from the hold until the session.

    Raises:
        BookingNotFound: no such booking for this viewer.
        NotYours: only the client writes here.
        HoldExpired: the hold is gone.
        NotPossibleNow: the booking is over.
        InvalidInput: too long, or not clean text.
    """
    text = nfc(text).strip()
    if len(text) > LONGEST_TEXT:
        raise InvalidInput({"text": ["too_long"]})
    if not is_clean(text):
        raise InvalidInput({"text": ["unclean_text"]})
    with transaction() as session:
        booking = _own(session, viewer, booking_id)
        if booking.state == BookingState.EXPIRED:
            raise HoldExpired(f"booking {booking_id} is expired")
        if booking.state not in LIVE_STATES:
            raise NotPossibleNow(f"booking is {booking.state}", state=booking.state.value)
        if viewer.person_id is not None:
            attach(session, booking, viewer.person_id)
        if text != (booking.topic_text or ""):
            booking.topic_text = text
            note(session, booking, Step(What.DESCRIBED, viewer.person_id))
    return booking


def start_payment(
    booking_id: UUID, method: str, viewer: Viewer, client_ip: str, *, credit: str = ""
) -> str:
    """Send the client to pay for a hold; returns the address to go to.

    The attempt is committed before the gateway hears of it, and no transaction is open while
    we wait. The hold moves behind the attempt's end, but never past `LONGEST_HOLD`, or past the
    days that the organization gives for a patient way to pay, counted from the hold's beginning.
    Nobody pays for a session that has begun. A service that costs nothing is booked at once.

    ``method`` is a way to pay: "stripe", or with the provider's own choice "manual:desk"; none is
    needed where ``credit`` ("balance", or the id of a package) pays for all of it. Credit that pays
    for a part is taken at once and comes back when the hold comes to nothing.

    Raises:
        NotSignedIn: who pays must be known.
        BookingNotFound: no such booking for this viewer.
        NotYours: only the client pays.
        HoldExpired: the hold ran out, has been stretched too often, or its session begins.
        AlreadyPaid: the money has come.
        MethodNotOffered, GatewayUnavailable: as `payments` has it.
        InvalidInput: on ``credit``: it does not pay for this.
    """
    person_id = viewer.person
    with transaction() as session:
        booking = _own(session, viewer, booking_id)
        if booking.state in {BookingState.PENDING, BookingState.CONFIRMED}:
            raise payments.AlreadyPaid(f"booking {booking_id} is {booking.state}")
        now = clock.now()
        over = min(_held_until(booking), booking.starts_at) <= now
        if booking.state != BookingState.HELD or over:
            raise HoldExpired(f"booking {booking_id} is {booking.state}")
        attach(session, booking, person_id)
        undo_credit(session, booking)  # of a try before
        if credit and not booking.price.is_zero:
            spend_credit(session, booking, credit)
        if due(session, booking).is_zero:
            _book_now(session, booking, person_id)
            idempotency.made(session, booking.id)
            return f"/bookings/{booking.id}"
        attempt_id = _open(session, booking, method, now)
        idempotency.made(session, attempt_id)
    return payments.send_to_provider(
        attempt_id, client_ip=client_ip, language=viewer.language, return_url=""
    )


def pay_move(booking_id: UUID, move_id: UUID, provider: str, viewer: Viewer, client_ip: str) -> str:
    """Send the client to pay the difference of a change; returns the address to go to.

    As `start_payment`: nothing moves before the money came.

    Raises:
        NotSignedIn, BookingNotFound, NotYours: as `start_payment`.
        MoveNotFound: no such change of this booking.
        MoveOver: it is done, given up, or its time is over.
        AlreadyPaid: the money has come.
        MethodNotOffered, GatewayUnavailable: as `payments` has it.
    """
    person_id = viewer.person
    with transaction() as session:
        booking = _own(session, viewer, booking_id)
        move = queries.move(session, booking, move_id)
        now = clock.now()
        if move.state == MoveState.DONE:
            raise payments.AlreadyPaid(f"move {move_id} is done")
        if not move.is_open(now):
            raise MoveOver(f"move {move_id} is {move.state}", state=move.state.value)
        if move.attempt_id is not None:
            before = payments.attempt(session, move.attempt_id).state
            if before in {payments.AttemptState.CAPTURED, payments.AttemptState.REVIEW}:
                raise payments.AlreadyPaid(f"move {move_id} is {before}")
        latest = move.made_at + LONGEST_HOLD - SETTLING
        ends = min(now + PAYMENT_WINDOW, latest, booking.starts_at, move.starts_at)
        if ends < now + SHORTEST_PAYMENT:
            raise MoveOver(f"move {move_id} has been held for too long", state=move.state.value)
        attempt_id = payments.open_attempt(
            session,
            subject_id=booking.id,
            payer_id=person_id,
            payee_id=booking.expert_person_id,
            amount=move.difference,
            share=_share(booking, booking.price, move.difference),
            provider=provider,
            description=_description(session, booking, move.service_name),
            expires_at=ends,
            further=True,
        )
        move.attempt_id = attempt_id
        move.held_until = max(move.held_until or ends, ends + SETTLING)
        detail = {"provider": provider, "attempt_id": str(attempt_id), "move_id": str(move.id)}
        note(session, booking, Step(What.PAYMENT_STARTED, person_id, detail))
        idempotency.made(session, attempt_id)
    return payments.send_to_provider(
        attempt_id, client_ip=client_ip, language=viewer.language, return_url=""
    )


def _description(session: Session, booking: Booking, names: Mapping[str, str]) -> str:
    """What the gateway's page says: the booking's code and the service."""
    language = tenants.organization(session).default_language
    name = names.get(language) or next(iter(names.values()), "")
    return f"{booking.reference} {name}".strip()


def _book_now(session: Session, booking: Booking, person_id: UUID) -> None:
    """Nothing is left to pay: the session costs nothing, or credit paid for all of it."""
    close_payment(session, booking)
    if not booking.credit_attempt_ids:
        book(session, booking, Step(What.BOOKED_FREE, person_id))
        return
    booking.paid_attempt_id = booking.credit_attempt_ids[-1]
    detail: dict[str, str | int] = {"attempt_id": str(booking.paid_attempt_id)}
    book(session, booking, Step(What.PAID_BY_CREDIT, person_id, detail))


def _open(session: Session, booking: Booking, method: str, now: datetime) -> UUID:
    chosen = payments.method(session, method, booking.currency)
    expires_at = _attempt_ends(booking, chosen, now)
    if expires_at < now + SHORTEST_PAYMENT or booking.client_id is None:
        raise HoldExpired(f"booking {booking.id} has been held for too long")
    to_pay = due(session, booking)
    attempt_id = payments.open_attempt(
        session,
        subject_id=booking.id,
        payer_id=booking.client_id,
        payee_id=booking.expert_person_id,
        amount=to_pay,
        share=_share(booking, Money(0, booking.currency), to_pay),
        provider=method,
        description=_description(session, booking, booking.service_name),
        expires_at=expires_at,
    )
    booking.attempt_id = attempt_id
    booking.held_until = max(_held_until(booking), expires_at + SETTLING)
    detail: dict[str, str | int] = {"provider": chosen.provider, "attempt_id": str(attempt_id)}
    detail["credit_minor"] = by_credit(session, booking).minor  # what pays the rest
    note(session, booking, Step(What.PAYMENT_STARTED, booking.client_id, detail))
    return attempt_id


def _share(booking: Booking, before: Money, more: Money) -> Money:
    """What the expert earns of so much more than before, by the terms that the booking froze.

    Never more than comes now: what credit pays is the organization's to pay out.
    """
    terms = pricing.Terms.from_json(booking.terms)
    share = terms.split(before + more).expert - terms.split(before).expert
    return Money(max(0, min(share.minor, more.minor)), more.currency)


def _attempt_ends(booking: Booking, chosen: payments.Method, now: datetime) -> datetime:
    """Ten minutes from now, or the patient way's days; before the session in any case."""
    if chosen.window is not None:
        latest = booking.starts_at - chosen.ends_before
        return min(booking.created_at + chosen.window, latest, booking.starts_at)
    # an hour that waits for a transfer may be paid by card meanwhile
    held = max(booking.created_at + LONGEST_HOLD, _held_until(booking))
    return min(now + PAYMENT_WINDOW, held - SETTLING, booking.starts_at)


def _own(session: Session, viewer: Viewer, booking_id: UUID) -> Booking:
    booking, side = queries.lock_visible(session, viewer, booking_id)
    if side != "client":
        raise NotYours(f"{side} cannot act for the client")
    return booking


def _held_until(booking: Booking) -> datetime:
    return booking.held_until or booking.created_at
