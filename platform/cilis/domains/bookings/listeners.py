"""What bookings hears. Every listener may run twice, late, and in any order without harm."""

from __future__ import annotations

from cilis.domains import identity, payments
from cilis.domains.bookings import service
from cilis.domains.bookings.events import AnswerLapsed, HoldLapsed, MoveLapsed, SessionOver
from cilis.infra.outbox import listens_to


@listens_to(payments.PaymentCaptured)
def confirm_paid_booking(event: payments.PaymentCaptured) -> None:
    """The money came: book the hour, or send the money back when the hour is gone."""
    service.confirm_paid(event.subject_id, event.attempt_id)


@listens_to(payments.RefundAsked)
def settle_after_refund(event: payments.RefundAsked) -> None:
    """Less is kept of the money: who earned it has earned less."""
    service.settle_after_refund(event.subject_id)


@listens_to(payments.RefundRefused)
def settle_after_refusal(event: payments.RefundRefused) -> None:
    """The money did not go after all: more is kept of it."""
    service.settle_after_refund(event.subject_id)


@listens_to(payments.DisputeMoved)
def settle_after_dispute(event: payments.DisputeMoved) -> None:
    """The bank decided: what was passed on of it and taken back is owed again."""
    service.settle_after_refund(event.subject_id)


@listens_to(payments.ShareTakenBack)
def settle_after_share(event: payments.ShareTakenBack) -> None:
    """The share of a contested payment came back, perhaps after the bank decided."""
    service.settle_after_refund(event.subject_id)


@listens_to(HoldLapsed)
def let_hold_lapse(event: HoldLapsed) -> None:
    """A hold's time should be over."""
    service.lapse(event.booking_id)


@listens_to(MoveLapsed)
def let_move_lapse(event: MoveLapsed) -> None:
    """The time to pay a difference should be over."""
    service.lapse_move(event.booking_id, event.move_id)


@listens_to(AnswerLapsed)
def let_request_lapse(event: AnswerLapsed) -> None:
    """The expert's time to answer should be over."""
    service.lapse_answer(event.booking_id)


@listens_to(SessionOver)
def complete_session(event: SessionOver) -> None:
    """A session should be over."""
    service.complete(event.booking_id)


@listens_to(identity.SessionClaimed)
def hand_over_holds(event: identity.SessionClaimed) -> None:
    """Somebody signed in: what the browser held is theirs."""
    service.take_over(event.session_id, event.person_id)
