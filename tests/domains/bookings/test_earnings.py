"""What a booking's money becomes in the ledger, whatever happens to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.domains.bookings.conftest import HOUR, PRICE, Deliver, Forward, World

from cilis.domains import bookings, experts, ledger, payments, pricing
from cilis.domains.bookings import Booking, Outcome
from cilis.domains.pricing import Commission, RuleWish
from cilis.hooks.payments import RefundNews, RefundOrder, RefundOutcome
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.viewer import Viewer

HALF = PRICE.minor // 2
ADMIN = Viewer(ids.new(), roles=frozenset({"admin"}))


@pytest.fixture(autouse=True)
def commission(world: World) -> None:
    """The organization keeps a fifth."""
    pricing.set_commission(RuleWish(commission=Commission(2_000)), ADMIN)


@pytest.fixture
def booking(world: World, deliver: Deliver, commission: None) -> Booking:
    made = world.booked(9)
    deliver()
    return world.see(made)


def stands(world: World) -> dict[str, int]:
    with reading() as session:
        assert ledger.recount(session) == []
        found = {
            each.account.kind.value: each.amount.minor
            for each in ledger.balances(session)
            if each.amount.minor
        }
    assert found.get("gateway", 0) == sum(found.values()) - found.get("gateway", 0)
    return found


def over(world: World, booking: Booking, deliver: Deliver, clock_forward: Forward) -> None:
    clock_forward(booking.ends_at - clock.now() + timedelta(minutes=1))
    deliver()


def test_nobody_has_earned_anything_before_the_session(world: World, booking: Booking) -> None:
    assert stands(world) == {"gateway": PRICE.minor, "clearing": PRICE.minor}


def test_a_session_that_took_place_is_earned(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    over(world, booking, deliver, clock_forward)
    assert stands(world) == {"gateway": PRICE.minor, "payable": 400_000, "commission": 100_000}


def test_a_booking_keeps_the_commission_of_its_day(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    pricing.set_commission(RuleWish(commission=Commission(9_000)), ADMIN)
    over(world, booking, deliver, clock_forward)
    assert stands(world)["commission"] == 100_000


def test_what_a_late_cancelling_costs_is_earned(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    clock_forward(booking.starts_at - clock.now() - 7 * HOUR)
    bookings.cancel(booking.id, world.hoa)
    deliver()
    assert stands(world) == {"gateway": HALF, "payable": 200_000, "commission": 50_000}


def test_what_an_expert_cancels_leaves_nothing(
    world: World, booking: Booking, deliver: Deliver
) -> None:
    bookings.cancel(booking.id, world.minh, "ill")
    deliver()
    assert stands(world) == {}


def test_a_finding_against_the_expert_takes_the_share_back(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    over(world, booking, deliver, clock_forward)
    bookings.dispute(booking.id, world.hoa, "nobody came")
    deliver()
    assert stands(world)["payable"] == 400_000  # nothing moves while two sides disagree
    bookings.decide(booking.id, Outcome.EXPERT_MISSED, world.lan, "the room was empty")
    deliver()
    assert stands(world) == {}


def test_a_later_refund_changes_every_share(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    over(world, booking, deliver, clock_forward)
    grace(booking, 100_000, payments.BorneBy.SHARED)
    deliver()
    assert stands(world) == {"gateway": 400_000, "payable": 320_000, "commission": 80_000}


def test_a_refund_that_came_to_nothing_is_earned_again(
    world: World,
    booking: Booking,
    deliver: Deliver,
    clock_forward: Forward,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over(world, booking, deliver, clock_forward)

    def refuse(order: RefundOrder, _settings: object) -> RefundNews:
        return RefundNews(order.refund_reference, RefundOutcome.REFUSED, "r", "R", "closed")

    monkeypatch.setattr(world.gate, "refund", refuse)
    grace(booking, 100_000, payments.BorneBy.SHARED)
    deliver()
    assert stands(world) == {"gateway": PRICE.minor, "payable": 400_000, "commission": 100_000}


def test_telling_it_again_moves_nothing(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    over(world, booking, deliver, clock_forward)
    before = stands(world)
    for _ in range(3):
        bookings.service.settle_after_refund(booking.id)
    assert stands(world) == before


def grace(booking: Booking, minor: int, borne_by: payments.BorneBy) -> None:
    assert booking.paid_attempt_id
    wish = payments.GraceWish(booking.paid_attempt_id, minor, "kindness", borne_by)
    payments.order_refund(wish, ADMIN)


def test_grace_is_at_the_cost_of_the_organization(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    over(world, booking, deliver, clock_forward)
    grace(booking, 200_000, payments.BorneBy.ORGANIZATION)
    deliver()
    kept = {"gateway": 300_000, "payable": 400_000, "commission": 100_000, "adjustments": 200_000}
    with reading() as session:
        found = {
            each.account.kind.value: each.amount.minor
            for each in ledger.balances(session)
            if each.amount.minor
        }
        assert ledger.recount(session) == []
    assert found == kept


def test_grace_may_be_at_the_cost_of_all(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    over(world, booking, deliver, clock_forward)
    grace(booking, 200_000, payments.BorneBy.SHARED)
    deliver()
    assert stands(world) == {"gateway": 300_000, "payable": 240_000, "commission": 60_000}


def test_grace_before_cancelling_is_part_of_what_the_rules_give(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    grace(booking, 100_000, payments.BorneBy.ORGANIZATION)
    clock_forward(booking.starts_at - clock.now() - 7 * HOUR)
    bookings.cancel(booking.id, world.hoa)
    deliver()
    assert stands(world) == {"gateway": HALF, "payable": 200_000, "commission": 50_000}


def test_a_difference_that_was_paid_is_earned_too(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    dear = experts.ServiceWish(
        names={"vi": "Dài"}, minutes=90, price_minor=PRICE.minor + 100_000, notice_minutes=0
    )
    service = experts.add_service(dear, world.minh)
    with transaction() as session:
        row = bookings.get(session, booking.id)
        row.policy = {**row.policy, "other_service": True}
    wish = bookings.MoveWish(service.id, world.at(14))
    move = bookings.change_service(booking.id, wish, world.hoa)
    bookings.pay_move(booking.id, move.id, "gate", world.hoa, "203.0.113.7")
    with reading() as session:
        attempt_id = bookings.move(session, booking, move.id).attempt_id
    world.gate.pays(attempt_id)
    deliver()
    assert stands(world) == {"gateway": 600_000, "clearing": 600_000}
    over(world, world.see(booking), deliver, clock_forward)
    assert stands(world) == {"gateway": 600_000, "payable": 480_000, "commission": 120_000}
