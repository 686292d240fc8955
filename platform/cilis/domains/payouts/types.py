"""Words of the room: what an expert is owed, where it goes, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from cilis.kit.money import Money

STAFF_ROOM = "staff:payouts"
"""The room of pages on which staff look at payouts."""
MOST_AT_ONCE = 500
"""Payouts in one batch; whoever is left comes with the next one."""
LONGEST_DELAY_DAYS = 90
RESEND_PAUSES = (1, 2, 5, 15, 60, 180, 360)
"""Minutes between two tries to reach a gateway; the last one is kept."""
MOST_MINOR = 2**53 - 1


def resend_pause(step: int) -> timedelta:
    """How long to wait before the try after this one."""
    return timedelta(minutes=RESEND_PAUSES[min(step, len(RESEND_PAUSES) - 1)])


class PayeeKind(StrEnum):
    """How money reaches an expert."""

    IBAN = "iban"  # a bank account with an international number
    ACCOUNT = "account"  # a bank account with the bank's own number
    CONNECTED = "connected"  # an account at a payment company, which pays by itself


class BatchState(StrEnum):
    """How far a batch has come."""

    WAITING = "waiting"  # for the second person
    READY = "ready"  # the money may go
    CLOSED = "closed"  # every payout has an end
    CANCELLED = "cancelled"


class PayoutState(StrEnum):
    """How far one payout has come."""

    ORDERED = "ordered"  # its amount is set aside
    SENT = "sent"  # a gateway may know of it
    PAID = "paid"
    RETURNED = "returned"  # it did not arrive: the amount is the expert's balance again
    CANCELLED = "cancelled"


OPEN_STATES = (PayoutState.ORDERED, PayoutState.SENT)
PAYOUT_MOVES: Mapping[PayoutState, frozenset[PayoutState]] = {
    PayoutState.ORDERED: frozenset(
        {PayoutState.SENT, PayoutState.PAID, PayoutState.RETURNED, PayoutState.CANCELLED}
    ),
    PayoutState.SENT: frozenset({PayoutState.PAID, PayoutState.RETURNED}),
    # A bank may send finished money back, for instance from a closed account.
    PayoutState.PAID: frozenset({PayoutState.RETURNED}),
    PayoutState.RETURNED: frozenset(),
    PayoutState.CANCELLED: frozenset(),
}


class AdjustmentState(StrEnum):
    """How far a correction by hand has come."""

    WAITING = "waiting"  # for the second person
    DONE = "done"
    REFUSED = "refused"


class Obstacle(StrEnum):
    """Why nothing is paid out to an expert now."""

    NOTHING = "nothing_available"
    TOO_LITTLE = "below_minimum"
    NO_PAYEE = "no_payee"
    LOCKED = "payee_locked"
    NOT_HERE = "payee_not_offered"  # its gateway is switched off
    NOT_READY = "payee_not_ready"  # its gateway lets nothing arrive there


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRules:
    """What the organization decides about payouts. Amounts are in its currency.

    ``holding_days`` count from the moment at which something was earned: the end of the session,
    or the decision that the money is kept. ``approval_above``: larger batches and corrections
    need a second person. ``lock_days``: so long nothing is paid after an account was changed.
    ``account_hint`` shows the end of the organization's own account; "" when there is none.
    """

    currency: str
    holding_days: int = 7
    minimum_minor: int = 0
    approval_above_minor: int = 0
    lock_days: int = 3
    account_holder: str = ""
    account_hint: str = ""
    version: int = 0

    @property
    def minimum(self) -> Money:
        """The smallest payout."""
        return Money(self.minimum_minor, self.currency)

    @property
    def approval_above(self) -> Money:
        """Up to this one person is enough."""
        return Money(self.approval_above_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesWish:
    """What an admin wants the rules to be; no account given keeps the one there is."""

    holding_days: int
    minimum_minor: int
    approval_above_minor: int
    lock_days: int
    account_holder: str = ""
    iban: str = ""
    bic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where money goes, in the clear. It is kept sealed and never shown again in whole."""

    kind: PayeeKind
    holder: str = ""
    number: str = ""  # IBAN, account number, or the gateway's own account id
    bank: str = ""  # name, for plain account numbers
    bic: str = ""
    provider: str = ""  # the gateway's key, for connected accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """What may be shown of an expert's account."""

    expert_id: UUID
    kind: PayeeKind
    hint: str
    provider: str
    changed_at: datetime
    locked_until: datetime | None

    def is_locked(self, at: datetime) -> bool:
        """Whether nothing is paid to it yet."""
        return self.locked_until is not None and at < self.locked_until


@dataclass(frozen=True, slots=True)
class Standing:
    """What an expert is owed and has got, by the ledger.

    ``owed`` is all that is not set aside for a payout yet; ``held`` is the part of it that is
    still within the holding period. ``owed`` may be negative after refunds.
    """

    expert_id: UUID
    owed: Money
    held: Money
    under_way: Money
    paid: Money

    @property
    def available(self) -> Money:
        """What can be paid out now."""
        return Money(max(0, self.owed.minor - self.held.minor), self.owed.currency)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An expert who might be paid now, and what stands in the way, if anything."""

    standing: Standing
    payee: Payee | None
    obstacle: Obstacle | None


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in the organization's time zone, as instants [begin, end)."""

    first: date
    begin: datetime
    end: datetime

    @property
    def key(self) -> str:
        """As an address says it: "2026-11"."""
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One change of an expert's balance. Shares are only known of what was earned."""

    at: datetime
    kind: str  # the posting's: earned, offset, payout_ordered, payout_returned, adjusted
    subject_id: UUID
    reference: str  # of the booking or the batch
    note: str
    gross: Money | None
    commission: Money | None
    tax: Money | None
    change: Money
    balance: Money  # after it


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An expert's month: what stood at its begin, every change, what stands at its end."""

    expert_id: UUID
    month: Month
    opening: Money
    closing: Money
    lines: Sequence[StatementLine] = field(default_factory=tuple)
    is_final: bool = True  # whether the month is over
