"""Holding an hour, giving it up, and letting it lapse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.config import settings
from cilis.domains import experts, payments, pricing, scheduling, tenants
from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import (
    OwnService,
    PaymentUnderWay,
    SlotNotOffered,
    SlotTaken,
    TooManyHolds,
)
from cilis.domains.bookings.events import BookingHeld, HoldLapsed
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.service.changes import (
    let_go,
    note,
    tell,
    wake,
    write,
)
from cilis.domains.bookings.service.policy import frozen_policy
from cilis.domains.bookings.types import (
    HOLDS_PER_EXPERT,
    LONGEST_HOLD,
    SETTLING,
    BookingState,
    HoldWish,
    Step,
    What,
)
from cilis.infra import faults, idempotency, limits
from cilis.infra.db import insert_or_nothing, transaction
from cilis.kit import clock, ids
from cilis.kit.errors import NotSignedIn
from cilis.kit.viewer import Viewer

_TRIES = 3
_DEBITED = {payments.AttemptState.CAPTURED, payments.AttemptState.REVIEW}
_UNDER_WAY = {*_DEBITED, payments.AttemptState.SENT, payments.AttemptState.PENDING}
# Without the option the count is -1 once the cursor is closed, and no row looks like one.
_INSERT = insert_or_nothing(Booking).execution_options(preserve_rowcount=True)


def hold(wish: HoldWish, viewer: Viewer) -> Booking:
    """Hold an hour so that the viewer can pay for it; needs no account.

    A browser holds one hour at a time: a new one lets the older one go in the same
    transaction. Asking again for the very hour that is held answers the same hold.

    Raises:
        PaymentUnderWay: the browser holds an hour whose payment has begun, and the wish does
            not say that it may go (``instead_of``).
        SlotTaken: somebody else holds part of it; names three near starts.
        SlotNotOffered: the expert does not offer this start; names three near starts.
        TooManyHolds: the person holds several hours of this expert.
        OwnService: experts do not book themselves.
        NotSignedIn: neither a session nor a person is known.
    """
    if viewer.session_id is None and viewer.person_id is None:
        raise NotSignedIn("a hold belongs to a session or a person")
    wish = replace(wish, starts_at=wish.starts_at.astimezone(UTC))
    with transaction() as session:
        booking = _hold(session, wish, viewer)
        idempotency.made(session, booking.id)
    faults.crash_point("after_hold")
    return booking


def count_hold(address: str) -> None:
    """Count a wish to hold from an address; raises TooMany past the installation's rate.

    Comes before `hold`: counters lie outside the database.
    """
    limits.hit("bookings.hold", address, settings().holds_per_address)


def lapse(booking_id: UUID) -> None:
    """Let a hold go whose time is over; sets the timer again when a payment moved the end."""
    with transaction() as session:
        booking = queries.lock(session, booking_id)
        if booking.state != BookingState.HELD or booking.held_until is None:
            return
        now = clock.now()
        if booking.held_until <= now and _money_is_coming(session, booking):
            booking.held_until = now + SETTLING
        if booking.held_until > now:
            wake(session, booking, HoldLapsed(booking_id=booking.id), booking.held_until)
            return
        let_go(session, booking, Step(What.LAPSED))


def _money_is_coming(session: Session, booking: Booking) -> bool:
    """Whether the gateway has the money and only our own news of it is still on the way."""
    if booking.attempt_id is None or booking.created_at + LONGEST_HOLD <= clock.now():
        return False
    return payments.attempt(session, booking.attempt_id).state in _DEBITED


def take_over(session_id: UUID, person_id: UUID) -> None:
    """What a nameless browser held becomes the person's who signed in with it."""
    with transaction() as session:
        for booking in queries.nameless_of_session(session, session_id):
            if booking.expert_person_id != person_id:  # an own hour is left to lapse
                attach(session, booking, person_id)


def attach(session: Session, booking: Booking, person_id: UUID) -> None:
    """Write down whose hold it is, once it is known."""
    if booking.client_id is None:
        if booking.expert_person_id == person_id:
            raise OwnService(f"{person_id} is the expert")
        booking.client_id = person_id
        note(session, booking, Step(What.CLIENT_KNOWN, person_id))


