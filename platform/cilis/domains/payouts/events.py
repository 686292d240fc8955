"""What payouts reports, and the timers it sets for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class BatchMade(Event):
    """A batch of payouts was made. Listeners: notifications (where it waits), sockets."""

    name: ClassVar[str] = "payouts.batch_made.v1"

    batch_id: UUID


@dataclass(frozen=True, kw_only=True)
class BatchChanged(Event):
    """A batch was approved, called off or came to its end. Listeners: sockets."""

    name: ClassVar[str] = "payouts.batch_changed.v1"

    batch_id: UUID


@dataclass(frozen=True, kw_only=True)
class PayoutPaid(Event):
    """Money has left for an expert. Listeners: notifications, sockets."""

    name: ClassVar[str] = "payouts.paid.v1"

    payout_id: UUID
    expert_id: UUID


@dataclass(frozen=True, kw_only=True)
class PayoutReturned(Event):
    """Money did not reach an expert; it is on the balance again.

    Listeners: notifications (tells the expert), sockets.
    """

    name: ClassVar[str] = "payouts.returned.v1"

    payout_id: UUID
    expert_id: UUID


@dataclass(frozen=True, kw_only=True)
class PayeeChanged(Event):
    """Another account is to get an expert's money. Listeners: notifications (warns the expert)."""

    name: ClassVar[str] = "payouts.payee_changed.v1"

    expert_id: UUID
    change_id: UUID


@dataclass(frozen=True, kw_only=True)
class BalanceAdjusted(Event):
    """Staff asked for a correction of a balance, or decided about it. Listeners: sockets."""

    name: ClassVar[str] = "payouts.balance_adjusted.v1"

    adjustment_id: UUID
    expert_id: UUID


@dataclass(frozen=True, kw_only=True)
class SendTransfer(Event):
    """A gateway is to be told to pay an expert, now or again."""

    name: ClassVar[str] = "payouts.send_transfer.v1"

    payout_id: UUID
    step: int = 0


@dataclass(frozen=True, kw_only=True)
class AskTransfer(Event):
    """Timer: time to ask what became of a transfer that a gateway took on."""

    name: ClassVar[str] = "payouts.ask_transfer.v1"

    payout_id: UUID
    step: int


@dataclass(frozen=True, kw_only=True)
class TransferDoubtful(Event):
    """A gateway says no to a transfer that it may have made when it was told before.

    It stays under way, and is told again. Listeners: notifications (tells the staff).
    """

    name: ClassVar[str] = "payouts.transfer_doubtful.v1"

    payout_id: UUID
    batch_id: UUID
    provider: str


@dataclass(frozen=True, kw_only=True)
class RecallTransfer(Event):
    """A gateway is to take a finished transfer back, now or again."""

    name: ClassVar[str] = "payouts.recall_transfer.v1"

    payout_id: UUID
    step: int = 0
