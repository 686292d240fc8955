"""The auditor: what the ledger says is what payments, bookings, credits and payouts say.

``broken()`` names all that does not hold, ``check()`` asserts that nothing does not:

L1 all accounts of a currency add up to zero, and every posting moves something at its instant.
L2 every balance is what all movements of its account add up to.
L3 each payment, fee, refund and dispute moved what its own row says, once, on the right accounts.
L4 so did each payout and each correction by hand.
L5 each credit came, was lost and went back as its row and the book of deeds say; none is overdrawn.
L6 what a booking brought is divided by its frozen terms into the expert's part, commission and tax.
L7 each statement of an expert begins where the last one ended, and pays out what payouts say.
L8 each coupon counts as many uses as there are.
L9 what companies passed on to experts at once comes back as refunds and disputes say, and is set
   against what they earned.

L1–L4 and L8 hold at every moment. L5, L6 and L9 hold when nothing that is due waits to be
delivered: ``at_rest``. L7 reads month after month and is asked for by itself: ``statements``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from cilis.testing.auditor import shares, wanted
from cilis.testing.auditor.books import Account, Books, Movements, Thing, read, read_in
from cilis.testing.auditor.statements import statements

__all__ = [
    "Account",
    "Books",
    "Movements",
    "Thing",
    "broken",
    "check",
    "read",
    "read_in",
    "statements",
]

_NEVER_BELOW_ZERO = {"credit"}


def broken(books: Books, *, at_rest: bool = False) -> list[str]:
    """All that does not hold, each by its rule's name."""
    rules: list[tuple[str, set[str], Iterable[tuple[Thing, str, Movements]]]] = [
        ("L3", {"attempt", "fee", "refund", "dispute"}, wanted.payments(books)),
        ("L4", {"payout", "adjustment"}, wanted.payouts(books)),
    ]
    if at_rest:
        rules.append(("L5", {"credit"}, wanted.credits(books)))
        rules.append(("L6", {"earnings"}, shares.earnings(books)))
        rules.append(("L9", {"share"}, wanted.shares_back(books)))
        rules.append(("L9", {"offset"}, shares.offsets(books)))
    found = [*_sums(books), *_balances(books), *_overdrawn(books), *_coupons(books)]
    for rule, kinds, expected in rules:
        found += _compared(books, rule, kinds, expected)
    return found


def check(*, at_rest: bool = False) -> None:
    """Assert that everything holds in the served organization."""
    found = broken(read(), at_rest=at_rest)
    assert not found, "\n".join(found)


def _sums(books: Books) -> Iterator[str]:
    totals: Counter[str] = Counter()
    for account, minor in books.said.items():
        totals[account.currency] += minor
    yield from (f"L1: {name} adds up to {minor}" for name, minor in totals.items() if minor)
    yield from (f"L1: posting {key} moves nothing at its instant" for key in books.bare)


def _balances(books: Books) -> Iterator[str]:
    for account in sorted({*books.said, *books.counted}):
        said, counted = books.said.get(account, 0), books.counted[account]
        if said != counted:
            yield f"L2: {_name(account)} says {said}, its movements add up to {counted}"


def _overdrawn(books: Books) -> Iterator[str]:
    for account, minor in books.counted.items():
        if account.kind in _NEVER_BELOW_ZERO and minor < 0:
            yield f"L5: {_name(account)} is overdrawn by {-minor}"


def _coupons(books: Books) -> Iterator[str]:
    for one in books.coupons:
        if one.used != one.in_use:
            yield f"L8: coupon {one.code} counts {one.used} uses, there are {one.in_use}"


def _compared(
    books: Books, rule: str, kinds: set[str], expected: Iterable[tuple[Thing, str, Movements]]
) -> Iterator[str]:
    """Where movements are not those of the rows; what no row knows of must have moved nothing."""
    asked: set[Thing] = set()
    for thing, subject, moves in expected:
        asked.add(thing)
        real = books.moved.get(thing, Movements())
        yield from _differences(rule, thing, real, moves)
        if any(one != subject for one in books.subjects.get(thing, ())):
            yield f"{rule}: {thing.kind} {thing.id} was posted about something else"
    for thing, real in books.moved.items():
        if thing.kind in kinds and thing not in asked and not _is_contested(books, thing):
            yield from _differences(rule, thing, real, Movements())


def _is_contested(books: Books, thing: Thing) -> bool:
    booking = books.bookings.get(thing.id) if thing.kind in {"earnings", "offset"} else None
    return booking is not None and booking.is_disputed


def _differences(rule: str, thing: Thing, real: Movements, moves: Movements) -> Iterator[str]:
    for account in sorted({*real, *moves}):
        if real[account] != moves[account]:
            yield (
                f"{rule}: {thing.kind} {thing.id} moved {real[account]} on {_name(account)},"
                f" it ought to be {moves[account]}"
            )


def _name(account: Account) -> str:
    return " ".join(part for part in account if part)
