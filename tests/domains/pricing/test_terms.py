from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilis.domains.pricing import Base, Commission, Tax, Terms
from cilis.domains.tenants import PriceDisplay
from cilis.kit.money import Money


def split(minor: int, currency: str, terms: Terms) -> tuple[int, int, int]:
    found = terms.split(Money(minor, currency))
    return found.expert.minor, found.commission.minor, found.tax.minor


@pytest.mark.parametrize(
    ("currency", "minor", "expected"),
    [
        # 10 % tax: 600 000 ₫ hold 54 545.45 → 54 545; 15 % of 545 455 = 81 818.25 → 81 818
        ("VND", 600_000, (463_637, 81_818, 54_545)),
        # 99.99 € hold 9.09; 15 % of 90.90 = 13.635 → 13.64
        ("EUR", 99_99, (77_26, 13_64, 9_09)),
        # 12.345 KWD hold 1.12227 → 1.122; 15 % of 11.223 = 1.68345 → 1.683
        ("KWD", 12_345, (9_540, 1_683, 1_122)),
        ("VND", 0, (0, 0, 0)),
        ("VND", 1, (1, 0, 0)),
    ],
)
def test_an_amount_is_divided_to_the_last_unit(
    currency: str, minor: int, expected: tuple[int, int, int]
) -> None:
    terms = Terms(Commission(percent_bp=1_500), Tax(rate_bp=1_000))
    assert split(minor, currency, terms) == expected
    assert sum(expected) == minor


def test_a_commission_may_be_of_the_gross_amount() -> None:
    terms = Terms(Commission(percent_bp=1_000, base=Base.GROSS), Tax(rate_bp=1_000))
    assert split(110_000, "VND", terms) == (89_000, 11_000, 10_000)


def test_a_fixed_part_comes_on_top_and_a_minimum_holds() -> None:
    rule = Commission(percent_bp=1_000, fixed_minor=50, minimum_minor=200)
    assert split(1_000, "EUR", Terms(rule)) == (800, 200, 0)  # 100 + 50 is less than 200
    assert split(10_000, "EUR", Terms(rule)) == (8_950, 1_050, 0)


def test_a_commission_never_takes_more_than_there_is() -> None:
    rule = Commission(fixed_minor=5_000, minimum_minor=9_000)
    assert split(1_000, "EUR", Terms(rule, Tax(rate_bp=1_900))) == (0, 840, 160)
    assert split(0, "EUR", Terms(rule)) == (0, 0, 0)


_rules = st.builds(
    Commission,
    st.integers(0, 10_000),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.sampled_from(Base),
)


@given(_rules, st.integers(0, 10_000), st.integers(0, 10**12), st.sampled_from(PriceDisplay))
def test_the_parts_add_up_and_none_is_negative(
    rule: Commission, rate: int, minor: int, display: PriceDisplay
) -> None:
    terms = Terms(rule, Tax(rate, {"en": "VAT"}, "VN"), display)
    found = split(minor, "VND", terms)
    assert sum(found) == minor
    assert min(found) >= 0
    assert Terms.from_json(terms.as_json()) == terms


def test_a_booking_of_before_has_no_terms() -> None:
    assert split(1_000, "EUR", Terms.from_json({})) == (1_000, 0, 0)


def test_a_booking_of_before_was_shown_with_tax() -> None:
    kept = Terms(tax=Tax(1_900), display=PriceDisplay.NET).as_json()
    assert Terms.from_json(kept).display == PriceDisplay.NET
    del kept["display"]
    assert Terms.from_json(kept).display == PriceDisplay.GROSS


@pytest.mark.parametrize(
    ("currency", "minor", "rate_bp", "net", "tax"),
    [
        ("VND", 550_000, 1_000, 500_000, 50_000),
        ("VND", 600_000, 1_000, 545_455, 54_545),
        ("EUR", 120_00, 1_900, 100_84, 19_16),
        ("KWD", 12_345, 500, 11_757, 588),
        ("EUR", 1, 1_900, 1, 0),
        ("EUR", 120_00, 0, 120_00, 0),
        ("EUR", 99_99, 810, 92_50, 7_49),
    ],
)
def test_what_is_shown_without_tax_and_the_tax_are_what_is_paid(
    currency: str, minor: int, rate_bp: int, net: int, tax: int
) -> None:
    found = Tax(rate_bp).parts(Money(minor, currency))
    assert (found.net, found.tax) == (Money(net, currency), Money(tax, currency))
    assert found.net + found.tax == found.gross == Money(minor, currency)


@given(st.integers(0, 10_000), st.integers(0, 10**12))
def test_shown_and_earned_tax_are_one(rate: int, minor: int) -> None:
    terms, amount = Terms(tax=Tax(rate)), Money(minor, "EUR")
    parts = terms.tax.parts(amount)
    assert parts.tax == terms.split(amount).tax
    assert parts.net.minor + parts.tax.minor == minor
