"""Words of the room: states, the moves between them, wishes, and the rules of giving up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from cilis.kit.money import Money

HOLD = timedelta(minutes=15)
PAYMENT_WINDOW = timedelta(minutes=10)
"""How long an attempt lives at the gateway."""
SETTLING = timedelta(minutes=5)
"""How long a hold outlives its attempt, so that late news still finds it."""
LONGEST_HOLD = timedelta(hours=1)
"""However often a client starts to pay, the hour is not held longer than this."""
SHORTEST_PAYMENT = timedelta(minutes=2)
SHORTEST_ANSWER = timedelta(minutes=30)
HOLDS_PER_EXPERT = 3
LONGEST_TEXT = 4_000
LONGEST_REASON = 500
REPORT_NO_SHOW_WITHIN = timedelta(days=7)
WAIT_FOR_OTHERS = timedelta(minutes=10)
"""How long after its begin nobody counts as missing yet."""
LONGEST_SESSION = timedelta(days=1)
"""No session lasts so long; a service may have eight hours at most."""
MOST_PROPOSED = 3
LONGEST_QUERY = 80
BALANCE = "balance"
"""The choice of a client who pays with plain credit, as far as it goes."""


class BookingState(StrEnum):
    """Where a booking stands. ``pending``: paid or free, and waits for the expert."""

    HELD = "held"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_SHOW = "no_show"


_S = BookingState
MOVES: Mapping[BookingState, frozenset[BookingState]] = {
    _S.HELD: frozenset({_S.PENDING, _S.CONFIRMED, _S.EXPIRED}),
    _S.PENDING: frozenset({_S.CONFIRMED, _S.CANCELLED}),
    _S.CONFIRMED: frozenset({_S.COMPLETED, _S.CANCELLED, _S.NO_SHOW}),
    _S.COMPLETED: frozenset({_S.NO_SHOW}),
    _S.CANCELLED: frozenset(),
    # Money that comes after the hold ran out still buys the hour if nobody took it meanwhile.
    _S.EXPIRED: frozenset({_S.PENDING, _S.CONFIRMED}),
    # A person of the organization may find that both were there after all.
    _S.NO_SHOW: frozenset({_S.COMPLETED}),
}

LIVE_STATES = frozenset({_S.HELD, _S.PENDING, _S.CONFIRMED})
"""States in which the hour is taken and something is still to come."""
OVER_STATES = frozenset({_S.COMPLETED, _S.CANCELLED, _S.NO_SHOW})
"""States in which what is kept of the money has been earned."""


class What(StrEnum):
    """Why a booking's history has a row."""

    HELD = "held"
    DESCRIBED = "described"
    CLIENT_KNOWN = "client_known"
    PAYMENT_STARTED = "payment_started"
    PAID = "paid"
    PAID_LATE = "paid_late"
    PAID_IN_VAIN = "paid_in_vain"
    BOOKED_FREE = "booked_free"
    PAID_BY_CREDIT = "paid_by_credit"
    COUPON_USED = "coupon_used"
    COUPON_DROPPED = "coupon_dropped"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    CANCELLED = "cancelled"
    MOVED = "moved"
    MOVE_HELD = "move_held"
    MOVE_CLOSED = "move_closed"
    PROPOSED = "proposed"
    PROPOSAL_ACCEPTED = "proposal_accepted"
    PROPOSAL_REFUSED = "proposal_refused"
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"
    LAPSED = "lapsed"
    REPLACED = "replaced"
    GIVEN_UP = "given_up"
    OVER = "over"
    NO_SHOW = "no_show"
    DISPUTED = "disputed"
    DECIDED = "decided"
    IMPORTED = "imported"


