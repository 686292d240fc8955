"""Holds whose price, credit or time changed after the client went to pay."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from tests.domains.bookings.conftest import PRICE, Deliver, Forward, World
from tests.domains.bookings.test_savings import TENTH, bought, coupon, go, left, stands

from cilis.domains import bookings, credits, payments
from cilis.domains.bookings import Booking, BookingState
from cilis.domains.bookings.service import savings
from cilis.infra.db import reading
from cilis.kit.errors import InvalidInput, TooMany
from cilis.testing import auditor


def lapse_and_pay(
    world: World, attempt_id: UUID | None, deliver: Deliver, clock_forward: Forward
) -> None:
    clock_forward(timedelta(hours=1))
    deliver()
    world.gate.pays(attempt_id)
    deliver()


class TestLateMoney:
    def test_of_a_price_that_a_code_lowered_goes_back_whole(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        coupon(world)
        booking = world.hold()
        attempt_id = go(world, booking)
        savings.use_coupon(booking.id, "TET", world.hoa)
        lapse_and_pay(world, attempt_id, deliver, clock_forward)
        assert (world.state(booking), world.gate.returned) == (BookingState.EXPIRED, [PRICE.minor])
        assert stands() == {}

    def test_spends_no_credit_that_nobody_chose(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        given = credits.give_credit(world.cast.hoa, 200_000, "sorry", world.lan)
        coupon(world)
        booking = world.hold()
        savings.use_coupon(booking.id, "TET", world.hoa)
        attempt_id = go(world, booking)
        savings.drop_coupon(booking.id, world.hoa)
        lapse_and_pay(world, attempt_id, deliver, clock_forward)
        assert (world.state(booking), left(given)) == (BookingState.EXPIRED, 200_000)
        assert world.gate.returned == [PRICE.minor - TENTH]

    def test_takes_code_and_credit_as_they_were_chosen(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        given = credits.give_credit(world.cast.hoa, 200_000, "sorry", world.lan)
        coupon(world)
        booking = world.hold()
        savings.use_coupon(booking.id, "TET", world.hoa)
        attempt_id = go(world, booking, credit="balance")
        lapse_and_pay(world, attempt_id, deliver, clock_forward)
        assert (world.state(booking), left(given)) == (BookingState.CONFIRMED, 0)
        assert world.gate.returned == []


class TestRefundedHold:
    """The staff gave credit back that a hold had taken."""

    @staticmethod
    def refund(world: World, booking: Booking, minor: int) -> None:
        [attempt_id] = world.see(booking).credit_attempt_ids
        wish = payments.GraceWish(attempt_id, minor, "kindness", payments.BorneBy.SHARED)
        payments.order_refund(wish, world.lan)

    @pytest.mark.parametrize("minor", [50_000, 200_000])
    def test_ends_all_the_same(
        self, world: World, deliver: Deliver, clock_forward: Forward, minor: int
    ) -> None:
        given = credits.give_credit(world.cast.hoa, 200_000, "sorry", world.lan)
        booking = world.hold()
        go(world, booking, credit="balance")
        self.refund(world, booking, minor)
        clock_forward(timedelta(hours=1))
        deliver()
        assert (world.state(booking), left(given)) == (BookingState.EXPIRED, 200_000)
        assert auditor.broken(auditor.read(), at_rest=True) == []

    def test_may_be_given_up_and_its_credit_chosen_anew(
        self, world: World, deliver: Deliver
    ) -> None:
        made, booking = bought(world, deliver), world.hold()
        given = credits.give_credit(world.cast.hoa, 200_000, "sorry", world.lan)
        go(world, booking, credit="balance")
        self.refund(world, booking, 50_000)
        found = world.see(booking)
        with reading() as session:
            plain = [one for one in savings.credit_choices(session, found) if one.key == "balance"]
        assert plain[0].available.minor == 200_000
        go(world, booking, credit="balance")
        assert (left(given), left(made)) == (0, 1_600_000)
        bookings.cancel(booking.id, world.hoa)
        deliver()
        assert (world.state(booking), left(given)) == (BookingState.EXPIRED, 200_000)


def test_codes_cannot_be_tried_one_after_the_other(world: World) -> None:
    booking, said = world.hold(), []
    for number in range(32):
        with pytest.raises((InvalidInput, TooMany)) as refused:
            savings.use_coupon(booking.id, f"CODE{number}", world.hoa)
        said.append(refused.value.code)
    assert said == ["invalid_input"] * 30 + ["too_many_requests"] * 2
