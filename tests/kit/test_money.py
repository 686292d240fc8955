from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilis.kit.money import CurrencyMismatch, Money, decimals


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("VND", 0), ("JPY", 0), ("KRW", 0), ("USD", 2), ("EUR", 2), ("KWD", 3), ("TND", 3)],
)
def test_minor_units_follow_iso_4217(currency: str, digits: int) -> None:
    assert decimals(currency) == digits


@pytest.mark.parametrize(
    "code", ["", "VN", "VNDD", "vnd", "V1D", "ĐĐĐ", "VND\n", " VND", "€€€", "АВС"]
)
def test_only_three_latin_capitals_are_a_currency(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, code)


def test_currencies_never_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "VND") + Money(1, "USD")
    with pytest.raises(CurrencyMismatch):
        Money(1, "VND") - Money(1, "USD")
    assert Money(1, "VND") != Money(1, "USD")


def test_amounts_do_not_change() -> None:
    with pytest.raises(AttributeError):
        Money(1, "VND").minor = 2  # type: ignore[misc]


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15))
def test_sums_are_exact(one: int, other: int) -> None:
    left, right = Money(one, "VND"), Money(other, "VND")
    assert (left + right - right) == left
    assert (left + right).minor == one + other


@given(st.integers(0, 10**15), st.integers(0, 100))
def test_a_share_and_its_rest_are_the_whole_within_one_unit(minor: int, percent: int) -> None:
    amount = Money(minor, "EUR")
    share = amount.percent(percent)
    assert 0 <= share.minor <= minor
    assert abs(share.minor * 100 - minor * percent) <= 50


@pytest.mark.parametrize(
    ("minor", "percent", "share"),
    [(550_000, 50, 275_000), (1, 50, 1), (3, 50, 2), (1, 49, 0), (999, 100, 999), (999, 0, 0)],
)
def test_a_share_is_rounded_half_up(minor: int, percent: int, share: int) -> None:
    assert Money(minor, "VND").percent(percent) == Money(share, "VND")


def test_nothing_to_pay() -> None:
    assert Money(0, "VND").is_zero
    assert not Money(-1, "VND").is_zero