def _hold(session: Session, wish: HoldWish, viewer: Viewer) -> Booking:
    terms = experts.service_terms(session, wish.service_id)
    if viewer.person_id is not None and terms.person_id == viewer.person_id:
        raise OwnService(f"{viewer.person_id} is the expert")
    held = queries.held_already(session, viewer, terms.expert_id)
    older = None
    if held.by_session and viewer.session_id is not None:
        older = queries.held_by_session(session, viewer.session_id)
    if older is not None and _is_same(older, wish, viewer):
        return older
    _refuse_if_paying(session, older, wish)
    if viewer.person_id is not None and held.with_expert >= HOLDS_PER_EXPERT:
        raise TooManyHolds(f"{held.with_expert} with {terms.expert_id}", limit=HOLDS_PER_EXPERT)
    makes_room = older.claim_id if older is not None else None
    if not scheduling.is_open(session, terms, wish.starts_at, instead_of=makes_room):
        near = scheduling.near_starts(session, terms, wish.starts_at)
        raise SlotNotOffered(f"{wish.starts_at} of {terms.id}", near=near)
    booking_id = ids.new()
    claim_id = _claim(session, terms, wish.starts_at, booking_id, older)
    row = _row(session, terms, wish.starts_at, viewer)
    row |= {"id": booking_id, "claim_id": claim_id}
    _insert(session, row, older, wish)
    booking = Booking(**row)
    write(session, booking_id, (None, BookingState.HELD), Step(What.HELD, viewer.person_id))
    tell(session, booking, BookingHeld)
    wake(session, booking, HoldLapsed(booking_id=booking_id), row["held_until"])
    return booking


def _is_same(older: Booking, wish: HoldWish, viewer: Viewer) -> bool:
    return (
        (older.service_id, older.starts_at) == (wish.service_id, wish.starts_at)
        and older.held_until is not None
        and older.held_until > clock.now()
        and older.client_id in {None, viewer.person_id}
    )


def _claim(
    session: Session,
    terms: experts.ServiceTerms,
    starts_at: datetime,
    booking_id: UUID,
    older: Booking | None,
) -> UUID:
    """The claim on the hour; an older hold with the same expert makes room, it may overlap."""
    if older is not None and older.expert_id == terms.expert_id and older.claim_id is not None:
        claim_id = scheduling.move(session, older.claim_id, terms, starts_at, booking_id)
    else:
        claim_id = scheduling.claim(session, terms, starts_at, booking_id)
    if claim_id is None:
        near = scheduling.near_starts(session, terms, starts_at)
        raise SlotTaken(f"{starts_at} of {terms.id}", near=near)
    return claim_id


def _row(
    session: Session, terms: experts.ServiceTerms, starts_at: datetime, viewer: Viewer
) -> dict[str, Any]:
    """A held booking: everything about it follows from the service and the organization."""
    organization = tenants.organization(session)
    now = clock.now()
    return {
        "reference": ids.reference(),
        "service_id": terms.id,
        "expert_id": terms.expert_id,
        "expert_person_id": terms.person_id,
        "client_id": viewer.person_id,
        "session_id": viewer.session_id,
        "starts_at": starts_at,
        "ends_at": starts_at + terms.length,
        "state": BookingState.HELD,
        "held_until": now + timedelta(minutes=organization.hold_minutes),
        "answer_by": None,
        "price_minor": terms.price.minor,
        "currency": terms.price.currency,
        "service_name": dict(terms.name),
        "topic_text": None,
        "needs_acceptance": terms.needs_acceptance,
        "notice_minutes": int(terms.notice.total_seconds()) // 60,
        "policy": frozen_policy(organization, terms.policy),
        "terms": pricing.terms(session, terms, organization).as_json(),
        "discount": {},
        "attempt_id": None,
        "credit_attempt_ids": [],
        "paid_attempt_id": None,
        "refund_minor": None,
        "sequence": 0,
        "created_at": now,
        "decided_at": None,
        "mode": terms.mode.value,
        "place": terms.place,
        "missed_by": None,
        "disputed_at": None,
    }


def _refuse_if_paying(session: Session, older: Booking | None, wish: HoldWish) -> None:
    """Money that is on its way must not find its hour given away behind the client's back."""
    if older is None or older.attempt_id is None or wish.instead_of == older.id:
        return
    if payments.attempt(session, older.attempt_id).state not in _UNDER_WAY:
        return
    until = older.held_until.isoformat() if older.held_until else None
    raise PaymentUnderWay(
        f"{older.id} is being paid",
        booking_id=str(older.id),
        starts_at=older.starts_at.isoformat(),
        held_until=until,
    )


def _insert(session: Session, row: dict[str, Any], older: Booking | None, wish: HoldWish) -> None:
    """Write the hold after letting the browser's older one go.

    No row comes when the same browser took another hour at this very moment: that one goes too.
    """
    for _ in range(_TRIES):
        if older is not None:
            step = Step(What.REPLACED, older.client_id, {"by": str(row["id"])})
            let_go(session, older, step)  # its claim may have been moved already
        if session.connection().execute(_INSERT, row).rowcount:
            return
        older = queries.held_by_session(session, row["session_id"])
        _refuse_if_paying(session, older, wish)
    raise TooManyHolds("one browser holds one hour after the other")
