"""Changes of bookings to other services, and the payments that a booking is made of."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.bookings.errors import MoveNotFound
from cilis.domains.bookings.models import Booking, BookingChange, BookingMove
from cilis.domains.bookings.queries.one import visible
from cilis.domains.bookings.types import MoveState, What
from cilis.kit.viewer import Viewer


def open_move(session: Session, booking_id: UUID) -> BookingMove | None:
    """The change that waits for its money."""
    return session.scalar(
        sa.select(BookingMove).where(
            BookingMove.booking_id == booking_id, BookingMove.state == MoveState.OPEN
        )
    )


def move(session: Session, booking: Booking, move_id: UUID) -> BookingMove:
    """One change of a booking; raises MoveNotFound."""
    found = session.get(BookingMove, move_id)
    if found is None or found.booking_id != booking.id:
        raise MoveNotFound(f"no move {move_id} of {booking.id}")
    return found


def visible_move(session: Session, viewer: Viewer, move_id: UUID) -> BookingMove:
    """One change of a booking that the viewer may see; raises MoveNotFound."""
    found = session.get(BookingMove, move_id)
    if found is None:
        raise MoveNotFound(f"no move {move_id}")
    visible(session, viewer, found.booking_id)
    return found


def done_moves(session: Session, booking: Booking) -> Sequence[BookingMove]:
    """The changes that were made, oldest first; a booking that never moved has none."""
    if not booking.sequence:
        return []
    return session.scalars(
        sa.select(BookingMove)
        .where(BookingMove.booking_id == booking.id, BookingMove.state == MoveState.DONE)
        .order_by(BookingMove.closed_at, BookingMove.id)
    ).all()


def payments_of(session: Session, booking: Booking) -> list[UUID]:
    """The payments whose money is in the booking, oldest first.

    What was paid by credit comes first, then the gateway's, then the differences of changes; so
    money that goes back goes the other way round, and what is left of it is credit again.
    """
    found = list(booking.credit_attempt_ids)
    if booking.paid_attempt_id is not None and booking.paid_attempt_id not in found:
        found.append(booking.paid_attempt_id)
    for one in done_moves(session, booking):
        if one.attempt_id is not None and one.attempt_id not in found:
            found.append(one.attempt_id)
    return found


def move_of_payment(session: Session, booking: Booking, attempt_id: UUID) -> BookingMove | None:
    """The change for whose difference a payment was started, even if a later one replaced it."""
    found = session.scalar(
        sa.select(BookingChange.detail["move_id"].astext).where(
            BookingChange.booking_id == booking.id,
            BookingChange.what == What.PAYMENT_STARTED.value,
            BookingChange.detail["attempt_id"].astext == str(attempt_id),
            BookingChange.detail["move_id"].astext.is_not(None),
        )
    )
    return session.get(BookingMove, UUID(found), populate_existing=True) if found else None


def credit_beside(session: Session, booking: Booking, attempt_id: UUID) -> int:
    """What credit was to pay beside a payment when that was started, in minor units."""
    found = session.scalar(
        sa.select(BookingChange.detail["credit_minor"].astext).where(
            BookingChange.booking_id == booking.id,
            BookingChange.what == What.PAYMENT_STARTED.value,
            BookingChange.detail["attempt_id"].astext == str(attempt_id),
        )
    )
    return int(found or 0)


def moves_made(session: Session, booking: Booking) -> int:
    """How often the session was moved by its client, or in the client's name."""
    if not booking.sequence:
        return 0
    rules = sa.func.coalesce(
        BookingChange.detail["rules"].astext, BookingChange.detail["by"].astext
    )
    found = session.scalar(
        sa.select(sa.func.count()).where(
            BookingChange.booking_id == booking.id,
            BookingChange.what == What.MOVED.value,
            rules == "client",
        )
    )
    return int(found or 0)
