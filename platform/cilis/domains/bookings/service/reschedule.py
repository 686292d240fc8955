"""Choosing another hour for a session."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, scheduling
from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import NotPossibleNow, SlotNotOffered, SlotTaken, TooLate
from cilis.domains.bookings.events import BookingMoved, SessionOver
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.queries import Side
from cilis.domains.bookings.service.changes import note, tell, wake
from cilis.domains.bookings.service.policy import move_until, percent_at, tiers_of
from cilis.domains.bookings.types import BookingState, Step, What
from cilis.infra import idempotency
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.viewer import Viewer


def reschedule(booking_id: UUID, starts_at: datetime, viewer: Viewer) -> Booking:
    """Move a confirmed session to another offered start of the same service.

    The old time becomes free and the new one is taken together, or nothing happens. Price and
    length stay. Moved by the expert, the client may cancel for nothing; moved by the client, no
    better cancelling tier is won.

    Raises:
        BookingNotFound: no such booking for this viewer.
        NotPossibleNow: it is not confirmed.
        TooLate: the session has begun, or the client's time to move it is over.
        SlotTaken, SlotNotOffered: the other start is not free; names three near ones.
    """
    starts_at = starts_at.astimezone(UTC)
    with transaction() as session:
        booking, side = queries.lock_visible(session, viewer, booking_id)
        idempotency.made(session, booking.id)
        if booking.starts_at == starts_at:
            return booking
        _refuse_late(booking, side)
        claim_id = _move(session, booking, starts_at)
        _write(session, booking, (claim_id, starts_at), (viewer.person_id, side))
    return booking


def _refuse_late(booking: Booking, side: Side) -> None:
    now = clock.now()
    if booking.state != BookingState.CONFIRMED:
        raise NotPossibleNow(f"booking is {booking.state}", state=booking.state.value)
    if booking.starts_at <= now or (side == "client" and now > move_until(booking)):
        raise TooLate("the time to move this session is over")


def _move(session: Session, booking: Booking, starts_at: datetime) -> UUID | None:
    terms = experts.service_terms(session, booking.service_id)
    terms = dataclasses.replace(terms, length=booking.length)
    if not scheduling.is_open(session, terms, starts_at):
        near = _near(session, terms, booking, starts_at)
        raise SlotNotOffered(f"{starts_at} of {terms.id}", near=near)
    if booking.claim_id is None:
        claim_id = scheduling.claim(session, terms, starts_at, booking.id)
    else:
        claim_id = scheduling.move(session, booking.claim_id, terms, starts_at, booking.id)
    if claim_id is None:  # rolls back, so the old hour stays taken
        near = _near(session, terms, booking, starts_at)
        raise SlotTaken(f"{starts_at} of {terms.id}", near=near)
    return claim_id


def _near(
    session: Session, terms: experts.ServiceTerms, booking: Booking, starts_at: datetime
) -> list[datetime]:
    found = scheduling.near_starts(session, terms, starts_at, count=4)
    return [start for start in found if start != booking.starts_at][:3]


def _write(
    session: Session,
    booking: Booking,
    new: tuple[UUID | None, datetime],
    who: tuple[UUID | None, Side],
) -> None:
    actor, side = who
    old = booking.starts_at
    policy = dict(booking.policy)
    if side == "client":
        policy["cap_percent"] = percent_at(tiers_of(booking), clock.now())
    else:
        policy["moved_by_expert"] = True
    length = booking.length
    booking.policy = policy
    booking.claim_id, booking.starts_at = new
    booking.ends_at = booking.starts_at + length
    booking.sequence += 1
    session.flush()
    detail = {"from": old.isoformat(), "to": booking.starts_at.isoformat(), "by": side}
    note(session, booking, Step(What.MOVED, actor, detail))
    tell(session, booking, BookingMoved, by=side, old_starts_at=old)
    wake(session, booking, SessionOver(booking_id=booking.id), booking.ends_at)
