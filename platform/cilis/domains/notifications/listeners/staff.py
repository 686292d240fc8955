"""What waits for a person of the organization because of money."""

from __future__ import annotations

from cilis.domains import payments, payouts
from cilis.domains.notifications import service
from cilis.domains.notifications.service import about
from cilis.domains.notifications.types import Kind
from cilis.domains.payouts import AdjustmentState, PayeeKind
from cilis.infra.db import reading
from cilis.infra.outbox import listens_to
from cilis.kit import clock


@listens_to(payments.RefundApprovalAsked)
def ask_for_second_person(event: payments.RefundApprovalAsked) -> None:
    """A refund above one person's limit waits."""
    with reading() as session:
        known = about.of_money(payments.refund_request(session, event.request_id).amount)
    key = f"{Kind.REFUND_REQUEST_STAFF}:{event.request_id}"
    known["link"] = f"/admin/payments/{event.attempt_id}"
    service.tell_staff(Kind.REFUND_REQUEST_STAFF, key, event.request_id, about=known)


@listens_to(payments.DisputeMoved)
def warn_of_bank(event: payments.DisputeMoved) -> None:
    """A bank asks about a payment, or took it back: each is told once, while it can be answered."""
    with reading() as session:
        found = {one.id: one for one in payments.disputes_of(session, event.attempt_id)}
    dispute = found.get(event.dispute_id)
    if dispute is None or not dispute.may_tell:
        return
    key = f"{Kind.DISPUTE_STAFF}:{event.dispute_id}:{dispute.state}"
    known = about.of_money(dispute.amount)
    service.tell_staff(Kind.DISPUTE_STAFF, key, event.dispute_id, about=known)


@listens_to(payouts.PayoutReturned)
def tell_of_failed_payout(event: payouts.PayoutReturned) -> None:
    """A payment company did not pay an expert: of what a person marks, that person knows."""
    with reading() as session:
        payout = payouts.payout(session, event.payout_id)
    if payout.kind != PayeeKind.CONNECTED or payout.paid_at is not None:
        return
    key = f"{Kind.PAYOUT_FAILED_STAFF}:{event.payout_id}"
    known = about.of_money(payout.amount)
    known["link"] = f"/admin/payouts/batches/{payout.batch_id}"
    service.tell_staff(Kind.PAYOUT_FAILED_STAFF, key, event.payout_id, about=known)


@listens_to(payouts.BalanceAdjusted)
def ask_to_approve_correction(event: payouts.BalanceAdjusted) -> None:
    """A correction above the limit waits."""
    with reading() as session:
        found = payouts.adjustment(session, event.adjustment_id)
    if found.state == AdjustmentState.WAITING:
        key = f"{Kind.BALANCE_STAFF}:{event.adjustment_id}"
        known = about.of_money(found.amount)
        service.tell_staff(Kind.BALANCE_STAFF, key, event.adjustment_id, about=known)


@listens_to(payments.PaymentReview)
def ask_staff_to_decide(event: payments.PaymentReview) -> None:
    """A payment is suspected of fraud: somebody has to decide."""
    with reading() as session:
        attempt = payments.attempt(session, event.attempt_id)
        known = about.of_attempt(session, attempt)
    key = f"{Kind.PAYMENT_REVIEW_STAFF}:{event.attempt_id}"
    known["link"] = "/admin/payments?state=review"
    service.tell_staff(Kind.PAYMENT_REVIEW_STAFF, key, event.attempt_id, about=known)


@listens_to(payments.MoneyAlarm)
def warn_of_money(event: payments.MoneyAlarm) -> None:
    """Something about money cannot be right; of forgeries the staff hears once a day."""
    forged = event.why == "forged"
    mark = f"{event.provider}:{clock.now():%Y%m%d}" if forged else str(event.thing_id)
    link = "/admin/payments/reconciliation"
    if event.why in {"amount", "share", "refund"}:
        link = f"/admin/payments/{event.thing_id}"
    known = {"name": payments.title(event.provider), "link": link}
    key = f"{Kind.MONEY_ALARM}:{event.why}:{mark}"
    service.tell_staff(Kind.MONEY_ALARM, key, event.thing_id, about=known)


@listens_to(payments.DifferencesFound)
def tell_of_differences(event: payments.DifferencesFound) -> None:
    """A day of a gateway was compared with ours, and they differ."""
    if event.number:
        known = {"name": payments.title(event.provider), "link": "/admin/payments/reconciliation"}
        key = f"{Kind.MONEY_DIFFERS}:{event.reconciliation_id}:{event.number}"
        service.tell_staff(Kind.MONEY_DIFFERS, key, event.reconciliation_id, about=known)


@listens_to(payouts.TransferDoubtful)
def warn_of_transfer(event: payouts.TransferDoubtful) -> None:
    """A gateway says no to what it may have paid: told once, however often it says so."""
    known = {"name": payments.title(event.provider)}
    known["link"] = f"/admin/payouts/batches/{event.batch_id}"
    key = f"{Kind.MONEY_ALARM}:transfer:{event.payout_id}"
    service.tell_staff(Kind.MONEY_ALARM, key, event.payout_id, about=known)


@listens_to(payouts.BatchMade)
def ask_for_approval(event: payouts.BatchMade) -> None:
    """A batch of payouts may need a second person."""
    with reading() as session:
        batch = payouts.batch(session, event.batch_id)
    if batch.state == payouts.BatchState.WAITING:
        key = f"{Kind.PAYOUT_BATCH_STAFF}:{event.batch_id}"
        known = about.of_money(batch.total)
        service.tell_staff(Kind.PAYOUT_BATCH_STAFF, key, event.batch_id, about=known)
