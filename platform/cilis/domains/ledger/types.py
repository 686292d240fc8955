"""Words of the room: accounts, transfers between two of them, and postings made of transfers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from cilis.kit.money import Money


class AccountKind(StrEnum):
    """What an account is for. Its owner, where it has one, stands in brackets."""

    GATEWAY = "gateway"  # money that a payment company holds for us (its key)
    DISPUTED = "disputed"  # what it holds back while a payment is contested (its key)
    # what they passed on to somebody and is not yet set against what that one earned (the person)
    PASSED_ON = "passed_on"
    BANK = "bank"  # what left by bank transfer, as far as we know
    FEES = "fees"  # what payment companies keep
    ADJUSTMENTS = "adjustments"  # goodwill and discounts at the organization's cost
    CLEARING = "clearing"  # what clients paid and nobody has earned yet
    REFUND = "refund"  # on its way back to clients
    CREDIT = "credit"  # what a client has paid ahead or was given (the person)
    PAYABLE = "payable"  # what an expert has earned and not got yet (the expert)
    PAYOUT = "payout"  # on its way to experts
    COMMISSION = "commission"  # the organization's share
    TAX = "tax"  # contained in what was earned, owed to the state
    ROUNDING = "rounding"  # minor units that a division leaves over


DEBIT_KINDS = frozenset(
    {
        AccountKind.GATEWAY,
        AccountKind.DISPUTED,
        AccountKind.PASSED_ON,
        AccountKind.BANK,
        AccountKind.FEES,
        AccountKind.ADJUSTMENTS,
    }
)
"""Accounts that grow by debits: what the organization has or spends. The others grow by credits."""


class PostingKind(StrEnum):
    """Why money moved."""

    CAPTURED = "captured"
    REFUND_ASKED = "refund_asked"
    REFUND_DONE = "refund_done"
    REFUND_REFUSED = "refund_refused"
    PASSED_BACK = "passed_back"
    EARNED = "earned"
    OFFSET = "offset"
    CREDIT_BOUGHT = "credit_bought"
    CREDIT_GIVEN = "credit_given"
    CREDIT_SPENT = "credit_spent"
    CREDIT_RETURNED = "credit_returned"
    CREDIT_EXPIRED = "credit_expired"
    FEE = "fee"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    PAYOUT_ORDERED = "payout_ordered"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_RETURNED = "payout_returned"
    ADJUSTED = "adjusted"


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a kind; the currency comes with the amount."""

    kind: AccountKind
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A positive amount, written on both sides at once.

    Paying an expert debits ``payable``, which grows by credits and so shrinks.
    """

    debit: Account
    credit: Account
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What moves together or not at all.

    ``key`` makes posting twice the same as posting once. ``subject_id`` is what it is about: a
    booking, a payout, a credit.
    """

    key: str
    kind: PostingKind
    subject_id: UUID
    transfers: Sequence[Transfer]
    actor: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on an account, in its own direction: a positive payable is owed to the expert."""

    account: Account
    amount: Money


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of an account as its statement shows it; ``change`` in its own direction."""

    at: datetime
    posting_id: UUID
    number: int
    kind: PostingKind
    subject_id: UUID
    other: Account
    change: Money


@dataclass(frozen=True, slots=True)
class Posted:
    """A posting as it stands in the journal."""

    id: UUID
    at: datetime
    kind: PostingKind
    subject_id: UUID
    actor_id: UUID | None
    detail: Mapping[str, Any]
    transfers: Sequence[Transfer]


@dataclass(frozen=True, slots=True)
class Finding:
    """An account whose balance is not what all its movements add up to."""

    account: Account
    said: Money
    counted: Money
