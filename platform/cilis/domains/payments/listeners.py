"""The room's own timers. Every listener may run twice without harm."""

from __future__ import annotations

from cilis.domains.payments import service
from cilis.domains.payments.events import (
    AskGateway,
    AskRefund,
    CloseAtGateway,
    ReadParked,
    RefundRequestLapsed,
    SendRefund,
)
from cilis.infra.outbox import listens_to


@listens_to(AskGateway, slow=True)
def ask_gateway(event: AskGateway) -> None:
    """Reconcile one attempt with its gateway."""
    service.ask_gateway(event.attempt_id, event.step)


@listens_to(CloseAtGateway, slow=True)
def close_at_gateway(event: CloseAtGateway) -> None:
    """End an attempt that was given up."""
    service.close_at_gateway(event.attempt_id)


@listens_to(ReadParked, slow=True)
def read_parked(event: ReadParked) -> None:
    """Look again at a notice that came before its payment."""
    service.read_parked(event.notice_id, event.step)


@listens_to(RefundRequestLapsed)
def lapse_refund_request(event: RefundRequestLapsed) -> None:
    """A second person's time should be over."""
    service.lapse_request(event.request_id)


@listens_to(SendRefund, slow=True)
def send_refund(event: SendRefund) -> None:
    """Tell the gateway to give money back."""
    service.send_refund(event.refund_id, event.step)


@listens_to(AskRefund, slow=True)
def ask_refund(event: AskRefund) -> None:
    """Follow a refund that is under way."""
    service.ask_refund(event.refund_id, event.step)
