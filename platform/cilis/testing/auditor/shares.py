"""Who ought to have what of a booking's money, counted anew from its frozen terms.

The rule is written down a second time on purpose, in exact fractions: an auditor that asked
`pricing` would find whatever `pricing` does right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from cilis.testing.auditor.books import Books, Movements, Row, Thing
from cilis.testing.auditor.wanted import between, passed_on, went_back

_OVER = {"completed", "cancelled", "no_show"}
_HUNDREDTHS = Fraction(1, 10_000)


def earnings(books: Books) -> Iterator[tuple[Thing, str, Movements]]:
    """What each booking whose money was earned ought to have moved; contested ones wait."""
    for one in books.bookings.values():
        if not one.is_disputed:
            yield Thing("earnings", one.id), one.id, _of(books, one)


def offsets(books: Books) -> Iterator[tuple[Thing, str, Movements]]:
    """What each expert had ahead of earning it, set against what was earned."""
    for one in books.bookings.values():
        if one.is_disputed:
            continue
        passed = sum(passed_on(books, each) for each in paid_by(books, one))
        own, ahead = ("payable", one.expert_id), ("passed_on", one.expert_person_id)
        minor = passed if one.state in _OVER else 0
        yield Thing("offset", one.id), one.id, between(own, ahead, minor, one.currency)


def paid_by(books: Books, booking: Row) -> list[str]:
    """The payments whose money is in a booking."""
    found = [*(booking.credit_paid_by or ()), booking.paid_by, *books.differences[booking.id]]
    return list(dict.fromkeys(one for one in found if one))


def _of(books: Books, one: Row) -> Movements:
    found = Movements()
    paid = paid_by(books, one)
    if one.state not in _OVER or (not one.paid_by and not one.discount):
        return found
    came = sum(books.attempts[each].amount_minor for each in paid)
    kept = came - sum(went_back(books, each) for each in paid)
    by_grace = sum(went_back(books, each, "organization") for each in paid)
    beyond_rules = max(0, by_grace - int(one.policy.get("graced_minor", 0)))
    borne = beyond_rules + _granted(one.discount)
    expert, commission, tax = divide(kept + borne, one.terms)
    clearing = ("clearing", "")
    for account, minor in (
        (("payable", one.expert_id), expert),
        (("commission", ""), commission),
        (("tax", ""), tax),
    ):
        found.update(between(clearing, account, minor, one.currency))
    found.update(between(("adjustments", ""), clearing, borne, one.currency))
    return found


def divide(minor: int, terms: Mapping[str, Any]) -> tuple[int, int, int]:
    """The expert's part of an amount, the commission, and the tax in it."""
    rate = _HUNDREDTHS * int(terms.get("tax", {}).get("rate_bp", 0))
    tax = _half_up(minor * rate / (1 + rate))
    net = minor - tax
    rule = terms.get("commission", {})
    base = net if rule.get("base", "net") == "net" else minor
    commission = _half_up(base * _HUNDREDTHS * int(rule.get("percent_bp", 0)))
    commission += int(rule.get("fixed_minor", 0))
    commission = min(net, max(commission, int(rule.get("minimum_minor", 0)))) if net > 0 else 0
    return net - commission, commission, tax


def _granted(discount: Mapping[str, Any]) -> int:
    if discount.get("borne_by") != "organization":
        return 0
    return int(discount.get("kept_minor", discount["minor"]))


def _half_up(value: Fraction) -> int:
    return int((value + Fraction(1, 2)) // 1)
