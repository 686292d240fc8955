"""Pay experts: what a payment provider may offer beside taking money.

A provider of `cilis.hooks.payments` that can also send money has what `TransferProvider` names; one
that cannot simply lacks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from cilis.kit.money import Money


class TransferOutcome(StrEnum):
    """What the gateway says of a transfer."""

    ACCEPTED = "accepted"  # taken on, not yet done
    DONE = "done"
    REFUSED = "refused"  # it did not go, or it came back


@dataclass(frozen=True, slots=True)
class Sending:
    """When a provider sends money: while the setting ``setting`` has one of ``values``."""

    setting: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """What is to be sent to whom."""

    transfer_reference: str  # also the idempotency key: a repeat must not pay twice
    account: str  # the expert's account at the gateway: "acct_1Nv0FGQ9RKHgCVdK"
    amount: Money
    description: str
    ordered_at: datetime
    provider_reference: str = ""  # the gateway's own number, once it is known
    times_sent: int = 0  # how often the gateway may have heard of it before this call


@dataclass(frozen=True, slots=True)
class TransferNews:
    """What the gateway says of one transfer."""

    transfer_reference: str
    outcome: TransferOutcome
    provider_reference: str = ""
    reason: str = ""  # the gateway's own code
    raw: Mapping[str, Any] = field(default_factory=dict)  # evidence, no secrets


@runtime_checkable
class TransferProvider(Protocol):
    """The optional half of a payment provider. Its methods are called in the worker.

    They fail as all others: TryLater is tried again with the same reference, Refused ends it.
    """

    sending: Sending

    def transfer(self, order: TransferOrder, settings: Mapping[str, str]) -> TransferNews:
        """Send money; repeated with the same reference until it is taken on or refused."""
        ...

    def query_transfer(self, order: TransferOrder, settings: Mapping[str, str]) -> TransferNews:
        """Ask what became of a transfer that was taken on."""
        ...

    def reverse_transfer(self, order: TransferOrder, settings: Mapping[str, str]) -> TransferNews:
        """Take a finished transfer back as a whole; REFUSED says that it is back.

        A repeat takes nothing twice. Refused is raised where it cannot be had back.
        """
        ...
