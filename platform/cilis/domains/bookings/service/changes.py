"""The one place where a booking changes its state, and where its history is written.

Every function here wants the booking's row locked by the caller's transaction (or new in it).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import payments, scheduling
from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import NotPossibleNow
from cilis.domains.bookings.events import BookingEvent, BookingExpired, BookingMoveClosed
from cilis.domains.bookings.models import Booking, BookingChange, BookingMove
from cilis.domains.bookings.queries import Side
from cilis.domains.bookings.service.earnings import settle_earnings
from cilis.domains.bookings.service.funds import let_funds_go
from cilis.domains.bookings.types import (
    MOVES,
    OVER_STATES,
    BookingState,
    MoveState,
    ProposalState,
    Step,
    What,
)
from cilis.infra import audit, outbox
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput

E = TypeVar("E", bound=BookingEvent)
_WRITE = sa.insert(BookingChange)


def change(session: Session, booking: Booking, to: BookingState, step: Step) -> None:
    """Bring a booking into another state; raises NotPossibleNow where the table has no move."""
    before = booking.state
    if to not in MOVES[before]:
        raise NotPossibleNow(f"{before} -> {to}", state=before.value)
    if before == BookingState.CONFIRMED:
        close_move(session, booking, MoveState.OVERTAKEN)
    booking.state = to
    session.flush()
    write(session, booking.id, (before, to), step)
    if to in OVER_STATES:
        settle_earnings(session, booking)


def note(session: Session, booking: Booking, step: Step) -> None:
    """A line of history that leaves the state as it is."""
    write(session, booking.id, (booking.state, booking.state), step)


def write(
    session: Session,
    booking_id: UUID,
    states: tuple[BookingState | None, BookingState],
    step: Step,
) -> None:
    """One line of history, and one of audit."""
    row: dict[str, Any] = {
        "id": ids.new(),
        "booking_id": booking_id,
        "at": clock.now(),
        "actor": step.actor,
        "from_state": states[0],
        "to_state": states[1],
        "what": step.what.value,
        "detail": dict(step.detail),
    }
    session.connection().execute(_WRITE, row)
    audit.record(session, f"bookings.{step.what}", booking_id, actor=step.actor, detail=step.detail)


def tell(session: Session, booking: Booking, kind: type[E], **more: Any) -> None:
    """Report a fact about a booking."""
    event = kind(
        booking_id=booking.id,
        expert_id=booking.expert_id,
        expert_person_id=booking.expert_person_id,
        client_id=booking.client_id,
        session_id=booking.session_id,
        **more,
    )
    outbox.emit(session, event, subject=booking.id)


def wake(session: Session, booking: Booking, timer: outbox.Event, at: datetime) -> None:
    """Set a timer for a booking."""
    outbox.emit(session, timer, at=at, subject=booking.id)


def let_go(session: Session, booking: Booking, step: Step) -> None:
    """End a hold: the hour is free, an open payment is closed, the page hears of it."""
    change(session, booking, BookingState.EXPIRED, step)
    let_funds_go(session, booking)
    free_the_hour(session, booking)
    tell(session, booking, BookingExpired, why=step.what.value)


def free_the_hour(session: Session, booking: Booking) -> None:
    """Give the time back, and close a payment that may be open for it."""
    if booking.claim_id is not None:
        scheduling.release(session, booking.claim_id)
    close_payment(session, booking)


def close_payment(session: Session, booking: Booking) -> None:
    """Let no more money come for a booking."""
    if booking.attempt_id is not None and booking.attempt_id != booking.paid_attempt_id:
        payments.expire(session, booking.attempt_id)


def close_move(session: Session, booking: Booking, state: MoveState) -> BookingMove | None:
    """End a change that waits for its money: the other hour is free, the booking as it was."""
    found = queries.open_move(session, booking.id)
    if found is None:
        return None
    found.state, found.closed_at = state, clock.now()
    if found.claim_id is not None:
        scheduling.release(session, found.claim_id)
    elif found.old_claim_id is not None and booking.claim_id is not None:
        booking.claim_id = scheduling.restore(session, booking.claim_id, found.old_claim_id)
    if found.attempt_id is not None:
        payments.expire(session, found.attempt_id)
    session.flush()
    note(session, booking, Step(What.MOVE_CLOSED, None, {"why": state.value}))
    tell(session, booking, BookingMoveClosed, move_id=found.id, why=state.value)
    return found


def say_why(side: Side, reason: str) -> None:
    """Who changes another person's plans says why; raises InvalidInput on ``reason``."""
    if side != "client" and not reason.strip():
        raise InvalidInput({"reason": ["required"]})


def close_proposal(session: Session, booking: Booking, state: ProposalState) -> None:
    """End an open proposal, if there is one: something else was decided."""
    found = queries.open_proposal(session, booking.id)
    if found is not None:
        found.state, found.answered_at = state, clock.now()
        session.flush()
