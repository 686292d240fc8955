from __future__ import annotations

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tests.domains.bookings.conftest import PRICE, Deliver, Emitted, Forward, World

from cilis.domains import bookings, payments, scheduling
from cilis.domains.bookings import BookingState
from cilis.domains.scheduling import DayException, ExceptionKind
from cilis.infra.db import reading
from cilis.kit import clock
from cilis.kit.errors import InvalidInput, NotSignedIn


class TestStart:
    def test_it_sends_the_client_to_the_gateway(self, world: World) -> None:
        booking = world.hold(9)
        url = bookings.start_payment(booking.id, "gate", world.hoa, "203.0.113.7")

        order = world.gate.started[0]
        seen = world.see(booking)
        assert url == f"https://gate.example/{order.reference}"
        assert order.amount == PRICE
        assert order.description == f"{booking.reference} Tư vấn thuế"
        assert seen.held_until == order.expires_at + timedelta(minutes=5)
        assert world.lines(booking) == ["held", "payment_started"]

    def test_a_nameless_browser_must_say_who_it_is(self, world: World) -> None:
        browser = world.browser()
        booking = world.hold(9, browser)
        with pytest.raises(NotSignedIn):
            bookings.start_payment(booking.id, "gate", browser, "")

    def test_the_one_who_signs_in_becomes_the_client(self, world: World) -> None:
        browser = world.browser()
        booking = world.hold(9, browser)
        signed_in = type(browser)(
            world.cast.hoa, browser.session_id, frozenset({"client"}), via="page"
        )
        world.pay(booking, signed_in)
        assert world.see(booking).client_id == world.cast.hoa

    def test_others_cannot_pay(self, world: World) -> None:
        booking = world.hold(9)
        with pytest.raises(bookings.BookingNotFound):
            world.pay(booking, world.minh)
        with pytest.raises(bookings.NotYours):
            world.pay(booking, world.lan)

    def test_a_hold_that_is_over_cannot_be_paid(self, world: World, clock_forward: Forward) -> None:
        booking = world.hold(9)
        clock_forward(timedelta(minutes=15))  # the timer has not come yet
        with pytest.raises(bookings.HoldExpired):
            world.pay(booking)

    def test_an_hour_is_not_held_for_ever_by_starting_again(
        self, world: World, clock_forward: Forward
    ) -> None:
        booking = world.hold(9)
        with pytest.raises(bookings.HoldExpired):
            for _ in range(20):
                world.pay(booking)
                clock_forward(timedelta(minutes=8))
        held_until = world.see(booking).held_until
        assert held_until is not None
        assert held_until <= booking.created_at + timedelta(hours=1)

    def test_nobody_pays_for_a_session_that_has_begun(
        self, world: World, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(9) - clock.now() - timedelta(minutes=6))
        booking = world.hold(9)
        world.pay(booking)
        assert world.gate.started[-1].expires_at == world.at(9)

        clock_forward(timedelta(minutes=5))
        with pytest.raises(bookings.HoldExpired):  # nobody finishes paying in a minute
            world.pay(booking)
        bookings.cancel(booking.id, world.hoa)
        free, hoa = world.wish(9, "free"), world.hoa
        held = bookings.hold(free, hoa)
        clock_forward(world.at(9) - clock.now())
        with pytest.raises(bookings.HoldExpired):
            bookings.start_payment(held.id, "", hoa, "")

    def test_an_unknown_gateway_is_refused_and_the_hold_stays(self, world: World) -> None:
        booking = world.hold(9)
        with pytest.raises(payments.MethodNotOffered):
            bookings.start_payment(booking.id, "nothing", world.hoa, "")
        assert world.state(booking) == BookingState.HELD

    def test_what_costs_nothing_is_booked_at_once(self, world: World, emitted: Emitted) -> None:
        booking = world.hold(9, service="free")
        url = bookings.start_payment(booking.id, "", world.hoa, "")

        assert url == f"/bookings/{booking.id}"
        assert world.state(booking) == BookingState.CONFIRMED
        assert not world.gate.started
        assert any(isinstance(one, bookings.BookingConfirmed) for one in emitted())


