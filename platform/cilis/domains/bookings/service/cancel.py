"""Giving a booking up, by either side."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import NotPossibleNow, TooLate
from cilis.domains.bookings.events import BookingCancelled
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.queries import Side
from cilis.domains.bookings.service.changes import change, free_the_hour, give_back, let_go, tell
from cilis.domains.bookings.service.policy import preview
from cilis.domains.bookings.types import BookingState, Step, What
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.viewer import Viewer

_GIVES_UP = {BookingState.PENDING, BookingState.CONFIRMED}


def cancel(booking_id: UUID, viewer: Viewer, reason: str = "") -> Booking:
    """Give a booking up. Experts and staff give everything back, clients by the frozen tiers.

    A hold is simply let go. Cancelling what is cancelled changes nothing.

    Raises:
        BookingNotFound: no such booking for this viewer.
        NotPossibleNow: it is over, or never came to be.
        TooLate: the session has begun.
    """
    with transaction() as session:
        booking, side = queries.lock_visible(session, viewer, booking_id)
        if booking.state in {BookingState.CANCELLED, BookingState.EXPIRED}:
            return booking
        if booking.state == BookingState.HELD:
            let_go(session, booking, Step(What.GIVEN_UP, viewer.person_id))
            return booking
        if booking.state not in _GIVES_UP:
            raise NotPossibleNow(f"booking is {booking.state}", state=booking.state.value)
        if side != "staff" and booking.starts_at <= clock.now():
            raise TooLate("the session has begun")
        _cancel(session, booking, side, Step(What.CANCELLED, viewer.person_id, {"reason": reason}))
    return booking


def _cancel(session: Session, booking: Booking, side: Side, step: Step) -> None:
    amount = preview(booking, clock.now(), side).refund
    detail = {**step.detail, "by": side, "refund_minor": amount.minor}
    change(session, booking, BookingState.CANCELLED, Step(step.what, step.actor, detail))
    booking.decided_at = clock.now()
    free_the_hour(session, booking)
    give_back(session, booking, amount, f"cancelled_by_{side}", step.actor)
    tell(session, booking, BookingCancelled, refund_minor=booking.refund_minor or 0, by=side)
