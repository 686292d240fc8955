"""What becomes of a session when its time has come."""

from __future__ import annotations

from uuid import UUID

from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import NotYours, TooEarly, TooLate
from cilis.domains.bookings.events import BookingCompleted, BookingMissed
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.service.changes import change, tell
from cilis.domains.bookings.types import REPORT_NO_SHOW_WITHIN, BookingState, Step, What
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.viewer import Viewer


def complete(booking_id: UUID) -> None:
    """The session's time is over. A session that was moved has a later timer of its own."""
    with transaction() as session:
        booking = queries.lock(session, booking_id)
        if booking.state != BookingState.CONFIRMED or booking.ends_at > clock.now():
            return
        change(session, booking, BookingState.COMPLETED, Step(What.OVER))
        tell(session, booking, BookingCompleted)


def mark_no_show(booking_id: UUID, viewer: Viewer, reason: str = "") -> Booking:
    """The expert says that the client did not come. Nothing is paid back by itself.

    Raises:
        BookingNotFound: no such booking for this viewer.
        NotYours: only the expert or staff says so.
        TooEarly: the session has not begun.
        TooLate: it is long over.
        NotPossibleNow: it was never to take place.
    """
    with transaction() as session:
        booking, side = queries.lock_visible(session, viewer, booking_id)
        if side == "client":
            raise NotYours("a client cannot say so")
        if booking.state == BookingState.NO_SHOW:
            return booking
        now = clock.now()
        if booking.starts_at > now:
            raise TooEarly("the session has not begun")
        if booking.ends_at + REPORT_NO_SHOW_WITHIN < now:
            raise TooLate("the session is long over")
        step = Step(What.NO_SHOW, viewer.person_id, {"reason": reason})
        change(session, booking, BookingState.NO_SHOW, step)
        tell(session, booking, BookingMissed)
    return booking
