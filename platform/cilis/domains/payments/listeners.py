"""The room's own timers. Every listener may run twice without harm."""

from __future__ import annotations

from datetime import date

from cilis.domains import extensions
from cilis.domains.payments import queries, service
from cilis.domains.payments.events import (
    AskFee,
    AskGateway,
    AskPayeeAccount,
    AskRefund,
    CloseAtGateway,
    PaymentCaptured,
    ReadParked,
    ReconcileDay,
    RefundRequestLapsed,
    SendRefund,
    TakeShareBack,
    TellBank,
)
from cilis.domains.payments.providers import KIND
from cilis.infra.db import reading
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


@listens_to(ReconcileDay, slow=True)
def reconcile_day(event: ReconcileDay) -> None:
    """Compare a day that is over."""
    service.reconcile_day(event.provider, date.fromisoformat(event.day))


@listens_to(PaymentCaptured)
def compare_this_day(event: PaymentCaptured) -> None:
    """Money came, so its day will be compared, even if no timer is left of before."""
    with reading() as session:
        attempt = queries.attempt(session, event.attempt_id)
    if not attempt.is_by_credit:
        service.plan(attempt.provider)


@listens_to(extensions.ExtensionSwitched)
def compare_from_now_on(event: extensions.ExtensionSwitched) -> None:
    """A gateway was switched on: each of its days will be compared."""
    if event.kind == KIND and event.is_on:
        service.plan(event.key)


@listens_to(TellBank, slow=True)
def tell_bank(event: TellBank) -> None:
    """Tell a bank what was gathered for it."""
    service.send_evidence(event.dispute_id, event.step)


@listens_to(AskFee, slow=True)
def ask_fee(event: AskFee) -> None:
    """Ask what the company kept of a payment."""
    service.ask_fee(event.attempt_id, event.step)


@listens_to(TakeShareBack, slow=True)
def take_share_back(event: TakeShareBack) -> None:
    """Tell a company to take a payee's share back."""
    service.take_share_back(event.dispute_id, event.step)


@listens_to(AskPayeeAccount, slow=True)
def ask_payee_account(event: AskPayeeAccount) -> None:
    """Ask how a payee's account stands."""
    service.ask_payee_account(event.person_id, event.provider, event.step)
