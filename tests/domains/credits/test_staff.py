"""What the team does with coupons and credit, and what nobody does for themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.domains.bookings.conftest import Deliver, Forward, World, gate, world

from cilis.domains import credits, experts, ledger
from cilis.domains.credits import (
    CouponState,
    CouponWish,
    CreditState,
    GiftRules,
    GiftWish,
    PackageWish,
)
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.viewer import Viewer

__all__ = ["gate", "world"]


def buy(world: World, deliver: Deliver, viewer: Viewer, *, refundable: bool) -> credits.Credit:
    """A package that somebody bought and paid for."""
    wish = PackageWish(name={"vi": "Gói"}, sessions=2, price_minor=800_000, refundable=refundable)
    made = credits.buy_package(credits.save_package(wish, world.lan).id, viewer)
    credits.pay_for_credit(made.id, "gate", viewer, "203.0.113.7")
    world.gate.pays(seen(made).attempt_id)
    deliver()
    return seen(made)


def seen(made: credits.Credit) -> credits.Credit:
    with reading() as session:
        return credits.credit(session, made.id)


class TestOwn:
    def test_nobody_gives_credit_to_themselves(self, world: World) -> None:
        with pytest.raises(credits.OwnCredit):
            credits.give_credit(world.cast.lan, 1_000, "for me", world.lan)
        with reading() as session:
            assert credits.credits_page(session).items == []
            assert list(ledger.balances(session)) == []

    def test_an_admin_who_bought_is_a_client_like_any_other(
        self, world: World, deliver: Deliver
    ) -> None:
        made = buy(world, deliver, world.lan, refundable=False)
        with pytest.raises(credits.NotReturnable):
            credits.return_rest(made.id, world.lan)
        somebody_else = replace(world.lan, person_id=world.cast.minh)
        assert credits.return_rest(made.id, somebody_else).state is CreditState.RETURNED

    def test_an_admin_who_took_a_gift_does_not_give_it_back(
        self, world: World, deliver: Deliver
    ) -> None:
        made = buy(world, deliver, world.hoa, refundable=False)
        with transaction() as session:
            credits.credit(session, made.id).owner_id = world.cast.lan
        with pytest.raises(credits.NotReturnable):
            credits.return_rest(made.id, world.lan)

    def test_support_gives_nothing_back(self, world: World, deliver: Deliver) -> None:
        made = buy(world, deliver, world.hoa, refundable=True)
        support = Viewer(world.cast.minh, roles=frozenset({"support"}))
        assert not credits.may_return(made, support)
        with pytest.raises(credits.NotReturnable):
            credits.return_rest(made.id, support)
        assert credits.return_rest(made.id, world.hoa).state is CreditState.RETURNED


class TestCoupon:
    def test_has_a_code_whether_one_was_thought_of_or_not(self, world: World) -> None:
        made = [credits.make_coupon(CouponWish(percent=5), world.lan) for _ in range(3)]
        assert len({one.code for one in made}) == 3
        assert all(len(one.code) == 8 for one in made)
        named = credits.make_coupon(
            CouponWish(code=" xuân ".replace("â", "a"), percent=5), world.lan
        )
        assert named.code == "XUAN"

    def test_says_whether_it_holds(self, world: World) -> None:
        now = clock.now()
        day = timedelta(days=1)
        made = credits.make_coupon(
            CouponWish(percent=5, starts_at=now + day, ends_at=now + 3 * day, most=1), world.lan
        )
        said = [made.state_at(now + wait * day) for wait in (0, 2, 3)]
        assert said == [CouponState.TO_COME, CouponState.OPEN, CouponState.OVER]
        made.used = 1
        assert made.state_at(now + 2 * day) is CouponState.USED_UP
        ended = credits.end_coupon(made.id, world.lan)
        assert ended.state_at(now) is CouponState.ENDED


class TestLists:
    def test_a_gift_is_found_by_its_buyer_and_by_its_owner(
        self, world: World, deliver: Deliver
    ) -> None:
        rules = GiftRules(is_on=True, least_minor=1, most_minor=10**9, days=365)
        credits.change_gift_rules(rules, world.lan)
        gift = credits.buy_gift(GiftWish(amount_minor=9_000, recipient="x@y.example"), world.hoa)
        credits.pay_for_credit(gift.id, "gate", world.hoa, "203.0.113.7")
        world.gate.pays(seen(gift).attempt_id)
        deliver()
        credits.redeem(credits.code_of(seen(gift)), world.minh)
        for person_id, found in ((world.cast.hoa, 1), (world.cast.minh, 1), (world.cast.lan, 0)):
            with reading() as session:
                page = credits.credits_page(session, person_id=person_id)
            assert len(page.items) == found

    def test_movements_add_up_to_what_is_left(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = buy(world, deliver, world.hoa, refundable=True)
        clock_forward(timedelta(days=366))
        deliver()
        with reading() as session:
            moved = credits.movements(session, made)
            left = credits.left(session, made)
        assert [one.change.minor for one in moved] == [800_000, -800_000]
        assert left.minor == sum(one.change.minor for one in moved)

    def test_services_are_found_by_their_ids(self, world: World) -> None:
        with reading() as session:
            found = experts.services(session, {world.services["plain"].id, ids.new()})
            assert experts.services(session, []) == {}
        (one,) = found.values()
        assert (one, one.person_id) == (world.services["plain"], world.cast.minh)
