"""From what was earned to what was paid."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import pytest
from tests.domains.payouts.conftest import CALLER, IBAN, Books, Forward

from cilis.domains import payouts
from cilis.domains.ledger import AccountKind
from cilis.domains.payouts import BatchState, Destination, Obstacle, PayeeKind
from cilis.infra import audit
from cilis.infra.db import reading
from cilis.infra.outbox import Event
from cilis.infra.tenancy import Tenant, serving
from cilis.kit.errors import InvalidInput
from cilis.testing.scene import PASSWORD

WEEK = timedelta(days=7, minutes=1)


def test_a_balance_is_held_then_available_then_under_way_then_paid(
    books: Books, clock_forward: Forward, emitted: Callable[[], list[Event]]
) -> None:
    minh, other, idle = books.experts
    booking = books.earn(minh, 8_500, tax=700)
    books.earn(minh, -500, booking)  # a refund of a part within the period
    assert books.stands(minh) == (8_000, 8_000, 0, 0, 0)
    clock_forward(WEEK)
    books.earn(minh, 1_000)
    books.earn(other, 4_000)
    assert books.stands(minh) == (9_000, 1_000, 8_000, 0, 0)
    books.earn(minh, -300, booking)  # late: it lessens what is available, not what is held
    assert books.stands(minh) == (8_700, 1_000, 7_700, 0, 0)

    books.payee(minh)
    batch = payouts.make_batch(books.first)
    assert (batch.total_minor, batch.payouts, batch.state) == (7_700, 1, BatchState.READY)
    assert books.stands(minh) == (1_000, 1_000, 0, 7_700, 0)
    books.check()
    with pytest.raises(payouts.NothingToPay):
        payouts.make_batch(books.first)

    payouts.mark_paid(batch.id, books.first)
    payouts.mark_paid(batch.id, books.first)  # a repeat changes nothing
    assert books.stands(minh) == (1_000, 1_000, 0, 0, 7_700)
    assert books.batch(batch.id).state == BatchState.CLOSED
    assert books.balance(AccountKind.BANK) == -7_700
    assert sum(isinstance(event, payouts.PayoutPaid) for event in emitted()) == 1

    paid = books.payouts_of(batch.id)[0]
    payouts.mark_returned(paid.id, "account closed", books.first)
    assert books.stands(minh) == (8_700, 1_000, 7_700, 0, 0)
    assert books.balance(AccountKind.BANK) == 0
    with pytest.raises(payouts.PayoutOver):
        payouts.mark_returned(paid.id, "again", books.first)
    books.check()

    with reading() as session:
        page = payouts.standings_page(session, limit=1)
        rest = payouts.standings_page(session, cursor=page.next_cursor, limit=5)
    seen = [one.expert_id for one in (*page.items, *rest.items)]
    assert sorted(seen) == sorted([minh, other])
    assert idle not in seen
    assert rest.next_cursor is None


def test_who_cannot_be_paid_and_why(books: Books, clock_forward: Forward) -> None:
    minh, other, third = books.experts
    books.earn(minh, 5_000)
    books.earn(other, 900)
    clock_forward(WEEK)
    books.earn(third, 5_000)
    books.rules(minimum_minor=1_000)
    for one in (other, third):
        books.payee(one)

    def obstacles() -> dict[Any, Obstacle | None]:
        with reading() as session:
            return {one.standing.expert_id: one.obstacle for one in payouts.candidates(session)}

    assert obstacles() == {
        minh: Obstacle.NO_PAYEE, other: Obstacle.TOO_LITTLE, third: Obstacle.NOTHING,
    }  # fmt: skip
    books.payee(minh)
    assert obstacles()[minh] is None  # the first account is not locked
    changed = books.payee(minh, "FR1420041010050500013M02606")
    assert changed.hint == "FR •••• 2606"
    assert obstacles()[minh] == Obstacle.LOCKED
    with pytest.raises(payouts.NothingToPay):
        payouts.make_batch(books.first, [minh])
    clock_forward(timedelta(days=3, minutes=1))
    assert obstacles()[minh] is None
    with pytest.raises(payouts.NothingToPay):
        payouts.make_batch(books.first, [minh], least_minor=5_001)


def test_an_account_is_checked_sealed_and_changed_only_with_the_password(books: Books) -> None:
    minh = books.experts[0]
    iban = Destination(kind=PayeeKind.IBAN, holder="Minh", number=IBAN)
    with pytest.raises(InvalidInput) as refusal:
        payouts.choose_payee(iban, "not-the-password", books.viewer(minh), CALLER)
    assert refusal.value.fields == {"current_password": ["password_wrong"]}
    for wish, fields in [
        (Destination(kind=PayeeKind.IBAN, number="DE89370400440532013001", bic="X"),
         {"holder": ["required"], "number": ["iban_wrong"], "bic": ["bic_wrong"]}),
        (Destination(kind=PayeeKind.ACCOUNT, holder="M", number="12"),
         {"number": ["account_number_wrong"], "bank": ["required"]}),
        (Destination(kind=PayeeKind.CONNECTED, number="acct_1", provider="nobody"),
         {"provider": ["not_a_choice"]}),
    ]:  # fmt: skip
        with pytest.raises(InvalidInput) as refusal:
            payouts.choose_payee(wish, PASSWORD, books.viewer(minh), CALLER)
        assert refusal.value.fields == fields
    with pytest.raises(payouts.PayoutNotFound):
        payouts.choose_payee(iban, PASSWORD, books.scene.viewer("client"), CALLER)
    books.payee(minh)
    same = books.payee(minh)  # the same account again is no change
    assert (same.hint, same.locked_until) == ("DE •••• 3000", None)
    with reading() as session:
        kept = session.connection().exec_driver_sql("SELECT payees::text FROM payees").scalars()
        assert "0532" not in "".join(kept)
        deeds = audit.page(session, audit.Question(subject_id=minh)).items
    assert [one.action for one in deeds] == ["payouts.payee_changed"]
    assert "0532" not in str(deeds[0].detail)


def test_two_people_above_the_limit_and_nobody_for_themselves(
    books: Books, clock_forward: Forward
) -> None:
    minh = books.experts[0]
    books.earn(minh, 50_000)
    books.payee(minh)
    clock_forward(WEEK)
    books.rules(approval_above_minor=49_999)
    batch = payouts.make_batch(books.first)
    assert batch.state == BatchState.WAITING
    with pytest.raises(payouts.BatchNotReady):
        payouts.mark_paid(batch.id, books.first)
    with pytest.raises(payouts.BatchNotReady):
        payouts.bank_file(batch.id, "csv", books.first)
    for wrong in (books.first, books.viewer(minh)):
        with pytest.raises(payouts.SecondPersonNeeded):
            payouts.approve_batch(batch.id, wrong)
    payouts.cancel_batch(batch.id, "a mistake", books.first)
    assert books.stands(minh) == (50_000, 0, 50_000, 0, 0)
    books.check()
    with pytest.raises(payouts.BatchNotWaiting):
        payouts.approve_batch(batch.id, books.second)

    again = payouts.make_batch(books.first)
    approved = payouts.approve_batch(again.id, books.second)
    assert (approved.state, approved.approved_by) == (BatchState.READY, books.second.person)
    payouts.mark_paid(again.id, books.second)
    with pytest.raises(payouts.BatchUnderWay):
        payouts.cancel_batch(again.id, "too late", books.first)

    books.rules()
    books.earn(minh, 1_000)
    clock_forward(WEEK)
    own = payouts.make_batch(books.viewer(minh))  # a member of staff who is an expert too
    assert own.state == BatchState.WAITING


def test_two_batches_at_once_never_pay_the_same_amount(
    books: Books, clock_forward: Forward
) -> None:
    for expert in books.experts:
        books.payee(expert)
        books.earn(expert, 3_000)
    clock_forward(WEEK)

    def run(number: int) -> int:
        try:
            if number % 3 == 2:
                payouts.adjust(books.experts[0], -10, "a fee", books.first)
                return 0
            return payouts.make_batch(books.first).total_minor
        except payouts.NothingToPay:
            return 0

    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(copy_context().run, run, number) for number in range(24)]
        total = sum(one.result() for one in runs)
    left = sum(books.stands(expert)[0] for expert in books.experts)
    assert 9_000 - 80 <= total <= 9_000  # what the fees did not take before, and nothing twice
    assert total + left == 9_000 - 80
    assert books.balance(AccountKind.PAYOUT) == total
    books.check()


def test_a_correction_by_hand(books: Books) -> None:
    minh = books.experts[0]
    books.rules(approval_above_minor=1_000)
    payouts.adjust(minh, 900, "goodwill", books.first)
    assert books.stands(minh)[:3] == (900, 0, 900)
    taken = payouts.adjust(minh, -1_500, "paid twice", books.first)
    assert taken.state == payouts.AdjustmentState.WAITING
    with reading() as session:
        assert payouts.waiting(session) == (0, 1)
    with pytest.raises(payouts.SecondPersonNeeded):
        payouts.decide_adjustment(taken.id, books.first, accept=True)
    payouts.decide_adjustment(taken.id, books.second, accept=True)
    assert books.stands(minh)[:3] == (-600, 0, 0)
    with pytest.raises(payouts.AdjustmentDecided):
        payouts.decide_adjustment(taken.id, books.second, accept=False)
    refused = payouts.adjust(minh, 5_000, "too much", books.first)
    payouts.decide_adjustment(refused.id, books.second, accept=False)
    assert books.stands(minh)[0] == -600
    with pytest.raises(payouts.OwnBalance):
        payouts.adjust(minh, 1, "for me", books.viewer(minh))
    with pytest.raises(InvalidInput):
        payouts.adjust(minh, 0, "nothing", books.first)
    books.check()


def test_another_organization_sees_none_of_it(books: Books, other_tenant: Tenant) -> None:
    books.earn(books.experts[0], 3_000)
    with serving(other_tenant), reading() as session:
        assert payouts.standings_page(session).items == []
        assert payouts.batches_page(session).items == []


def test_a_page_of_many_experts_costs_as_many_queries_as_one(
    books: Books, queries: list[str]
) -> None:
    def cost() -> int:
        queries.clear()
        with reading() as session:
            payouts.standings_page(session, limit=20)
            payouts.candidates(session)
        return len(queries)

    books.earn(books.experts[0], 3_000)
    one = cost()
    for expert in books.experts[1:]:
        books.earn(expert, 3_000)
    assert cost() == one
