"""Tax in gross prices, and what credit notes take of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilis.domains import pricing
from cilis.domains.invoices.service import taxes
from cilis.domains.invoices.types import PATTERNS, Share, number_of, skeleton
from cilis.kit.money import Money

LINES = st.lists(
    st.tuples(
        st.integers(0, 10**9), st.sampled_from([0, 500, 700, 810, 1000, 1900, 2550]), st.just("VAT")
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize(
    ("gross", "rate_bp", "tax"),
    [
        (550_000, 1000, 50_000),  # 550 000 ₫: no decimals
        (500_000, 1000, 45_455),  # 45 454.54… up
        (499_999, 800, 37_037),
        (24_000, 1900, 3_832),  # 240.00 €: 38.319… up to 38.32
        (100, 700, 7),  # 1.00 €: 6.54 cents
        (12_345, 500, 588),  # 12.345 KWD: 0.58786 up to 0.588
        (3, 10_000, 2),  # exactly half: up
        (0, 1900, 0),
    ],
)
def test_the_tax_in_a_price_is_rounded_half_up_once(gross: int, rate_bp: int, tax: int) -> None:
    assert taxes.tax_in(gross, rate_bp) == tax


@given(LINES)
def test_net_and_tax_are_the_gross_amount_and_what_the_ledger_says(
    lines: list[tuple[int, int, str]],
) -> None:
    shared = taxes.shares(lines)
    assert sum(one.gross for one in shared) == sum(gross for gross, _, _ in lines)
    for one in shared:
        terms = pricing.Terms(tax=pricing.Tax(one.rate_bp))
        assert one.tax == terms.split(Money(one.gross, "EUR")).tax.minor
        assert one.net + one.tax == one.gross


@given(LINES, st.data())
def test_credit_notes_add_up_to_their_paper_and_leave_what_is_taxed_like_a_price(
    lines: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    whole = taxes.shares(lines)
    left = sum(one.gross for one in whole)
    notes: list[list[Share]] = []
    while left:
        amount = left if len(notes) == 5 else data.draw(st.integers(1, left))
        before = taxes.left(whole, [one for note in notes for one in note])
        notes.append(taxes.portion(before, amount))
        assert sum(one.gross for one in notes[-1]) == amount
        assert all(0 <= one.tax <= one.gross for one in notes[-1])
        left -= amount
        for one in taxes.left(whole, [one for note in notes for one in note]):
            assert one.tax == taxes.tax_in(one.gross, one.rate_bp)
    for share in whole:
        taken = [one for note in notes for one in note if one.rate_bp == share.rate_bp]
        assert (sum(one.gross for one in taken), sum(one.tax for one in taken)) == (
            share.gross,
            share.tax,
        )


def test_no_note_takes_more_than_is_left() -> None:
    with pytest.raises(ValueError):
        taxes.portion(taxes.shares([(100, 1900, "VAT")]), 101)


@pytest.mark.parametrize(
    ("pattern", "form"),
    [
        ("AT-{year}-{number:05}", "AT-#-#"),
        ("{number}/{yy}", "#/#"),
        ("AT-{number:05}", None),
        ("AT-{year}", None),
        ("AT{year}{number}", None),  # 2026 and 1 would be 20261
        ("A1-{year}-{number}", None),  # digits of its own
        ("{year}-{year}", None),
        ("{year!r}-{number}", None),
        ("{year}-{number:999}", None),
        ("", None),
    ],
)
def test_patterns_hold_year_and_number_apart(pattern: str, form: str | None) -> None:
    assert skeleton(pattern) == form


def test_each_kind_has_numbers_of_its_own() -> None:
    forms = {skeleton(pattern) for pattern in PATTERNS.values()}
    assert len(forms) == len(PATTERNS)
    assert None not in forms
    assert number_of("AT-{yy}-{number:05}", 2026, 42) == "AT-26-00042"
