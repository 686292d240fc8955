from __future__ import annotations

import pytest

from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.web.views.amounts import read_amount, write_amount


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("550000", "VND", 550_000), ("550.000", "VND", 550_000), ("550 000 ₫", "VND", 550_000),
        ("1,250,000đ", "VND", 1_250_000), ("89,50", "EUR", 8950), ("89.5", "EUR", 8950),
        ("89", "EUR", 8900), ("1.250", "EUR", 125_000), ("1,250.00 €", "EUR", 125_000),
        ("1.250,00 EUR", "EUR", 125_000), ("1'250.05", "CHF", 125_005), ("1.250", "KWD", 1250),
        ("12", "KWD", 12_000), ("0,01", "EUR", 1),
    ],
)  # fmt: skip
def test_what_people_type_is_read(text: str, currency: str, minor: int) -> None:
    assert read_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "VND"), ("0", "VND"), ("-5", "EUR"), ("1.2.3", "EUR"), ("12.34", "VND"),
        ("1,2345", "EUR"), ("1e5", "EUR"), ("lots", "EUR"), ("9" * 16, "VND"), ("١٢", "EUR"),
        ("1..2", "EUR"), (".5", "EUR"), ("5.", "EUR"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_amount(text, currency)
    assert set(refusal.value.fields) == {"amount"}


@pytest.mark.parametrize("currency", ["VND", "EUR", "KWD"])
def test_what_is_written_is_read_again(currency: str) -> None:
    for minor in (1, 999, 1_000, 1_250, 123_456_789):
        assert read_amount(write_amount(Money(minor, currency)), currency).minor == minor
