"""Amounts as people type them."""

from __future__ import annotations

from cilis.kit.money import Money, decimals


def write_amount(amount: Money) -> str:
    """An amount as it stands in an input: "550000", "89.50"."""
    places = decimals(amount.currency)
    if not places:
        return str(amount.minor)
    return f"{amount.minor // 10**places}.{amount.minor % 10**places:0{places}}"
