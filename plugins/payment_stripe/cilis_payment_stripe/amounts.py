"""Amounts as Stripe writes them, which is not always ISO 4217's way.

Source: Stripe, "Supported currencies" (docs.stripe.com/currencies).
"""

from __future__ import annotations

from cilis.hooks import Refused
from cilis.kit.money import Money, decimals

_WHOLE_ONLY = frozenset({"ISK", "UGX"})  # no decimals, but sent with two zeros
_WITHOUT = frozenset({"MGA"})  # two decimals by ISO, none at Stripe


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
    return 100 if currency in _WITHOUT else 10 if decimals(currency) == 3 else 1


def amount_of(wire: int, currency: str) -> Money:
    """An amount of Stripe's as ours."""
    name = currency.upper()
    if name in _WHOLE_ONLY:
        return Money(wire // 100, name)
    return Money(wire * 100 if name in _WITHOUT else wire, name)
