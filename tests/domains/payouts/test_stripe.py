"""A batch that Stripe pays: its own plugin against its stand-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.domains.payouts.conftest import CALLER, PASSWORD, Books, Forward
from tests.domains.payouts.test_batches import WEEK

from cilis.domains import extensions, payments, payouts
from cilis.domains.ledger import AccountKind
from cilis.domains.payouts import BatchState, Obstacle, PayeeKind, PayoutState
from cilis.infra.db import reading
from cilis.kit.errors import InvalidInput
from cilis.testing.standins.control import StandIns
from cilis.testing.standins.fixtures import running_stand_ins, stand_ins

__all__ = ["running_stand_ins", "stand_ins"]

Deliver = Callable[[], int]
KEY, HOOK = "sk_test_demo", "whsec_demo_0123456789"


@pytest.fixture
def stripe(books: Books, stand_ins: StandIns) -> StandIns:
    """Stripe pays experts; Minh and another have accounts there, the third has one at a bank."""
    stand_ins.register("stripe", KEY, HOOK)
    switch(books, stand_ins, "transfers")
    for number, expert in enumerate(books.experts[:2]):
        stand_ins.make_account(KEY, f"acct_{number}")
        payments.set_payee_account(books.people[expert], "stripe", f"acct_{number}", books.first)
        books.payee(expert, "", kind=PayeeKind.CONNECTED, provider="stripe")
    books.payee(books.experts[2])
    return stand_ins


def switch(books: Books, stand_ins: StandIns, payouts_by: str) -> None:
    settings = {**stand_ins.stripe_settings(KEY, HOOK), "payouts": payouts_by}
    extensions.switch("payments", "stripe", True, settings, books.first)


def batch_of(books: Books, clock_forward: Forward, minor: int = 50_000) -> payouts.PayoutBatch:
    for expert in books.experts[:3]:
        books.earn(expert, minor)
    clock_forward(WEEK)
    return payouts.make_batch(books.first, books.experts[:3])


def lines(books: Books, batch: payouts.PayoutBatch) -> dict[str, tuple[str, str]]:
    found = books.payouts_of(batch.id)
    return {one.hint: (one.state.value, one.reason) for one in found}


def test_a_batch_goes_by_transfer_and_by_file(
    books: Books, stripe: StandIns, deliver: Deliver, clock_forward: Forward
) -> None:
    batch = batch_of(books, clock_forward)
    deliver()
    by_stripe = [one for one in books.payouts_of(batch.id) if one.kind == PayeeKind.CONNECTED]
    assert {one.state for one in by_stripe} == {PayoutState.PAID}
    for one in by_stripe:
        (sent,) = stripe.transfers(one.id.hex)
        assert (sent["amount"], sent["destination"]) == (50_000, f"acct_{sent['destination'][-1]}")
        assert sent["description"] == batch.reference
    assert {one["destination"] for one in stripe.transfers()} == {"acct_0", "acct_1"}
    assert books.balance(AccountKind.GATEWAY, "stripe") == -100_000
    assert books.batch(batch.id).state == BatchState.READY  # the bank's line is a person's
    payouts.mark_paid(batch.id, books.first)
    assert books.batch(batch.id).state == BatchState.CLOSED
    books.check()


def test_what_stripe_refuses_is_a_failed_line(
    books: Books, stripe: StandIns, deliver: Deliver, clock_forward: Forward
) -> None:
    stripe.set_fault("transfer_refused", "stripe", times=1)
    batch = batch_of(books, clock_forward)
    deliver()
    states = sorted(one.state.value for one in books.payouts_of(batch.id))
    assert states == ["ordered", "paid", "returned"]
    (failed,) = (one for one in books.payouts_of(batch.id) if one.state == PayoutState.RETURNED)
    assert "balance_insufficient" in failed.reason
    assert books.stands(failed.expert_id)[2] == 50_000  # it can be part of the next batch
    assert len(stripe.transfers()) == 1
    books.check()


def test_an_answer_that_is_lost_pays_nobody_twice(
    books: Books, stripe: StandIns, deliver: Deliver, clock_forward: Forward
) -> None:
    stripe.set_fault("lost_reply", "stripe", times=3)
    batch = batch_of(books, clock_forward)
    for _ in range(5):
        deliver()
        clock_forward(timedelta(minutes=6))
    assert [one["amount"] for one in stripe.transfers()] == [50_000, 50_000]
    assert sorted(one.state.value for one in books.payouts_of(batch.id))[1:] == ["paid", "paid"]
    books.check()


def test_it_comes_back_from_the_experts_account(
    books: Books, stripe: StandIns, deliver: Deliver, clock_forward: Forward
) -> None:
    batch = batch_of(books, clock_forward)
    deliver()
    one = next(one for one in books.payouts_of(batch.id) if one.kind == PayeeKind.CONNECTED)
    payouts.mark_returned(one.id, "the wrong month", books.first)
    deliver()
    (sent,) = stripe.transfers(one.id.hex)
    assert (sent["reversed"], sent["amount_reversed"]) == (True, 50_000)
    assert lines(books, batch)[one.hint] == ("returned", "the wrong month")
    assert books.stands(one.expert_id)[2] == 50_000
    books.check()


def test_switched_off_nobody_is_paid_by_it(
    books: Books, stripe: StandIns, clock_forward: Forward
) -> None:
    switch(books, stripe, "file")
    with reading() as session:
        assert payouts.transfer_gateways(session) == []
    batch = batch_of(books, clock_forward)
    assert [one.kind for one in books.payouts_of(batch.id)] == [PayeeKind.IBAN]


def test_nobody_is_paid_to_an_account_that_is_not_their_own(books: Books, stripe: StandIns) -> None:
    """The number comes from the account that was opened, not from a form."""
    for number in ("acct_1", "acct_of_a_friend"):
        with pytest.raises(InvalidInput) as refusal:
            books.payee(books.experts[0], number, kind=PayeeKind.CONNECTED, provider="stripe")
        assert refusal.value.fields == {"number": ["account_not_open"]}
    with pytest.raises(InvalidInput):
        books.payee(books.experts[2], "", kind=PayeeKind.CONNECTED, provider="stripe")


def test_an_account_that_stripe_shut_gets_nothing(
    books: Books, stripe: StandIns, deliver: Deliver, clock_forward: Forward
) -> None:
    minh = books.experts[0]
    viewer = books.viewer(minh)
    payments.set_payee_account(viewer.person, "stripe", "", books.first)
    stripe.pay(payments.open_payee_account("stripe", viewer, PASSWORD, CALLER), "complete")
    deliver()
    books.payee(minh, "", kind=PayeeKind.CONNECTED, provider="stripe")
    books.earn(minh, 1_000)
    clock_forward(WEEK)
    account = stripe.connected()[-1]["id"]
    for state, obstacle in (("rejected", Obstacle.NOT_READY), ("complete", None)):
        stripe.move_account(account, state)
        payments.look_after_account("stripe", viewer)
        deliver()
        with reading() as session:
            (found,) = payouts.candidates(session, [minh])
        assert found.obstacle == obstacle
    batch = payouts.make_batch(books.first, [minh])
    deliver()
    assert books.payouts_of(batch.id)[0].state == PayoutState.PAID
    assert [one["destination"] for one in stripe.transfers()] == [account]


def test_shut_on_the_way_it_is_a_failed_line(
    books: Books, stripe: StandIns, deliver: Deliver, clock_forward: Forward
) -> None:
    minh = books.experts[0]
    viewer = books.viewer(minh)
    payments.set_payee_account(viewer.person, "stripe", "", books.first)
    stripe.pay(payments.open_payee_account("stripe", viewer, PASSWORD, CALLER), "complete")
    deliver()
    books.payee(minh, "", kind=PayeeKind.CONNECTED, provider="stripe")
    books.earn(minh, 1_000)
    clock_forward(WEEK)
    batch = payouts.make_batch(books.first, [minh])
    stripe.move_account(stripe.connected()[-1]["id"], "rejected")
    deliver()
    (line,) = books.payouts_of(batch.id)
    assert line.state == PayoutState.RETURNED
    assert line.reason.startswith("insufficient_capabilities_for_transfer")
    assert books.stands(minh)[2] == 1_000


def test_an_account_that_is_not_the_one_known_any_more_is_not_paid(
    books: Books, stripe: StandIns, clock_forward: Forward
) -> None:
    """The staff gave another account: money for the old one, typed before, waits for the expert."""
    expert = books.experts[0]
    stripe.make_account(KEY, "acct_other")
    payments.set_payee_account(books.people[expert], "stripe", "acct_other", books.first)
    for one in books.experts[:2]:
        books.earn(one, 50_000)
    clock_forward(WEEK)
    with reading() as session:
        found = {one.standing.expert_id: one.obstacle for one in payouts.candidates(session)}
    assert (found[expert], found[books.experts[1]]) == (Obstacle.NOT_READY, None)