class ProposalState(StrEnum):
    """What became of other times that an expert proposed."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OVERTAKEN = "overtaken"  # the booking was moved, cancelled or accepted meanwhile


class MoveState(StrEnum):
    """What became of a change to another service; ``open`` waits for the difference."""

    OPEN = "open"
    DONE = "done"
    LAPSED = "lapsed"
    GIVEN_UP = "given_up"
    OVERTAKEN = "overtaken"  # the booking was moved or called off meanwhile


class Outcome(StrEnum):
    """What a person of the organization finds when the two sides disagree."""

    TOOK_PLACE = "took_place"
    CLIENT_MISSED = "client_missed"
    EXPERT_MISSED = "expert_missed"


@dataclass(frozen=True, slots=True)
class HoldWish:
    """The hour somebody wants. Price, length, end and expert follow from the service.

    ``instead_of`` names the hold that may go although its payment has begun.
    """

    service_id: UUID
    starts_at: datetime
    instead_of: UUID | None = None


@dataclass(frozen=True, slots=True)
class MoveWish:
    """Another service of the same expert, and when."""

    service_id: UUID
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditChoice:
    """A way to use credit for a hold, and what it would leave to pay.

    ``key`` is what `start_payment` takes as ``credit``: `BALANCE`, for all plain credit together,
    or the id of a package. A session of a package makes the price ``price``, in place of a coupon.
    """

    key: str
    available: Money
    pays: Money
    price: Money
    ends_at: datetime | None
    name: Mapping[str, str] = field(default_factory=dict, hash=False)
    sessions_left: int | None = None

    @property
    def due(self) -> Money:
        """What is still to be paid then."""
        return self.price - self.pays


@dataclass(frozen=True, slots=True)
class WayBack:
    """How money that goes back travels: by the gateways first, and the rest is credit again."""

    by_gateway: Money
    as_credit: Money


@dataclass(frozen=True, slots=True)
class MovePreview:
    """What changing to another service does to the money, before anybody confirms.

    Either ``to_pay`` before the hour moves, or ``comes_back`` of the difference by the frozen
    rules; ``kept`` of it does not. ``then``, what comes back after ``until``.
    """

    before: Money
    after: Money
    to_pay: Money
    comes_back: Money
    percent: int
    until: datetime | None = None
    then: Money | None = None

    @property
    def kept(self) -> Money:
        """What of a cheaper service's difference does not come back."""
        if self.after.minor >= self.before.minor:
            return Money(0, self.before.currency)
        return self.before - self.after - self.comes_back


@dataclass(frozen=True, slots=True)
class Step:
    """Why a booking changes, and by whom; nobody means the system."""

    what: What
    actor: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tier:
    """Until ``until`` (None: ever after), ``percent`` of the price comes back altogether."""

    until: datetime | None
    percent: int
    refund: Money


@dataclass(frozen=True, slots=True)
class Preview:
    """What cancelling now would give back, and how that changes with time.

    ``tiers`` are in order of time and end with one that has no end. ``full_because`` says why
    everything comes back whatever the time: "pending", "by_expert", "moved_by_expert" or "".
    """

    paid: Money
    refund: Money
    percent: int
    tiers: Sequence[Tier]
    full_because: str = ""
    move_until: datetime | None = None
    returned: Money | None = None  # what the staff gave back before, if anything

    @property
    def altogether(self) -> Money:
        """What the rules give back, whatever of it went back before."""
        return self.paid.percent(self.percent)

    @property
    def until(self) -> datetime | None:
        """Until when this refund holds; None when time changes nothing (any more)."""
        if self.full_because:
            return None
        return next((tier.until for tier in self.tiers if tier.percent == self.percent), None)

    @property
    def then(self) -> Money | None:
        """What comes back after that."""
        if self.until is None:
            return None
        place = next(n for n, tier in enumerate(self.tiers) if tier.until == self.until)
        altogether, back = self.tiers[place + 1].refund, self.returned
        minor = max(0, altogether.minor - back.minor) if back else altogether.minor
        return min(Money(minor, altogether.currency), self.refund, key=lambda money: money.minor)

    @property
    def fee(self) -> Money:
        """What the client does not get back."""
        kept = self.paid - self.refund
        return kept - self.returned if self.returned else kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which bookings the staff wants to see; what is not given does not narrow.

    ``words``: a booking's code, or somebody's name, address or id.
    """

    words: str = ""
    state: BookingState | None = None
    since: datetime | None = None
    until: datetime | None = None
    disputed: bool = False
    soonest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFact:
    """What figures are made of; nothing that anybody wrote is in it."""

    id: UUID
    created_at: datetime
    decided_at: datetime | None
    starts_at: datetime
    ends_at: datetime
    state: BookingState
    price: Money
    refund_minor: int
    service_id: UUID
    expert_id: UUID
    client_id: UUID | None
    missed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastBooking:
    """A booking that arrives complete, from a pack or another installation.

    Only a confirmed one that is still to come takes its hour.
    """

    service_id: UUID
    expert_id: UUID
    expert_person_id: UUID
    client_id: UUID
    starts_at: datetime
    ends_at: datetime
    price: Money
    service_name: Mapping[str, str]
    state: BookingState = BookingState.COMPLETED
    topic_text: str = ""
    reference: str = ""  # empty: a new one
    paid_attempt_id: UUID | None = None
    booked_at: datetime | None = None
    mode: str = "video"
    place: str = ""
