"""The expert's answer to a request, or the silence that counts as a no."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import NotPossibleNow, NotYours, TooLate
from cilis.domains.bookings.events import AnswerLapsed, BookingDeclined
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.queries import Side
from cilis.domains.bookings.service.changes import (
    change,
    close_proposal,
    free_the_hour,
    say_why,
    tell,
    wake,
)
from cilis.domains.bookings.service.confirm import settle
from cilis.domains.bookings.service.earnings import count_grace
from cilis.domains.bookings.service.funds import give_back, keep_discount
from cilis.domains.bookings.types import BookingState, ProposalState, Step, What
from cilis.infra import idempotency
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.viewer import Viewer


def accept(booking_id: UUID, viewer: Viewer, reason: str = "") -> Booking:
    """The expert takes the request on. Accepting what is confirmed changes nothing.

    Raises:
        BookingNotFound: no such booking for this viewer.
        NotYours: only the expert or staff answers.
        NotPossibleNow: nothing waits for an answer.
        TooLate: silence was a no already, and the money is about to go back.
    """
    with transaction() as session:
        booking, _ = _asked(session, viewer, booking_id)
        if booking.state == BookingState.CONFIRMED:
            return booking
        _wants_answer(booking)
        if booking.answer_by is not None and booking.answer_by <= clock.now():
            raise TooLate(f"the answer was wanted by {booking.answer_by}")
        close_proposal(session, booking, ProposalState.WITHDRAWN)
        settle(session, booking, Step(What.ACCEPTED, viewer.person_id, {"reason": reason}))
    return booking


def decline(booking_id: UUID, viewer: Viewer, reason: str = "") -> Booking:
    """The expert says no; all of the money goes back.

    Raises:
        BookingNotFound, NotYours, NotPossibleNow: as `accept`.
        InvalidInput: without a ``reason``; the client reads it.
    """
    with transaction() as session:
        booking, side = _asked(session, viewer, booking_id)
        if booking.state == BookingState.CANCELLED:
            return booking
        _wants_answer(booking)
        say_why(side, reason)
        _decline(session, booking, Step(What.DECLINED, viewer.person_id, {"reason": reason}), side)
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
    count_grace(session, booking, booking.price)
    keep_discount(session, booking, 100)
    amount = give_back(session, booking, booking.price, step.what.value, step.actor)
    detail = {**step.detail, "refund_minor": amount.minor}
    change(session, booking, BookingState.CANCELLED, Step(step.what, step.actor, detail))
    booking.decided_at = clock.now()
    close_proposal(session, booking, ProposalState.OVERTAKEN)
    free_the_hour(session, booking)
    tell(session, booking, BookingDeclined, refund_minor=amount.minor, by=by)


def _asked(session: Session, viewer: Viewer, booking_id: UUID) -> tuple[Booking, Side]:
    booking, side = queries.lock_visible(session, viewer, booking_id)
    if side == "client":
        raise NotYours("a client does not answer for the expert")
    idempotency.made(session, booking.id)
    return booking, side


def _wants_answer(booking: Booking) -> None:
    if booking.state != BookingState.PENDING:
        raise NotPossibleNow(f"booking is {booking.state}", state=booking.state.value)
