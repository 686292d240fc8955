"""What credits hear. Every listener may run twice, late, and in any order without harm."""

from __future__ import annotations

from cilis.domains import payments
from cilis.domains.credits import service
from cilis.domains.credits.events import CreditEnds, CreditLapses
from cilis.infra.outbox import listens_to


@listens_to(payments.PaymentCaptured)
def open_paid_credit(event: payments.PaymentCaptured) -> None:
    """The money for a credit came."""
    service.open_paid(event.subject_id, event.attempt_id)


@listens_to(payments.RefundAsked)
def take_credit_back(event: payments.RefundAsked) -> None:
    """The money of a purchase is to go back: the credit goes with it."""
    service.take_back(event.subject_id, event.refund_id)


@listens_to(payments.RefundRefused)
def keep_credit(event: payments.RefundRefused) -> None:
    """The money of a purchase did not go back after all."""
    service.give_back_refused(event.subject_id, event.refund_id)


@listens_to(payments.RefundSettled)
def keep_credit_open(event: payments.RefundSettled) -> None:
    """What a session had cost in credit came back to it."""
    service.keep_open(event.attempt_id)


@listens_to(payments.DisputeMoved)
def follow_dispute(event: payments.DisputeMoved) -> None:
    """A bank contests the money of a purchase, or has decided."""
    service.follow_dispute(event.subject_id, event.attempt_id)


@listens_to(CreditEnds)
def let_credit_end(event: CreditEnds) -> None:
    """A credit's time should be over."""
    service.expire(event.credit_id)


@listens_to(CreditLapses)
def let_credit_lapse(event: CreditLapses) -> None:
    """Nobody should be paying any more."""
    service.lapse(event.credit_id)
