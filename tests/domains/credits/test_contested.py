"""A bank contests what was paid for a credit: it waits, is lost, or goes on."""

from __future__ import annotations

import pytest
from tests.domains.bookings.conftest import Deliver, World, gate, world
from tests.domains.bookings.test_savings import bought as bought_package
from tests.domains.credits.test_credits import (
    AMOUNT,
    balances,
    bought,
    chosen,
    gifts,
    go,
    left,
    over_with,
    refunded,
    seen,
)

from cilis.domains import credits, payments
from cilis.domains.credits import CreditState
from cilis.domains.credits import service as credits_service
from cilis.domains.payments.service import moves
from cilis.domains.payments.types import Cause, Step
from cilis.hooks.payments import DisputeNews, DisputeOutcome
from cilis.infra.db import reading, transaction
from cilis.kit.errors import InvalidInput
from cilis.testing import auditor

__all__ = ["gate", "gifts", "world"]


def dispute(made: credits.Credit, outcome: DisputeOutcome, deliver: Deliver) -> None:
    assert made.paid_attempt_id
    with transaction() as session:
        attempt = payments.attempt(session, made.paid_attempt_id)
        known = payments.disputes_of(session, attempt.id)
        reference, amount = attempt.provider_reference, made.amount
        news = DisputeNews("du_1", reference, outcome, amount, f"d-{outcome}")
        step = Step(Cause.NOTICE)
        moves.apply_dispute_news(session, attempt, known[0] if known else None, news, step)
    deliver()
    assert auditor.broken(auditor.read(), at_rest=True) == []


class TestWaiting:
    def test_it_neither_pays_nor_goes_back(self, world: World, deliver: Deliver) -> None:
        made, booking = bought(world, deliver), world.hold()
        dispute(made, DisputeOutcome.OPEN, deliver)
        with pytest.raises(InvalidInput) as refused:
            go(world, booking, credit="balance")
        assert refused.value.fields == {"credit": ["credit_contested"]}
        with pytest.raises(credits.CreditContested):
            credits.return_rest(made.id, world.lan)
        dispute(made, DisputeOutcome.WON, deliver)
        go(world, booking, credit="balance")
        assert left(made) == 0

    def test_a_package_pays_for_no_session(self, world: World, deliver: Deliver) -> None:
        made, booking = bought_package(world, deliver), world.hold()
        dispute(made, DisputeOutcome.OPEN, deliver)
        with pytest.raises(InvalidInput) as refused:
            go(world, booking, credit=str(made.id))
        assert refused.value.fields == {"credit": ["credit_contested"]}

    def test_other_credit_pays_all_the_same(self, world: World, deliver: Deliver) -> None:
        made, booking = bought(world, deliver), world.hold()
        given = credits.give_credit(world.cast.hoa, 200_000, "sorry", world.lan)
        dispute(made, DisputeOutcome.OPEN, deliver)
        go(world, booking, credit="balance")
        assert (left(made), left(given)) == (AMOUNT, 0)

    def test_nobody_takes_a_gift(self, world: World, deliver: Deliver) -> None:
        made = bought(world, deliver, "minh@example.org")
        dispute(made, DisputeOutcome.OPEN, deliver)
        with pytest.raises(credits.CreditContested):
            credits.redeem(credits.code_of(made), world.minh)
        dispute(made, DisputeOutcome.WON, deliver)
        assert credits.redeem(credits.code_of(made), world.minh).owner_id == world.cast.minh

    def test_a_mere_question_hinders_nothing(self, world: World, deliver: Deliver) -> None:
        made, booking = bought(world, deliver), world.hold()
        dispute(made, DisputeOutcome.INQUIRY, deliver)
        go(world, booking, credit="balance")
        assert left(made) == 0


class TestLost:
    def test_what_is_left_is_the_organizations(self, world: World, deliver: Deliver) -> None:
        made = bought(world, deliver)
        dispute(made, DisputeOutcome.OPEN, deliver)
        for _ in range(2):
            dispute(made, DisputeOutcome.LOST, deliver)
            assert made.paid_attempt_id
            credits_service.follow_dispute(made.id, made.paid_attempt_id)
        assert (seen(made).state, left(made), balances()) == (CreditState.RETURNED, 0, {})

    def test_so_is_what_comes_back_later(self, world: World, deliver: Deliver) -> None:
        made, booking = bought(world, deliver), world.hold()
        go(world, booking, credit="balance")
        dispute(made, DisputeOutcome.LOST, deliver)
        assert balances() == {"clearing": AMOUNT, "adjustments": AMOUNT}
        over_with(booking, world)
        deliver()
        assert (left(made), balances()) == (0, {})
        assert auditor.broken(auditor.read(), at_rest=True) == []

    def test_and_won_in_the_end_it_is_there_again(self, world: World, deliver: Deliver) -> None:
        made = bought(world, deliver)
        dispute(made, DisputeOutcome.LOST, deliver)
        dispute(made, DisputeOutcome.WON, deliver)
        assert (seen(made).state, left(made)) == (CreditState.OPEN, AMOUNT)
        assert balances() == {"gateway": AMOUNT, "credit": AMOUNT}


def test_money_that_went_back_unheard_is_not_asked_for_twice(
    world: World, deliver: Deliver
) -> None:
    made = bought(world, deliver)
    refunded(world, made, 100_000)  # the credit has not heard of it yet
    with pytest.raises(credits.NotReturnable):
        credits.return_rest(made.id, world.lan)
    deliver()
    assert (seen(made).state, left(made)) == (CreditState.OPEN, AMOUNT - 100_000)


def test_what_lapsed_is_chosen_anew(world: World) -> None:
    made = chosen(world)
    with transaction() as session:
        credits.credit(session, made.id).state = CreditState.LAPSED
    with pytest.raises(credits.CreditLapsed):
        credits.pay_for_credit(made.id, "gate", world.hoa, "203.0.113.7")
    with reading() as session:
        assert credits.credit(session, made.id).attempt_id is None
