"""What payments reports, and the timers it sets for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(Event):
    """The money came, perhaps late. Who opened the attempt decides what it buys.

    Listeners: bookings (confirms, or sends the money back), analytics, sockets.
    """

    name: ClassVar[str] = "payments.captured.v1"

    attempt_id: UUID
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(Event):
    """The gateway took no money; ``reason`` is the gateway's own code."""

    name: ClassVar[str] = "payments.failed.v1"

    attempt_id: UUID
    subject_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentExpired(Event):
    """Nobody paid in time. Money may still come late: then PaymentCaptured follows."""

    name: ClassVar[str] = "payments.expired.v1"

    attempt_id: UUID
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class PaymentReview(Event):
    """The gateway debited the client but suspects fraud; a person or the gateway decides.

    Listeners: notifications (tells the client and the staff), sockets.
    """

    name: ClassVar[str] = "payments.review.v1"

    attempt_id: UUID
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class PaymentPending(Event):
    """The client has done their part; the gateway has no result yet. Listeners: sockets."""

    name: ClassVar[str] = "payments.pending.v1"

    attempt_id: UUID
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class RefundAsked(Event):
    """Money is to go back; the gateway hears of it next. Listeners: sockets."""

    name: ClassVar[str] = "payments.refund_asked.v1"

    refund_id: UUID
    attempt_id: UUID
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class RefundAccepted(Event):
    """The gateway took a refund on; it is not done yet. Listeners: sockets."""

    name: ClassVar[str] = "payments.refund_accepted.v1"

    refund_id: UUID
    attempt_id: UUID
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class RefundSettled(Event):
    """The money went back. Listeners: notifications (tells the client), analytics, sockets."""

    name: ClassVar[str] = "payments.refund_settled.v1"

    refund_id: UUID
    attempt_id: UUID
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class RefundRefused(Event):
    """The gateway or the bank did not give the money back; a person must look.

    Listeners: notifications (tells the staff), analytics, sockets.
    """

    name: ClassVar[str] = "payments.refund_refused.v1"

    refund_id: UUID
    attempt_id: UUID
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class RefundApprovalAsked(Event):
    """A refund waits for a second person. Listeners: sockets, notifications (tells admins)."""

    name: ClassVar[str] = "payments.refund_approval_asked.v1"

    request_id: UUID
    attempt_id: UUID
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class RefundApprovalClosed(Event):
    """A refund waits no longer; ``state`` as in `types.RequestState`. Listeners: sockets."""

    name: ClassVar[str] = "payments.refund_approval_closed.v1"

    request_id: UUID
    attempt_id: UUID
    subject_id: UUID
    state: str


@dataclass(frozen=True, kw_only=True)
class RefundRequestLapsed(Event):
    """Timer: nobody should be waited for any more."""

    name: ClassVar[str] = "payments.refund_request_lapsed.v1"

    request_id: UUID


@dataclass(frozen=True, kw_only=True)
class AskGateway(Event):
    """Timer: time to ask what became of an attempt. ``step`` -1 asks out of turn."""

    name: ClassVar[str] = "payments.ask_gateway.v1"

    attempt_id: UUID
    step: int


@dataclass(frozen=True, kw_only=True)
class CloseAtGateway(Event):
    """An attempt was given up early; the gateway should take no money for it."""

    name: ClassVar[str] = "payments.close_at_gateway.v1"

    attempt_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReadParked(Event):
    """Timer: look again at a genuine notice about a payment that we did not know."""

    name: ClassVar[str] = "payments.read_parked.v1"

    notice_id: UUID
    step: int


@dataclass(frozen=True, kw_only=True)
class SendRefund(Event):
    """A refund is to be sent to the gateway, now or again."""

    name: ClassVar[str] = "payments.send_refund.v1"

    refund_id: UUID
    step: int = 0


@dataclass(frozen=True, kw_only=True)
class AskRefund(Event):
    """Timer: time to ask what became of an accepted refund."""

    name: ClassVar[str] = "payments.ask_refund.v1"

    refund_id: UUID
    step: int


@dataclass(frozen=True, kw_only=True)
class MoneyAlarm(Event):
    """Something about money cannot be right; nothing was changed.

    ``why``: "amount" (signed, with a wrong amount or currency; ``thing_id`` is the attempt),
    "unmatched" (signed, about no payment of ours; the notice), "forged" (not signed by the
    gateway, or for another account; a number of its own), "share" (what was passed on may not
    be what it ought to be; the attempt) or "refund" (a gateway says no to what it may have given
    back already; the attempt).
    Listeners: notifications (tells the staff).
    """

    name: ClassVar[str] = "payments.alarm.v1"

    why: str
    provider: str
    thing_id: UUID


@dataclass(frozen=True, kw_only=True)
class DifferencesFound(Event):
    """The comparison of a day found what nobody knew of before.

    Listeners: notifications (tells the staff), sockets.
    """

    name: ClassVar[str] = "payments.differences_found.v1"

    reconciliation_id: UUID
    provider: str
    number: int


@dataclass(frozen=True, kw_only=True)
class DifferenceSettled(Event):
    """Somebody repaired or explained a difference. Listeners: sockets."""

    name: ClassVar[str] = "payments.difference_settled.v1"

    difference_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReconcileDay(Event):
    """Timer: a gateway's day (in UTC, "2026-11-29") is over and can be compared with ours."""

    name: ClassVar[str] = "payments.reconcile_day.v1"

    provider: str
    day: str


@dataclass(frozen=True, kw_only=True)
class DisputeMoved(Event):
    """A dispute was opened or came to another state.

    Listeners: sockets, bookings (where a share was passed on), credits (where one was bought),
    notifications (tells the staff).
    """

    name: ClassVar[str] = "payments.dispute_moved.v1"

    dispute_id: UUID
    attempt_id: UUID
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class TellBank(Event):
    """Timer: evidence is to be told to the bank.

    Listeners: payments.
    """

    name: ClassVar[str] = "payments.tell_bank.v1"

    dispute_id: UUID
    step: int = 0


@dataclass(frozen=True, kw_only=True)
class AskFee(Event):
    """Timer: the company is asked what it kept of a payment.

    Listeners: payments.
    """

    name: ClassVar[str] = "payments.ask_fee.v1"

    attempt_id: UUID
    step: int = 0


@dataclass(frozen=True, kw_only=True)
class TakeShareBack(Event):
    """A payee's share of a contested payment is to be taken back, now or again."""

    name: ClassVar[str] = "payments.take_share_back.v1"

    dispute_id: UUID
    step: int = 0


@dataclass(frozen=True, kw_only=True)
class ShareTakenBack(Event):
    """A payee's share of a contested payment is back, or cannot be had. Listeners: bookings."""

    name: ClassVar[str] = "payments.share_taken_back.v1"

    attempt_id: UUID
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class AskPayeeAccount(Event):
    """A company is to be asked how a payee's account stands, now or again."""

    name: ClassVar[str] = "payments.ask_payee_account.v1"

    person_id: UUID
    provider: str
    step: int = 0


@dataclass(frozen=True, kw_only=True)
class PayeeAccountReplaced(Event):
    """What clients pay goes to another account of the payee's, or to none any more.

    Listeners: notifications (warns the payee).
    """

    name: ClassVar[str] = "payments.payee_account_replaced.v1"

    person_id: UUID
    provider: str
    change_id: UUID


@dataclass(frozen=True, kw_only=True)
class PayeeAccountChanged(Event):
    """A payee's account at a company is another one, or stands otherwise. Listeners: sockets."""

    name: ClassVar[str] = "payments.payee_account_changed.v1"

    person_id: UUID
    provider: str
