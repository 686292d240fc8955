"""What a session's price is made of: tax, the organization's commission, the expert's share.

The rule of rounding, in this order, always in whole minor units, halves up:

1. ``tax = price × rate ÷ (100 % + rate)``, since prices include it; ``net = price − tax``. So
   what is shown without tax and what is shown as tax add up to what is paid.
2. ``commission = (net or price) × percent + fixed``, at least the minimum, at most the net amount.
3. The expert gets the rest, so nothing is ever left over or lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from cilis.domains.tenants import PriceDisplay
from cilis.kit.money import Money

_WHOLE = 10_000  # basis points


class Base(StrEnum):
    """What a commission's percentage is taken of."""

    NET = "net"
    GROSS = "gross"


@dataclass(frozen=True, slots=True)
class Commission:
    """The organization's share of a session."""

    percent_bp: int = 0  # hundredths of a percent
    fixed_minor: int = 0
    minimum_minor: int = 0
    base: Base = Base.NET


@dataclass(frozen=True, slots=True)
class Tax:
    """The tax that a price includes; ``name`` is by language."""

    rate_bp: int = 0  # hundredths of a percent
    name: Mapping[str, str] = field(default_factory=dict, hash=False)
    country: str = ""

    def parts(self, gross: Money) -> Parts:
        """An amount that includes this tax, taken apart."""
        tax = round_half_up(gross.minor * self.rate_bp, _WHOLE + self.rate_bp)
        return Parts(Money(gross.minor - tax, gross.currency), Money(tax, gross.currency), gross)


@dataclass(frozen=True, slots=True)
class Parts:
    """An amount without tax, the tax in it, and both together."""

    net: Money
    tax: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class Split:
    """Who gets what of an amount; the three add up to it."""

    expert: Money
    commission: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Terms:
    """Commission, tax and how the price was shown, as a booking freezes them."""

    commission: Commission = Commission()
    tax: Tax = Tax()
    display: PriceDisplay = PriceDisplay.GROSS

    def split(self, amount: Money) -> Split:
        """Divide an amount that was kept, tax included."""
        kept = self.tax.parts(amount)
        net = kept.net.minor
        rule = self.commission
        base = net if rule.base is Base.NET else amount.minor
        share = round_half_up(base * rule.percent_bp, _WHOLE) + rule.fixed_minor
        commission = min(max(share, rule.minimum_minor), net) if net > 0 else 0
        expert = Money(net - commission, amount.currency)
        return Split(expert, Money(commission, amount.currency), kept.tax)

    def as_json(self) -> dict[str, Any]:
        """The form in which a booking keeps it."""
        rule, tax = self.commission, self.tax
        return {
            "commission": {
                "percent_bp": rule.percent_bp,
                "fixed_minor": rule.fixed_minor,
                "minimum_minor": rule.minimum_minor,
                "base": rule.base.value,
            },
            "tax": {"rate_bp": tax.rate_bp, "name": dict(tax.name), "country": tax.country},
            "display": self.display.value,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Terms:
        """What a booking kept; nothing means no commission, no tax, and a price shown whole."""
        rule, tax = dict(kept.get("commission", {})), kept.get("tax", {})
        if "base" in rule:
            rule["base"] = Base(rule["base"])
        display = PriceDisplay(kept.get("display", PriceDisplay.GROSS))
        return cls(Commission(**rule), Tax(**tax), display)


def round_half_up(numerator: int, denominator: int) -> int:
    """A quotient of whole numbers, not negative, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWish:
    """A commission for one expert, for one field with all below it, or for everybody."""

    commission: Commission
    expert_id: UUID | None = None
    topic_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A commission as it is kept."""

    id: UUID
    expert_id: UUID | None
    topic_id: UUID | None
    commission: Commission


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax rate that services may have instead of the usual one."""

    id: UUID
    tax: Tax
    services: int = 0  # how many have it
