"""Words of the room: what makes a session cheaper, and money that was paid ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from cilis.domains.payments import BorneBy
from cilis.kit.money import Money

_WHOLE = 10_000  # basis points
RETURNED_FOR = timedelta(days=30)
"""What comes back to a credit whose time is over, or nearly so, can be used for so long."""
HELD_FOR = timedelta(days=1)
"""What comes back of a hold that came to nothing, if the credit's time ended meanwhile."""


class CreditKind(StrEnum):
    """Where a credit comes from, which says what it may pay for."""

    GIFT = "gift"  # bought, for oneself or for somebody else
    PACKAGE = "package"  # so many sessions, bought together
    GOODWILL = "goodwill"  # given by the organization


class CreditState(StrEnum):
    """How far a credit has come. What is left of it, the ledger says."""

    WAITING = "waiting"  # nobody has paid for it yet
    OPEN = "open"
    RETURNED = "returned"  # what was left went back to its buyer
    EXPIRED = "expired"
    LAPSED = "lapsed"  # nobody paid


class CouponState(StrEnum):
    """Whether a coupon holds at an instant, as far as it does not depend on who comes."""

    TO_COME = "to_come"
    OPEN = "open"
    USED_UP = "used_up"
    OVER = "over"  # its time
    ENDED = "ended"  # taken back by an admin


class Why(StrEnum):
    """Why a coupon does not hold for a session."""

    UNKNOWN = "coupon_unknown"
    TOO_EARLY = "coupon_too_early"
    OVER = "coupon_over"
    USED_UP = "coupon_used_up"
    USED_BY_YOU = "coupon_used_by_you"
    NOT_FOR_THIS = "coupon_not_for_this"
    TOO_CHEAP = "coupon_price_too_low"


@dataclass(frozen=True, slots=True)
class Bill:
    """A session that is to be paid for, as this room needs to know it."""

    client_id: UUID
    expert_id: UUID
    service_id: UUID
    length: timedelta
    price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What something holds for; nothing said: for every session of the organization.

    ``topic_id`` stands for the field and all below it, ``minutes`` for the length at most.
    """

    topic_id: UUID | None = None
    service_id: UUID | None = None
    expert_id: UUID | None = None
    minutes: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The form in which a credit freezes it."""
        named = {"topic_id": self.topic_id, "service_id": self.service_id}
        named["expert_id"] = self.expert_id
        kept: dict[str, Any] = {name: str(one) for name, one in named.items() if one}
        return kept | ({"minutes": self.minutes} if self.minutes is not None else {})

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Scope:
        """What a credit froze."""
        named = {name: UUID(one) for name, one in kept.items() if name != "minutes"}
        return cls(**named, minutes=kept.get("minutes"))


@dataclass(frozen=True, slots=True)
class Discount:
    """How much cheaper a session is, and at whose cost.

    ``label`` is the coupon's code or the package's name, for those who see the booking.
    """

    kind: str  # "coupon" or "package"
    id: UUID
    label: str
    amount: Money
    full_price: Money
    borne_by: BorneBy = BorneBy.SHARED

    def as_json(self) -> dict[str, Any]:
        """The form in which a booking keeps it."""
        return {
            "kind": self.kind,
            "id": str(self.id),
            "label": self.label,
            "minor": self.amount.minor,
            "full_minor": self.full_price.minor,
            "borne_by": self.borne_by.value,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponWish:
    """A coupon as an admin describes it: either a percentage or an amount of money.

    Attributes:
        code: what clients type; letters, digits and hyphens, compared without case. Empty: one
            is made.
        percent: 1 to 100, or None.
        amount_minor: off the price, in minor units of the organization's currency, or None.
        starts_at: from then on; None: at once.
        ends_at: until then; None: for ever.
        most: how often altogether; None: as often as wanted.
        most_each: how often for each client.
        least_minor: sessions that cost less take none.
        client_id: only for this person.
        borne_by: whether the expert shares in the discount, or the organization bears it alone.
        note: for the admins.
    """

    code: str = ""
    percent: int | None = None
    amount_minor: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    most: int | None = None
    most_each: int | None = 1
    least_minor: int = 0
    client_id: UUID | None = None
    scope: Scope = field(default_factory=Scope)
    borne_by: BorneBy = BorneBy.SHARED
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageWish:
    """Sessions that are sold together, as an admin describes them.

    Attributes:
        name: by language.
        sessions: how many.
        price_minor: of all together, in minor units of the organization's currency.
        days: how long they can be used from the purchase on.
        most_minor: the dearest session that one of them pays for; None: any.
        scope: which sessions they pay for.
        borne_by: whose the difference is, where a session costs more than its part of the price.
        refundable: whether clients may give back what they have not used.
        is_on: whether it is on sale.
    """

    name: Mapping[str, str]
    sessions: int
    price_minor: int
    days: int = 365
    most_minor: int | None = None
    scope: Scope = field(default_factory=Scope)
    borne_by: BorneBy = BorneBy.SHARED
    refundable: bool = True
    is_on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftRules:
    """Whether gift credit is sold, of which amounts, and for how long it holds."""

    is_on: bool = False
    least_minor: int = 0
    most_minor: int = 0
    days: int = 1095


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftWish:
    """Gift credit that somebody wants to buy; without an address for oneself."""

    amount_minor: int
    recipient: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Usable:
    """A credit that can pay for a session, and how much it would pay."""

    id: UUID
    kind: CreditKind
    name: Mapping[str, str] = field(hash=False)
    left: Money
    pays: Money
    ends_at: datetime | None
    sessions_left: int | None = None

    @property
    def covers(self) -> bool:
        """Whether it is a session of a package, which pays for all of a session."""
        return self.kind is CreditKind.PACKAGE


def percent_off(price: Money, percent_bp: int) -> Money:
    """What a percentage takes off a price, halves up, never more than the price."""
    minor = (2 * price.minor * percent_bp + _WHOLE) // (2 * _WHOLE)
    return Money(min(minor, price.minor), price.currency)


def session_part(left: int, unit: int, over: int) -> int:
    """What one session of a package takes of what is left of it, in minor units; 0: too little.

    The price may not divide evenly: the last session takes what is left ``over``.
    """
    if left < unit:
        return 0
    return left if left - unit <= over else unit


def sessions_in(left: int, unit: int, over: int) -> int:
    """How many sessions of a package what is left of it pays for."""
    before_last = max(0, left - unit - over)
    return 0 if left < unit else 1 + -(-before_last // unit)