class TestMoneyComes:
    def test_the_hold_becomes_a_booking(
        self, world: World, deliver: Deliver, emitted: Emitted
    ) -> None:
        booking = world.booked(9)
        deliver()

        seen = world.see(booking)
        assert seen.state == BookingState.CONFIRMED
        assert seen.paid_attempt_id == seen.attempt_id
        assert seen.held_until is None
        told = [one for one in emitted() if isinstance(one, bookings.BookingConfirmed)]
        assert [one.client_id for one in told] == [world.cast.hoa]
        with pytest.raises(payments.AlreadyPaid):
            world.pay(booking)

    def test_hearing_it_twice_is_hearing_it_once(self, world: World, deliver: Deliver) -> None:
        booking = world.booked(9)
        deliver()
        attempt_id = world.see(booking).attempt_id
        assert attempt_id
        bookings.service.confirm_paid(booking.id, attempt_id)
        deliver()

        assert world.lines(booking).count("paid") == 1
        assert not world.gate.refunds

    def test_failed_money_leaves_the_hold_for_another_try(
        self, world: World, deliver: Deliver
    ) -> None:
        booking = world.hold(9)
        world.gate.pays(world.pay(booking), "failed")
        deliver()
        assert world.state(booking) == BookingState.HELD

        world.gate.pays(world.pay(booking))
        deliver()
        assert world.state(booking) == BookingState.CONFIRMED

    def test_a_second_payment_goes_back_whole(self, world: World, deliver: Deliver) -> None:
        booking = world.hold(9)
        first = world.pay(booking)
        second = world.pay(booking)
        world.gate.pays(second)
        deliver()
        world.gate.pays(first)
        deliver()

        seen = world.see(booking)
        assert seen.state == BookingState.CONFIRMED
        assert seen.paid_attempt_id == second
        assert world.gate.returned == [PRICE.minor]
        assert world.lines(booking).count("paid_in_vain") == 1

    def test_money_of_an_earlier_attempt_closes_the_open_one(
        self, world: World, deliver: Deliver
    ) -> None:
        booking = world.hold(9)
        first = world.pay(booking)
        second = world.pay(booking)
        world.gate.pays(first)
        deliver()

        assert world.see(booking).paid_attempt_id == first
        with reading() as session:
            assert payments.attempt(session, second).state == payments.AttemptState.EXPIRED

    @pytest.mark.parametrize(
        ("minutes", "state", "back"),
        [(5, BookingState.CONFIRMED, []), (11, BookingState.EXPIRED, [PRICE.minor])],
    )
    def test_news_that_come_when_nobody_waits_any_more_buy_nothing(
        self,
        world: World,
        deliver: Deliver,
        clock_forward: Forward,
        minutes: int,
        state: BookingState,
        back: list[int],
    ) -> None:
        clock_forward(world.at(9) - clock.now() - timedelta(minutes=6))
        booking = world.booked(9)  # paid in time, but nobody could tell us
        clock_forward(timedelta(minutes=6 + minutes))
        deliver()

        assert world.state(booking) == state
        assert world.gate.returned == back


def earned(world: World) -> list[UUID]:
    """The payments that the expert's desk lists."""
    with reading() as session:
        return [one.id for one in payments.earnings_page(session, world.cast.minh).items]


