"""Amounts on Stripe's wire."""

from __future__ import annotations

import pytest

from cilis.hooks import Refused
from cilis.kit.money import Money
from cilis_payment_stripe.amounts import amount_of, wire_amount


@pytest.mark.parametrize(
    ("amount", "wire"),
    [
        (Money(12_050, "EUR"), 12_050),
        (Money(120_000, "VND"), 120_000),  # not a hundredfold, as at VNPay
        (Money(500, "JPY"), 500),
        (Money(1_500, "ISK"), 150_000),
        (Money(1_500, "UGX"), 150_000),
        (Money(5_120, "KWD"), 5_120),
        (Money(50_000, "MGA"), 500),
    ],
)
def test_there_and_back(amount: Money, wire: int) -> None:
    assert wire_amount(amount) == wire
    assert amount_of(wire, amount.currency.lower()) == amount


@pytest.mark.parametrize(
    "amount", [Money(0, "EUR"), Money(-5, "EUR"), Money(5_121, "KWD"), Money(50_001, "MGA")]
)
def test_what_stripe_cannot_take(amount: Money) -> None:
    with pytest.raises(Refused):
        wire_amount(amount)
