"""Amounts as Stripe writes them, which is not always ISO 4217's way.

Source: Stripe, "Supported currencies" (docs.stripe.com/currencies).
"""

from __future__ import annotations

from cilis.hooks import Refused
from cilis.kit.money import Money

_WHOLE_ONLY = frozenset({"ISK", "UGX"})  # no decimals, but sent with two zeros
_WITHOUT = frozenset({"MGA"})  # two decimals by ISO, none at Stripe
_LAST_IS_ZERO = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})  # of three decimals
STEPS = dict.fromkeys(_WITHOUT, 100) | dict.fromkeys(_LAST_IS_ZERO, 10)
"""In which steps of minor units Stripe takes a currency; in single ones where nothing is said."""


def wire_amount(amount: Money) -> int:
    """The number Stripe wants; raises Refused for an amount it cannot take."""
    if amount.minor <= 0:
        raise Refused("there is nothing to pay")
    if amount.currency in _WHOLE_ONLY:
        return amount.minor * 100
    if amount.minor % _step(amount.currency):
        raise Refused(f"Stripe cannot take {amount.minor} {amount.currency}: the end must be 0")
    return amount.minor // 100 if amount.currency in _WITHOUT else amount.minor


def wire_share(amount: Money) -> int:
    """A share of an amount as Stripe can take it, rounded down; 0 where nothing is left of it."""
    minor = amount.minor - amount.minor % _step(amount.currency)
    return wire_amount(Money(minor, amount.currency)) if minor else 0


def _step(currency: str) -> int:
    return STEPS.get(currency, 1)


def amount_of(wire: int, currency: str) -> Money:
    """An amount of Stripe's as ours."""
    name = currency.upper()
    if name in _WHOLE_ONLY:
        return Money(wire // 100, name)
    return Money(wire * 100 if name in _WITHOUT else wire, name)
