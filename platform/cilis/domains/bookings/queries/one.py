"""One booking. Absent and forbidden are the same 404."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.bookings.errors import BookingNotFound
from cilis.domains.bookings.models import Booking, BookingChange
from cilis.domains.bookings.types import BookingState, What
from cilis.kit.viewer import Viewer

Side = Literal["client", "expert", "staff"]
STAFF = ("admin", "support")
NOT_FOR_EXPERTS = frozenset({BookingState.HELD, BookingState.EXPIRED})


def get(session: Session, booking_id: UUID) -> Booking:
    """One booking, whoever asks; raises BookingNotFound."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise BookingNotFound(f"no booking {booking_id}")
    return booking


def visible(session: Session, viewer: Viewer, booking_id: UUID) -> Booking:
    """One booking if the viewer may see it; raises BookingNotFound otherwise."""
    booking = get(session, booking_id)
    if side_of(booking, viewer) is None:
        raise BookingNotFound(f"booking {booking_id} is not the viewer's")
    return booking


def lock(session: Session, booking_id: UUID) -> Booking:
    """One booking, locked until the caller's transaction ends; raises BookingNotFound."""
    booking = session.get(Booking, booking_id, with_for_update=True)
    if booking is None:
        raise BookingNotFound(f"no booking {booking_id}")
    return booking


def lock_visible(session: Session, viewer: Viewer, booking_id: UUID) -> tuple[Booking, Side]:
    """One booking, locked, and the side on which the viewer stands; raises BookingNotFound."""
    booking = lock(session, booking_id)
    side = side_of(booking, viewer)
    if side is None:
        raise BookingNotFound(f"booking {booking_id} is not the viewer's")
    return booking, side


def side_of(booking: Booking, viewer: Viewer) -> Side | None:
    """Whose part the viewer has in a booking; None for a stranger.

    A hold without a client belongs to the browser that made it.
    """
    if booking.client_id is None:
        if viewer.session_id is not None and booking.session_id == viewer.session_id:
            return "client"
    elif booking.client_id == viewer.person_id:
        return "client"
    if booking.expert_person_id == viewer.person_id and booking.state not in NOT_FOR_EXPERTS:
        return "expert"
    return "staff" if viewer.has(*STAFF) else None


def is_decided(session: Session, booking_id: UUID) -> bool:
    """Whether a person of the organization has found what happened in a session."""
    line = sa.exists().where(
        BookingChange.booking_id == booking_id, BookingChange.what == What.DECIDED.value
    )
    return bool(session.scalar(sa.select(line)))


def history(session: Session, booking_id: UUID) -> Sequence[BookingChange]:
    """Everything that happened to a booking, in order."""
    return session.scalars(
        sa.select(BookingChange)
        .where(BookingChange.booking_id == booking_id)
        .order_by(BookingChange.at, BookingChange.id)
    ).all()