class TestLateMoney:
    def test_a_free_hour_is_taken_again(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        booking = world.hold(9)
        attempt = world.pay(booking)
        clock_forward(timedelta(minutes=16))
        deliver()
        assert world.state(booking) == BookingState.EXPIRED

        world.gate.pays(attempt)
        deliver()
        assert world.state(booking) == BookingState.CONFIRMED
        assert earned(world) == [attempt]
        assert not world.offered(9)
        assert "paid_late" in world.lines(booking)
        assert not world.gate.refunds

    def test_a_taken_hour_means_the_money_goes_back(
        self, world: World, deliver: Deliver, clock_forward: Forward, emitted: Emitted
    ) -> None:
        booking = world.hold(9)
        attempt = world.pay(booking)
        clock_forward(timedelta(minutes=16))
        deliver()
        other = world.hold(9, world.browser())
        world.gate.pays(attempt)
        deliver()
        bookings.service.confirm_paid(booking.id, attempt)
        deliver()

        assert world.state(booking) == BookingState.EXPIRED
        assert world.state(other) == BookingState.HELD
        assert world.gate.returned == [PRICE.minor]
        told = [one for one in emitted() if isinstance(one, bookings.BookingPaidInVain)]
        assert [(one.refund_minor, one.why) for one in told] == [(PRICE.minor, "hour_gone")]
        assert earned(world) == []  # the hour was never the expert's to give

    def test_an_hour_that_is_no_longer_offered_is_not_taken_again(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        booking = world.hold(9)
        attempt = world.pay(booking)
        clock_forward(timedelta(minutes=16))
        deliver()
        day = world.at(9).astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date()
        away = DayException(day, 0, 1440, ExceptionKind.OFF)
        scheduling.add_exception(world.expert_id, away)
        world.gate.pays(attempt)
        deliver()

        assert world.state(booking) == BookingState.EXPIRED
        assert world.gate.returned == [PRICE.minor]

    def test_what_staff_gave_back_first_does_not_go_back_twice(
        self, world: World, deliver: Deliver
    ) -> None:
        booking = world.hold(9)
        attempt = world.pay(booking)
        bookings.cancel(booking.id, world.hoa)
        world.gate.pays(attempt)
        payments.order_refund(
            payments.GraceWish(attempt, 200_000, "Kulanz"), world.lan
        )  # before we hear of it
        deliver()

        assert sorted(world.gate.returned) == [200_000, PRICE.minor - 200_000]
        assert "paid_in_vain" in world.lines(booking)

    def test_a_hold_that_was_given_up_is_not_taken_again(
        self, world: World, deliver: Deliver
    ) -> None:
        booking = world.hold(9)
        attempt = world.pay(booking)
        bookings.cancel(booking.id, world.hoa)
        world.gate.pays(attempt)
        deliver()

        assert world.state(booking) == BookingState.EXPIRED
        assert world.offered(9)
        assert world.gate.returned == [PRICE.minor]

    def test_an_hour_that_has_begun_is_not_taken_again(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        booking = world.hold(9)
        attempt = world.pay(booking)
        clock_forward(world.at(9) - clock.now() + timedelta(seconds=1))
        deliver()
        world.gate.pays(attempt)
        deliver()

        assert world.state(booking) == BookingState.EXPIRED
        assert world.gate.returned == [PRICE.minor]


class TestRequests:
    def test_the_expert_is_asked_and_accepts(
        self, world: World, deliver: Deliver, emitted: Emitted
    ) -> None:
        booking = world.booked(9, service="asked")
        deliver()
        seen = world.see(booking)
        assert seen.state == BookingState.PENDING
        assert seen.answer_by is not None
        assert timedelta(hours=23) < seen.answer_by - clock.now() <= timedelta(hours=24)
        with reading() as session:
            asked = bookings.requests_of(session, world.expert_id)
        assert [one.id for one in asked] == [booking.id]

        bookings.accept(booking.id, world.minh)
        bookings.accept(booking.id, world.minh)
        assert world.state(booking) == BookingState.CONFIRMED
        assert len([one for one in emitted() if isinstance(one, bookings.BookingConfirmed)]) == 1

    def test_a_no_gives_everything_back(
        self, world: World, deliver: Deliver, emitted: Emitted
    ) -> None:
        booking = world.booked(9, service="asked")
        deliver()
        bookings.decline(booking.id, world.minh, "Tôi đi vắng")
        deliver()

        assert world.state(booking) == BookingState.CANCELLED
        assert world.offered(9)
        assert world.gate.returned == [PRICE.minor]
        told = next(one for one in emitted() if isinstance(one, bookings.BookingDeclined))
        assert (told.by, told.refund_minor) == ("expert", PRICE.minor)

    def test_silence_is_a_no(
        self, world: World, deliver: Deliver, clock_forward: Forward, emitted: Emitted
    ) -> None:
        booking = world.booked(9, service="asked")
        deliver()
        clock_forward(timedelta(hours=24, seconds=1))
        deliver()

        assert world.state(booking) == BookingState.CANCELLED
        assert world.gate.returned == [PRICE.minor]
        told = next(one for one in emitted() if isinstance(one, bookings.BookingDeclined))
        assert told.by == "system"

    def test_a_yes_after_the_time_comes_too_late(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        booking = world.booked(9, service="asked")
        deliver()
        answer_by = world.see(booking).answer_by
        assert answer_by
        clock_forward(answer_by - clock.now())  # the timer has not run yet
        with pytest.raises(bookings.TooLate):
            bookings.accept(booking.id, world.minh)
        with pytest.raises(bookings.TooLate):
            bookings.propose(booking.id, [world.at(11)], world.minh)
        deliver()

        assert world.state(booking) == BookingState.CANCELLED
        assert world.gate.returned == [PRICE.minor]

    def test_the_notice_time_bounds_the_answer(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(3) - clock.now())
        booking = world.booked(9, service="asked")
        deliver()
        assert world.see(booking).answer_by == world.at(7)

    def test_only_the_expert_or_staff_answers(self, world: World, deliver: Deliver) -> None:
        booking = world.booked(9, service="asked")
        deliver()
        with pytest.raises(bookings.NotYours):
            bookings.accept(booking.id, world.hoa)
        with pytest.raises(bookings.BookingNotFound):
            bookings.accept(booking.id, world.browser())
        bookings.accept(booking.id, world.lan)

    def test_what_does_not_wait_cannot_be_answered(self, world: World, deliver: Deliver) -> None:
        booking = world.booked(9)
        deliver()
        with pytest.raises(bookings.NotPossibleNow):
            bookings.decline(booking.id, world.minh)


class TestDescribe:
    def test_the_client_says_what_it_is_about(self, world: World) -> None:
        browser = world.browser()
        booking = world.hold(9, browser)
        bookings.describe(booking.id, browser, "  Thuế thu nhập\n")
        assert world.see(booking).topic_text == "Thuế thu nhập"

    def test_others_do_not(self, world: World) -> None:
        booking = world.hold(9)
        with pytest.raises(bookings.NotYours):
            bookings.describe(booking.id, world.lan, "x")

    @pytest.mark.parametrize("text", ["x" * 4001, "a\x00b", "a\u202eb"])
    def test_bad_text_is_refused(self, world: World, text: str) -> None:
        booking = world.hold(9)
        with pytest.raises(InvalidInput):
            bookings.describe(booking.id, world.hoa, text)

    def test_not_for_a_hold_that_is_gone(self, world: World) -> None:
        booking = world.hold(9)
        bookings.cancel(booking.id, world.hoa)
        with pytest.raises(bookings.HoldExpired):
            bookings.describe(booking.id, world.hoa, "x")
