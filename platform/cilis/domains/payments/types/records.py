"""What the room is told, shows and hands to others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from cilis.domains.payments.types.states import AttemptState, BorneBy, Cause, RefundState
from cilis.kit.money import Money

REQUEST_FOR = timedelta(days=7)
"""How long a refund waits for the second person."""
STAFF_ROOM = "staff:payments"
"""The room of pages on which staff look at payments."""


@dataclass(frozen=True, slots=True)
class Method:
    """One way to pay, in the viewer's language.

    ``key`` is the provider's, or "provider:way" where it has several ways. ``window`` is how long
    after the booking's birth the money may come and ``ends_before`` how long before the session
    it must be there; None and zero where the client pays at once.
    """

    key: str
    title: str
    promise: str
    icon: str
    window: timedelta | None = None
    ends_before: timedelta = timedelta()
    by_hand: bool = False

    @property
    def provider(self) -> str:
        """The provider's key."""
        return self.key.partition(":")[0]

    @property
    def way(self) -> str:
        """The provider's own name for the way; "" where it has only one."""
        return self.key.partition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a member of staff writes down of money that came without a gateway."""

    amount_minor: int
    number: str  # of the bank's statement or the till
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFilter:
    """Which payments are asked for; what is empty asks for nothing.

    ``text`` is a reference (ours, the booking's, the gateway's), a name or an e-mail address;
    ``person_id`` is one person exactly, who paid or was paid.
    The period is that of the opening, half-open.
    """

    text: str = ""
    person_id: UUID | None = None
    state: AttemptState | None = None
    refund_state: RefundState | None = None
    amount_minor: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundFact:
    """One refund for other rooms' figures; without an instant it did not go, or came back."""

    id: UUID
    amount: Money
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """One payment whose money came, for other rooms' figures."""

    id: UUID
    subject_id: UUID
    payer_id: UUID
    payee_id: UUID | None
    amount: Money
    provider: str
    settled_at: datetime
    refunds: tuple[RefundFact, ...]


class RefundLike(Protocol):
    """What the sums below want to know of a refund."""

    @property
    def amount_minor(self) -> int:
        """How much."""
        ...

    @property
    def state(self) -> RefundState:
        """How far."""
        ...


@dataclass(frozen=True, slots=True)
class Returned:
    """What of a payment went back, is on its way, and could still go."""

    done: Money
    under_way: Money
    left: Money

    @classmethod
    def of(cls, amount: Money, refunds: Iterable[RefundLike]) -> Returned:
        """Add up a payment's refunds; a refused one counts for nothing."""
        done = under_way = 0
        for refund in refunds:
            if refund.state == RefundState.DONE:
                done += refund.amount_minor
            elif refund.state != RefundState.REFUSED:
                under_way += refund.amount_minor
        rest = amount.minor - done - under_way
        return cls(*(Money(minor, amount.currency) for minor in (done, under_way, rest)))


@dataclass(frozen=True, slots=True)
class Earned:
    """What sessions brought in a period, and what of earlier money went back in it."""

    number: int
    brought: Money
    returned: Money

    @property
    def kept(self) -> Money:
        """What stayed."""
        return self.brought - self.returned


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRefund:
    """A refund that arrives complete, with a payment."""

    amount: Money
    reason: str
    asked_at: datetime
    settled_at: datetime
    provider_reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPayment:
    """A payment that arrives complete, from a pack or another installation: its money came.

    With the gateway's own number and data it can be given back like any other.
    """

    id: UUID
    subject_id: UUID
    payer_id: UUID
    payee_id: UUID | None
    provider: str
    amount: Money
    description: str
    created_at: datetime
    settled_at: datetime
    provider_reference: str
    provider_data: Mapping[str, Any] = field(default_factory=dict)
    refunds: tuple[PastRefund, ...] = ()


@dataclass(frozen=True, slots=True)
class GraceWish:
    """Money that staff want to give back by grace; without an amount all that is left."""

    attempt_id: UUID
    amount_minor: int | None
    reason: str
    borne_by: BorneBy = BorneBy.ORGANIZATION


@dataclass(frozen=True, slots=True)
class Step:
    """Why a state changes, and what proves it."""

    cause: Cause
    evidence: Mapping[str, Any] = field(default_factory=dict)
    actor: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A file for a bank, as it was sent to us."""

    field: str
    name: str
    content: bytes
