"""Words of the room: states, the moves between them, and when a gateway is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from cilis.kit.money import Money


class AttemptState(StrEnum):
    """How far one attempt to take money has come."""

    CREATED = "created"
    SENT = "sent"
    PENDING = "pending"
    EXPIRED = "expired"
    FAILED = "failed"
    REVIEW = "review"
    CAPTURED = "captured"


class RefundState(StrEnum):
    """How far giving money back has come."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DONE = "done"
    REFUSED = "refused"


class DisputeState(StrEnum):
    """How far a dispute (chargeback) has come."""

    INQUIRY = "inquiry"
    OPEN = "open"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


class BorneBy(StrEnum):
    """Whose money a refund is: of the organization alone, or of all that share in the price."""

    ORGANIZATION = "organization"
    SHARED = "shared"


class RequestState(StrEnum):
    """What became of a refund that a second person has to agree to."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Cause(StrEnum):
    """What made a state change."""

    OPENED = "opened"
    SENDING = "sending"
    NOTICE = "notice"
    QUERY = "query"
    EXPIRY = "expiry"
    REFUNDING = "refunding"
    PERSON = "person"
    DISPUTE = "dispute"
    IMPORTED = "imported"
    CREDIT = "credit"


CREDIT = "credit"
"""The provider of payments by credit: no gateway, the money is here already."""


class About(StrEnum):
    """What kind of thing is paid for; its page is where the payer comes back to."""

    BOOKING = "booking"
    CREDIT = "credit"


class Difference(StrEnum):
    """How a gateway's books and ours differ about one thing."""

    MISSING_WITH_US = "missing_with_us"
    MISSING_AT_GATEWAY = "missing_at_gateway"
    AMOUNT_DIFFERS = "amount_differs"
    STATE_DIFFERS = "state_differs"


class DifferenceState(StrEnum):
    """Whether somebody still has to look at a difference."""

    OPEN = "open"
    REPAIRED = "repaired"
    EXPLAINED = "explained"


class Repair(StrEnum):
    """What can be done about a difference."""

    ASK = "ask"  # ask the gateway again and believe it
    TAKE_IN = "take_in"  # the money is there: captured, though late
    REFUND = "refund"  # give back what is left of it
    EXPLAIN = "explain"  # it is as it should be, or was settled elsewhere


class Source(StrEnum):
    """Where the gateway's side of a comparison came from."""

    LIST = "list"
    QUESTIONS = "questions"  # it has no list: asked about each payment
    FILE = "file"


_A = AttemptState
ATTEMPT_MOVES: Mapping[AttemptState, frozenset[AttemptState]] = {
    _A.CREATED: frozenset({_A.SENT, _A.PENDING, _A.EXPIRED, _A.FAILED, _A.REVIEW, _A.CAPTURED}),
    _A.SENT: frozenset({_A.PENDING, _A.EXPIRED, _A.FAILED, _A.REVIEW, _A.CAPTURED}),
    _A.PENDING: frozenset({_A.EXPIRED, _A.FAILED, _A.REVIEW, _A.CAPTURED}),
    # Money that comes after we gave up is still money: it is captured, and bookings decides.
    _A.EXPIRED: frozenset({_A.REVIEW, _A.CAPTURED}),
    _A.FAILED: frozenset({_A.REVIEW, _A.CAPTURED}),
    _A.REVIEW: frozenset({_A.FAILED, _A.CAPTURED}),
    _A.CAPTURED: frozenset(),
}

_R = RefundState
REFUND_MOVES: Mapping[RefundState, frozenset[RefundState]] = {
    _R.ASKED: frozenset({_R.ACCEPTED, _R.DONE, _R.REFUSED}),
    _R.ACCEPTED: frozenset({_R.DONE, _R.REFUSED}),
    # A bank may send a finished refund back, for instance to a closed card.
    _R.DONE: frozenset({_R.REFUSED}),
    _R.REFUSED: frozenset(),
}

_D = DisputeState
DISPUTE_MOVES: Mapping[DisputeState, frozenset[DisputeState]] = {
    _D.INQUIRY: frozenset({_D.OPEN, _D.UNDER_REVIEW, _D.WON, _D.LOST, _D.CLOSED}),
    _D.OPEN: frozenset({_D.UNDER_REVIEW, _D.WON, _D.LOST}),
    _D.UNDER_REVIEW: frozenset({_D.WON, _D.LOST}),
    _D.WON: frozenset(),
    _D.LOST: frozenset({_D.WON}),  # an appeal, or a bank that changed its mind
    _D.CLOSED: frozenset({_D.OPEN, _D.UNDER_REVIEW, _D.WON, _D.LOST}),  # asked, then taken back
}
ANSWERABLE = frozenset({_D.INQUIRY, _D.OPEN})
"""States in which a bank takes evidence."""

LIVE_STATES = frozenset({_A.CREATED, _A.SENT, _A.PENDING})
"""States in which the client may still be about to pay."""


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


_FEE_PAUSES = tuple(timedelta(hours=hours) for hours in (1 / 60, 1, 12, 48, 168))


def fee_pause(step: int) -> timedelta | None:
    """How long to wait before asking (again) what the company kept; None: not any more."""
    return _FEE_PAUSES[step] if step < len(_FEE_PAUSES) else None


_EARLY = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8))
_EVERY = timedelta(minutes=4)
_LATE = (
    timedelta(),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
)


def ask_times(
    started_at: datetime, expires_at: datetime, *, by_hand: bool = False
) -> list[datetime]:
    """When the gateway is asked about an attempt that no notice has settled.

    Without a gateway (``by_hand``) nobody is asked: the one time is the attempt's end.

    1, 2, 4, 8, 12 … minutes after the start, then at the end and, for money that comes late,
    a few more times. No gap before the end is longer than four minutes, so that a payment is
    settled within five even if every notice is lost.
    """
    if by_hand:
        return [expires_at]
    times = [started_at + pause for pause in _EARLY]
    while times[-1] + _EVERY < expires_at:
        times.append(times[-1] + _EVERY)
    return [at for at in times if at < expires_at] + [expires_at + pause for pause in _LATE]


_REFUND_PAUSES = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)


def refund_pause(step: int) -> timedelta:
    """How long to wait before asking again what became of an accepted refund."""
    return _REFUND_PAUSES[step] if step < len(_REFUND_PAUSES) else timedelta(days=1)


def resend_pause(step: int) -> timedelta:
    """How long to wait before a refund that did not get through is sent again."""
    return min(timedelta(seconds=30 << min(step, 10)), timedelta(hours=1))
