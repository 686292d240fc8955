"""Money came: the hour is booked, booked again, or paid back. Never silently anything else."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, payments, scheduling, tenants
from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import SlotTaken
from cilis.domains.bookings.events import (
    AnswerLapsed,
    BookingConfirmed,
    BookingPaidInVain,
    BookingRequested,
    SessionOver,
)
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.service.changes import (
    change,
    close_payment,
    let_go,
    note,
    tell,
    wake,
)
from cilis.domains.bookings.service.funds import due
from cilis.domains.bookings.service.moves import settle_move
from cilis.domains.bookings.service.reschedule import terms_of
from cilis.domains.bookings.service.savings import renew
from cilis.domains.bookings.types import (
    SHORTEST_ANSWER,
    WAIT_FOR_OTHERS,
    BookingState,
    MoveState,
    Step,
    What,
)
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money

_LET_GO = {What.GIVEN_UP, What.REPLACED}
"""The client wanted this hour no longer, so money that comes late does not buy it."""


def confirm_paid(booking_id: UUID, attempt_id: UUID) -> None:
    """The money of an attempt came. May be told twice, late, or for an hour that is gone.

    A hold becomes a booking, unless its session has begun so long ago that nobody waits there. A
    hold that ran out takes its hour again if it is still offered and free; else, and for a second
    payment, all of the money goes back.
    """
    with transaction() as session:
        paid = payments.attempt(session, attempt_id)
        if paid.about is not payments.About.BOOKING or paid.is_by_credit:
            return  # paid for something else; or by credit, which is settled where it is spent
        booking = queries.lock(session, booking_id)
        if booking.paid_attempt_id == attempt_id:
            return
        move = queries.move_of_payment(session, booking, attempt_id)
        if move is None:
            _take(session, booking, attempt_id, paid.amount)
        elif not settle_move(session, booking, move, attempt_id):
            twice = move.state == MoveState.DONE
            _pay_back(session, booking, attempt_id, "paid_twice" if twice else "hour_gone")


def _take(session: Session, booking: Booking, attempt_id: UUID, paid: Money) -> None:
    """Let the money of a first payment buy the hour, or send it back."""
    step = Step(What.PAID, booking.client_id, {"attempt_id": str(attempt_id)})
    if booking.paid_attempt_id is not None:
        _pay_back(session, booking, attempt_id, "paid_twice")
    elif booking.state == BookingState.HELD and not _is_too_late(booking):
        if paid == due(session, booking):
            _pay(session, booking, attempt_id, step)
        else:  # the price became another one after the client went to pay
            _pay_back(session, booking, attempt_id, "amount_changed")
    elif booking.state == BookingState.EXPIRED and _take_again(session, booking, attempt_id, paid):
        _pay(session, booking, attempt_id, Step(What.PAID_LATE, step.actor, step.detail))
    else:
        if booking.state == BookingState.HELD:
            let_go(session, booking, Step(What.LAPSED))
        _pay_back(session, booking, attempt_id, "hour_gone")


def book(session: Session, booking: Booking, step: Step) -> None:
    """Turn a hold into a booking: at once, or into a request where the expert decides first."""
    booking.held_until = None
    if booking.needs_acceptance:
        booking.answer_by = _answer_by(session, booking)
        change(session, booking, BookingState.PENDING, step)
        tell(session, booking, BookingRequested, answer_by=booking.answer_by)
        wake(session, booking, AnswerLapsed(booking_id=booking.id), booking.answer_by)
    else:
        settle(session, booking, step)


def settle(session: Session, booking: Booking, step: Step) -> None:
    """The booking will take place."""
    booking.decided_at = clock.now()
    change(session, booking, BookingState.CONFIRMED, step)
    tell(session, booking, BookingConfirmed)
    wake(session, booking, SessionOver(booking_id=booking.id), booking.ends_at)


def _pay(session: Session, booking: Booking, attempt_id: UUID, step: Step) -> None:
    booking.paid_attempt_id = attempt_id
    close_payment(session, booking)  # another one may be open in a second tab
    book(session, booking, step)


def _is_too_late(booking: Booking) -> bool:
    """Whether nobody would wait in the session any more, since the news took so long."""
    return booking.starts_at + WAIT_FOR_OTHERS <= clock.now()


def _take_again(session: Session, booking: Booking, attempt_id: UUID, paid: Money) -> bool:
    """Claim the hour of a hold that ran out, and with it the coupon and credit that it had.

    Not one that its client let go, that has begun, or that the expert no longer offers.
    """
    if booking.claim_id is None or booking.starts_at <= clock.now():
        return False
    if any(line.what in _LET_GO for line in queries.history(session, booking.id)):
        return False
    if not _is_offered_still(session, booking):
        return False
    try:
        with session.begin_nested():
            renew(session, booking, attempt_id, paid)
            booking.claim_id = scheduling.retake(session, booking.claim_id)
            if booking.claim_id is None:
                raise SlotTaken
    except (SlotTaken, InvalidInput):
        session.refresh(booking)
        return False
    return True


def _is_offered_still(session: Session, booking: Booking) -> bool:
    try:
        terms = terms_of(session, booking, notice=False)  # it was early enough when it was held
    except experts.ServiceNotFound:
        return False
    return scheduling.is_open(session, terms, booking.starts_at)


def _pay_back(session: Session, booking: Booking, attempt_id: UUID, why: str) -> None:
    """Send everything back and say so; the booking stays as it is. A repeat finds it done.

    What the staff gave back before we heard of the money is not given a second time.
    """
    before = queries.history(session, booking.id)
    if any(
        line.what == What.PAID_IN_VAIN and line.detail.get("attempt_id") == str(attempt_id)
        for line in before
    ):
        return
    payments.came_in_vain(session, attempt_id)
    paid = payments.attempt(session, attempt_id).amount
    amount = Money(paid.minor - payments.refunded_minor(session, attempt_id), paid.currency)
    if not amount.is_zero:
        payments.request_refund(session, attempt_id, amount, why, None)
    detail = {"attempt_id": str(attempt_id), "refund_minor": amount.minor, "why": why}
    note(session, booking, Step(What.PAID_IN_VAIN, None, detail))
    tell(session, booking, BookingPaidInVain, refund_minor=amount.minor, why=why)


def _answer_by(session: Session, booking: Booking) -> datetime:
    """The earlier of the organization's hours to answer and the service's notice."""
    now = clock.now()
    hours = tenants.organization(session).answer_hours
    notice = booking.starts_at - timedelta(minutes=booking.notice_minutes)
    wanted = max(min(now + timedelta(hours=hours), notice), now + SHORTEST_ANSWER)
    return min(wanted, booking.starts_at)
