"""Statements say what the ledger says, whatever happened."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.domains.payouts.conftest import Books, Forward

from cilis.domains import ledger, payouts
from cilis.domains.payouts import PayoutState
from cilis.domains.payouts.queries import payable
from cilis.infra.db import reading
from cilis.kit import clock
from cilis.kit.money import Money

DAYS = st.integers(0, 12)  # all examples together stay within the two years that are listed
STEPS = st.one_of(
    st.tuples(st.just("earn"), st.integers(1, 90_000), st.integers(0, 900)),
    st.tuples(st.just("refund"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("adjust"), st.integers(-5_000, 5_000).filter(bool), st.just(0)),
    st.tuples(st.just("batch"), st.just(0), st.just(0)),
    st.tuples(st.sampled_from(["pay", "return", "cancel"]), st.integers(0, 9), st.just(0)),
)


@settings(
    max_examples=4,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(STEPS, DAYS), min_size=4, max_size=14))
def test_whatever_happened_a_statement_is_the_ledger(
    books: Books, clock_forward: Forward, story: list[tuple[tuple[str, int, int], int]]
) -> None:
    expert = books.experts[0]
    books.payee(expert)
    earned: list[tuple[UUID, int]] = []
    batches: list[UUID] = []
    for (what, amount, tax), days in story:
        if what == "earn":
            earned.append((books.earn(expert, amount, tax=tax), amount))
        elif what == "refund" and earned:
            subject, minor = earned.pop(amount % len(earned))
            books.earn(expert, -minor, subject)
        elif what == "adjust":
            payouts.adjust(expert, amount, "by hand", books.first)
        elif what == "batch":
            _quietly(lambda: batches.append(payouts.make_batch(books.first).id))
        elif batches:
            _settle(books, what, batches[amount % len(batches)])
        clock_forward(timedelta(days=days))
    books.check()

    with reading() as session:
        months = payouts.months(session, expert)
        found = [payouts.statement(session, expert, one) for one in reversed(months)]
        paid = payouts.standings(session, [expert])[expert].paid.minor
        for one in found:
            at = min(one.month.end - timedelta(microseconds=1), clock.now())
            assert one.closing == ledger.balance(session, payable(expert), "EUR", at)
    before = Money(0, "EUR")
    for one in found:
        assert one.opening == before
        assert sum(line.change.minor for line in one.lines) + one.opening.minor == one.closing.minor
        for line in one.lines:
            if line.kind == "earned":
                assert None not in (line.gross, line.commission, line.tax)
                assert line.gross - line.commission - line.tax == line.change
        before = one.closing
    # Payouts in the statements, less those that came back, are the payouts that were paid.
    moved = sum(
        -line.change.minor for one in found for line in one.lines if line.kind.startswith("payout")
    )
    assert moved == paid + books.stands(expert)[3]


def test_a_month_is_one_of_the_organization(books: Books, clock_forward: Forward) -> None:
    expert = books.experts[0]
    clock.set_distance(datetime(2026, 12, 31, 16, 0, tzinfo=UTC) - (clock.now() - clock.distance()))
    first = books.earn(expert, 8_500, tax=100)  # 23:00 of the old year in Sài Gòn
    clock_forward(timedelta(hours=2))
    books.earn(expert, 400)
    with reading() as session:
        assert [one.key for one in payouts.months(session, expert)] == ["2027-01", "2026-12"]
        december = payouts.statement(session, expert, payouts.month(session, "2026-12"))
        january = payouts.statement(session, expert, payouts.month(session, "2027-01"))
        assert (december.is_final, january.is_final) == (True, False)
        line = december.lines[0]
        assert (line.subject_id, line.change.minor, len(december.lines)) == (first, 8_500, 1)
        assert (line.gross, line.commission, line.tax) == (
            Money(9_875, "EUR"), Money(1_275, "EUR"), Money(100, "EUR"),
        )  # fmt: skip
        assert (january.opening.minor, january.closing.minor) == (8_500, 8_900)
        for wrong in ("2027-02", "2026-13", "nonsense", "2026-1", "0000-01"):
            with pytest.raises(payouts.StatementNotFound):
                payouts.month(session, wrong)


def _settle(books: Books, what: str, batch: UUID) -> None:
    if what == "pay":
        _quietly(lambda: payouts.mark_paid(batch, books.first))
    elif what == "cancel":
        _quietly(lambda: payouts.cancel_batch(batch, "off", books.first))
    else:
        open_ones = [one for one in books.payouts_of(batch) if one.state == PayoutState.PAID]
        for one in open_ones:
            _quietly(lambda one=one: payouts.mark_returned(one.id, "back", books.first))


def _quietly(act: Any) -> None:
    with contextlib.suppress(
        payouts.NothingToPay, payouts.BatchUnderWay, payouts.BatchNotReady, payouts.PayoutOver
    ):
        act()
