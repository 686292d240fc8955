"""The expert's answer to a request, or the silence that counts as a no."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import NotPossibleNow, NotYours
from cilis.domains.bookings.events import AnswerLapsed, BookingDeclined
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.service.changes import (
    change,
    free_the_hour,
    give_back,
    tell,
    wake,
)
from cilis.domains.bookings.service.confirm import settle
from cilis.domains.bookings.types import BookingState, Step, What
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.viewer import Viewer


def accept(booking_id: UUID, viewer: Viewer, reason: str = "") -> Booking:
    """The expert takes the request on. Accepting what is confirmed changes nothing.

    Raises:
        BookingNotFound: no such booking for this viewer.
        NotYours: only the expert or staff answers.
        NotPossibleNow: nothing waits for an answer.
    """
    with transaction() as session:
        booking = _asked(session, viewer, booking_id)
        if booking.state == BookingState.CONFIRMED:
            return booking
        _wants_answer(booking)
        settle(session, booking, Step(What.ACCEPTED, viewer.person_id, {"reason": reason}))
    return booking


def decline(booking_id: UUID, viewer: Viewer, reason: str = "") -> Booking:
    """The expert says no; all of the money goes back.

    Raises:
        BookingNotFound, NotYours, NotPossibleNow: as `accept`.
    """
    with transaction() as session:
        booking = _asked(session, viewer, booking_id)
        if booking.state == BookingState.CANCELLED:
            return booking
        _wants_answer(booking)
        by = "expert" if viewer.person_id == booking.expert_person_id else "staff"
        _decline(session, booking, Step(What.DECLINED, viewer.person_id, {"reason": reason}), by)
    return booking


def lapse_answer(booking_id: UUID) -> None:
    """No answer in time is a no; all of the money goes back."""
    with transaction() as session:
        booking = queries.lock(session, booking_id)
        if booking.state != BookingState.PENDING or booking.answer_by is None:
            return
        if booking.answer_by > clock.now():
            wake(session, booking, AnswerLapsed(booking_id=booking.id), booking.answer_by)
            return
        _decline(session, booking, Step(What.UNANSWERED), "system")


def _decline(session: Session, booking: Booking, step: Step, by: str) -> None:
    detail = {**step.detail, "refund_minor": booking.price_minor}
    change(session, booking, BookingState.CANCELLED, Step(step.what, step.actor, detail))
    booking.decided_at = clock.now()
    free_the_hour(session, booking)
    give_back(session, booking, booking.price, step.what.value, step.actor)
    tell(session, booking, BookingDeclined, refund_minor=booking.price_minor, by=by)


def _asked(session: Session, viewer: Viewer, booking_id: UUID) -> Booking:
    booking, side = queries.lock_visible(session, viewer, booking_id)
    if side == "client":
        raise NotYours("a client does not answer for the expert")
    return booking


def _wants_answer(booking: Booking) -> None:
    if booking.state != BookingState.PENDING:
        raise NotPossibleNow(f"booking is {booking.state}", state=booking.state.value)
