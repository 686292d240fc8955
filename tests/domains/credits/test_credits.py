"""Buying, giving, taking, ending: what becomes of credit whatever becomes of its money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.domains.bookings.conftest import Deliver, Forward, Gate, World, gate, world

from cilis.domains import credits, ledger, payments
from cilis.domains.credits import CreditState, GiftRules, GiftWish
from cilis.hooks.payments import RefundNews, RefundOrder, RefundOutcome
from cilis.infra.db import reading
from cilis.infra.outbox import Event
from cilis.kit.errors import InvalidInput

__all__ = ["gate", "world"]
AMOUNT = 300_000


@pytest.fixture(autouse=True)
def gifts(world: World) -> None:
    """Gift credit is sold."""
    rules = GiftRules(is_on=True, least_minor=100_000, most_minor=5_000_000, days=365)
    credits.change_gift_rules(rules, world.lan)


def chosen(world: World, recipient: str = "") -> credits.Credit:
    return credits.buy_gift(GiftWish(amount_minor=AMOUNT, recipient=recipient), world.hoa)


def bought(world: World, deliver: Deliver, recipient: str = "") -> credits.Credit:
    made = chosen(world, recipient)
    credits.pay_for_credit(made.id, "gate", world.hoa, "203.0.113.7")
    world.gate.pays(seen(made).attempt_id)
    deliver()
    return seen(made)


def seen(made: credits.Credit) -> credits.Credit:
    with reading() as session:
        return credits.credit(session, made.id)


def left(made: credits.Credit) -> int:
    with reading() as session:
        return credits.left(session, made).minor


def balances() -> dict[str, int]:
    with reading() as session:
        assert ledger.recount(session) == []
        found = {each.account.kind.value: each.amount.minor for each in ledger.balances(session)}
    return {kind: minor for kind, minor in found.items() if minor}


class TestBuying:
    def test_is_credit_once_it_is_paid(self, world: World, deliver: Deliver) -> None:
        made = chosen(world)
        assert (made.state, left(made)) == (CreditState.WAITING, 0)
        made = bought(world, deliver)
        assert (made.state, made.owner_id, left(made)) == (CreditState.OPEN, world.cast.hoa, AMOUNT)
        assert balances() == {"gateway": AMOUNT, "credit": AMOUNT}

    def test_paid_twice_is_credit_once(self, world: World, deliver: Deliver) -> None:
        made = chosen(world)
        for _ in range(2):
            credits.pay_for_credit(made.id, "gate", world.hoa, "203.0.113.7")
        first, second = (order.reference for order in world.gate.started[-2:])
        assert first != second
        for attempt in (first, second):
            world.gate.pays(payments_id(attempt))
            deliver()
        assert (left(made), world.gate.returned) == (AMOUNT, [AMOUNT])

    def test_paid_late_is_credit_all_the_same(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = chosen(world)
        credits.pay_for_credit(made.id, "gate", world.hoa, "203.0.113.7")
        clock_forward(timedelta(hours=2))
        deliver()
        assert seen(made).state is CreditState.LAPSED
        world.gate.pays(seen(made).attempt_id)
        deliver()
        assert (seen(made).state, left(made)) == (CreditState.OPEN, AMOUNT)

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            (GiftWish(amount_minor=99_999), "amount_minor"),
            (GiftWish(amount_minor=5_000_001), "amount_minor"),
            (GiftWish(amount_minor=AMOUNT, recipient="nobody"), "recipient"),
            (GiftWish(amount_minor=AMOUNT, recipient="a\x00b@example.org"), "recipient"),
            (GiftWish(amount_minor=AMOUNT, message="x" * 501), "message"),
            (GiftWish(amount_minor=AMOUNT, message="a\x00b"), "message"),
        ],
    )
    def test_says_what_is_wrong(self, world: World, wish: GiftWish, field: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            credits.buy_gift(wish, world.hoa)
        assert list(refused.value.fields) == [field]

    def test_is_off_where_the_organization_says_so(self, world: World) -> None:
        credits.change_gift_rules(GiftRules(), world.lan)
        with pytest.raises(credits.GiftsOff):
            chosen(world)

    def test_only_the_buyer_pays(self, world: World) -> None:
        with pytest.raises(credits.CreditNotFound):
            credits.pay_for_credit(chosen(world).id, "gate", world.minh, "203.0.113.7")


class TestGift:
    def test_belongs_to_who_has_its_code(self, world: World, deliver: Deliver) -> None:
        made = bought(world, deliver, "minh@example.org")
        assert made.owner_id is None
        code = credits.code_of(made)
        assert code not in {made.code_hash, made.code_sealed}
        for _ in range(2):
            found = credits.redeem(code.lower().replace("-", " "), world.minh)
            assert (found.id, found.owner_id) == (made.id, world.cast.minh)
        with pytest.raises(credits.CodeUnknown):
            credits.redeem(code, world.hoa)

    def test_is_not_there_before_it_is_paid(self, world: World) -> None:
        made = chosen(world, "minh@example.org")
        with pytest.raises(credits.CodeUnknown):
            credits.redeem(credits.code_of(made), world.minh)

    def test_codes_cannot_be_tried_one_after_the_other(self, world: World) -> None:
        said = []
        for number in range(25):
            with pytest.raises(Exception) as refused:
                credits.redeem(f"ABCD-{number}", world.minh)
            said.append(type(refused.value).__name__)
        assert said[:20] == ["CodeUnknown"] * 20
        assert said[20:] == ["TooMany"] * 5


class TestEnding:
    def test_what_nobody_used_is_the_organizations(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = bought(world, deliver)
        clock_forward(timedelta(days=366))
        deliver()
        assert (seen(made).state, left(made)) == (CreditState.EXPIRED, 0)
        assert balances() == {"gateway": AMOUNT, "commission": AMOUNT}

    def test_of_goodwill_leaves_nothing_behind(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        credits.give_credit(world.cast.hoa, AMOUNT, "sorry", world.lan, days=10)
        assert balances() == {"adjustments": AMOUNT, "credit": AMOUNT}
        clock_forward(timedelta(days=11))
        deliver()
        assert balances() == {}

    def test_its_owner_is_told_before(
        self,
        world: World,
        deliver: Deliver,
        clock_forward: Forward,
        emitted: Callable[[], list[Event]],
    ) -> None:
        made = bought(world, deliver)
        soon = [one for one in emitted() if isinstance(one, credits.CreditEndsSoon)]
        assert [one.credit_id for one in soon] == [made.id]
        with reading() as session:
            assert credits.warn(session, made.id) is None  # a year is left
        clock_forward(timedelta(days=352))
        with reading() as session:
            assert credits.warn(session, made.id) is not None


class TestGoingBack:
    def test_a_purchase_that_staff_refunds_takes_the_credit_along(
        self, world: World, deliver: Deliver
    ) -> None:
        made = bought(world, deliver)
        assert made.paid_attempt_id
        wish = payments.GraceWish(
            made.paid_attempt_id, 100_000, "kindness", payments.BorneBy.SHARED
        )
        payments.order_refund(wish, world.lan)
        deliver()
        assert left(made) == 200_000
        assert balances() == {"gateway": 200_000, "credit": 200_000}

    def test_what_the_bank_sends_back_is_credit_again(
        self, world: World, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(order: RefundOrder, _settings: object) -> RefundNews:
            return RefundNews(order.refund_reference, RefundOutcome.REFUSED, "r", "R", "closed")

        monkeypatch.setattr(Gate, "refund", lambda _self, order, settings: refuse(order, settings))
        made = bought(world, deliver)
        credits.return_rest(made.id, world.lan)
        deliver()
        assert (seen(made).state, left(made)) == (CreditState.OPEN, AMOUNT)
        assert balances() == {"gateway": AMOUNT, "credit": AMOUNT}

    def test_goodwill_is_not_money(self, world: World) -> None:
        made = credits.give_credit(world.cast.hoa, AMOUNT, "sorry", world.lan)
        with pytest.raises(credits.NotReturnable):
            credits.return_rest(made.id, world.lan)

    def test_nobody_else_sees_it(self, world: World) -> None:
        made = credits.give_credit(world.cast.hoa, AMOUNT, "sorry", world.lan)
        with pytest.raises(credits.CreditNotFound):
            credits.return_rest(made.id, world.minh)


def payments_id(reference: str) -> object:
    from uuid import UUID

    return UUID(hex=reference)
