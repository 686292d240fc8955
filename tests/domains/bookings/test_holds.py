from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from tests.domains.bookings.conftest import PRICE, Deliver, Emitted, Forward, World

from cilis.domains import bookings, scheduling
from cilis.domains.bookings import BookingState, service
from cilis.domains.bookings.events import HoldLapsed
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, ids
from cilis.kit.errors import NotSignedIn
from cilis.kit.viewer import Viewer


class TestHold:
    def test_price_end_expert_and_policy_come_from_the_service(self, world: World) -> None:
        made = world.see(world.hold(9))

        assert made.state == BookingState.HELD
        assert made.price == PRICE
        assert made.ends_at - made.starts_at == timedelta(hours=1)
        assert (made.expert_id, made.expert_person_id) == (world.expert_id, world.cast.minh)
        assert made.client_id == world.cast.hoa
        assert made.service_name == {"vi": "Tư vấn thuế"}
        assert made.policy["tiers"] == [{"hours": 24, "percent": 100}, {"hours": 6, "percent": 50}]
        assert made.held_until is not None
        assert made.held_until - made.created_at == timedelta(minutes=15)
        assert world.lines(made) == ["held"]

    def test_it_is_told_with_a_timer(self, world: World, emitted: Emitted) -> None:
        booking = world.hold(9)

        kinds = {type(one) for one in emitted()}
        assert {scheduling.ClaimTaken, bookings.BookingHeld, HoldLapsed} <= kinds
        held = next(one for one in emitted() if isinstance(one, bookings.BookingHeld))
        assert (held.booking_id, held.client_id) == (booking.id, world.cast.hoa)

    def test_a_nameless_browser_may_hold(self, world: World) -> None:
        browser = world.browser()
        booking = world.hold(9, browser)

        assert booking.client_id is None
        assert booking.session_id == browser.session_id

    def test_somebody_without_a_session_may_not(self, world: World) -> None:
        with pytest.raises(NotSignedIn):
            world.hold(9, Viewer.nobody())

    def test_a_taken_hour_names_three_near_ones(self, world: World) -> None:
        world.hold(9, world.browser())
        with pytest.raises(bookings.SlotTaken) as refusal:
            world.hold(9, world.browser())

        assert refusal.value.code == "slot_taken"
        near = [world.at(8), world.at(10), world.at(10.25)]
        assert refusal.value.values == {"near": [one.isoformat() for one in near]}

    def test_an_overlap_is_refused_without_a_trace(self, world: World, emitted: Emitted) -> None:
        world.hold(9, world.browser())
        before = len(emitted())
        with pytest.raises(bookings.SlotTaken):
            world.hold(9.5, world.browser())
        assert len(emitted()) == before

    @pytest.mark.parametrize("hour", [7, 19.25, 9.1])
    def test_what_is_not_offered_cannot_be_held(self, world: World, hour: float) -> None:
        with pytest.raises(bookings.SlotNotOffered) as refusal:
            world.hold(hour)
        assert len(refusal.value.values["near"]) == 3

    def test_the_past_is_not_offered(self, world: World) -> None:
        with pytest.raises(bookings.SlotNotOffered):
            world.hold(9, day=-21)

    def test_a_new_hold_lets_the_older_one_go(self, world: World, emitted: Emitted) -> None:
        browser = world.browser()
        first = world.hold(9, browser)
        second = world.hold(14, browser)

        assert world.state(first) == BookingState.EXPIRED
        assert world.lines(first) == ["held", "replaced"]
        assert world.state(second) == BookingState.HELD
        assert world.offered(9)
        assert not world.offered(14)
        gone = next(one for one in emitted() if isinstance(one, bookings.BookingExpired))
        assert (gone.booking_id, gone.why) == (first.id, "replaced")

    def test_a_new_hold_may_overlap_the_older_one(self, world: World) -> None:
        browser = world.browser()
        first = world.hold(9, browser)
        second = world.hold(9.5, browser)

        assert world.state(first) == BookingState.EXPIRED
        assert world.state(second) == BookingState.HELD

    def test_a_lost_race_keeps_the_older_hold(self, world: World) -> None:
        browser = world.browser()
        first = world.hold(9, browser)
        world.hold(14, world.browser())
        with pytest.raises(bookings.SlotTaken):
            world.hold(14, browser)

        assert world.state(first) == BookingState.HELD
        assert not world.offered(9)

    def test_the_same_hour_again_is_the_same_hold(self, world: World) -> None:
        browser = world.browser()
        assert world.hold(9, browser).id == world.hold(9, browser).id

    def test_an_hour_that_is_being_paid_is_not_let_go_unasked(
        self, world: World, deliver: Deliver
    ) -> None:
        me = world.hoa
        first = world.hold(9, me)
        world.pay(first, me)
        with pytest.raises(bookings.PaymentUnderWay) as refusal:
            world.hold(14, me)
        assert refusal.value.values["booking_id"] == str(first.id)
        assert world.hold(9, me).id == first.id  # the very hour again is the same hold

        wish = dataclasses.replace(world.wish(14), instead_of=first.id)
        second = bookings.hold(wish, me)
        assert world.state(first) == BookingState.EXPIRED
        assert world.state(second) == BookingState.HELD
        attempt = world.see(first).attempt_id
        world.gate.pays(attempt)  # it was paid in the other tab all the same
        deliver()
        assert world.state(first) == BookingState.EXPIRED
        assert world.gate.returned == [PRICE.minor]

    def test_after_a_failed_payment_another_hour_may_be_taken(
        self, world: World, deliver: Deliver
    ) -> None:
        me = world.hoa
        first = world.hold(9, me)
        world.gate.pays(world.pay(first, me), "failed")
        deliver()
        assert world.state(world.hold(14, me)) == BookingState.HELD
        assert world.state(first) == BookingState.EXPIRED

    def test_a_person_holds_three_hours_of_one_expert(self, world: World) -> None:
        for hour in (9, 11, 13):
            world.hold(hour, world.hoa)  # each from a browser of its own
        with pytest.raises(bookings.TooManyHolds):
            world.hold(15, world.hoa)

    def test_nobody_books_themselves(self, world: World) -> None:
        with pytest.raises(bookings.OwnService):
            world.hold(9, world.minh)


class TestLapse:
    def test_a_hold_lapses_after_its_time(
        self, world: World, deliver: Deliver, clock_forward: Forward, emitted: Emitted
    ) -> None:
        booking = world.hold(9)
        clock_forward(timedelta(minutes=14, seconds=50))
        deliver()
        assert world.state(booking) == BookingState.HELD

        clock_forward(timedelta(seconds=11))
        deliver()
        assert world.state(booking) == BookingState.EXPIRED
        assert world.offered(9)
        assert any(isinstance(one, bookings.BookingExpired) for one in emitted())

    def test_the_timer_is_set_again_when_a_payment_moved_the_end(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        booking = world.hold(9)
        clock_forward(timedelta(minutes=10))
        world.pay(booking)
        clock_forward(timedelta(minutes=6))
        deliver()
        assert world.state(booking) == BookingState.HELD

        clock_forward(timedelta(minutes=9))
        deliver()
        assert world.state(booking) == BookingState.EXPIRED

    def test_a_timer_that_comes_twice_changes_nothing(
        self, world: World, clock_forward: Forward
    ) -> None:
        booking = world.hold(9)
        clock_forward(timedelta(minutes=16))
        service.lapse(booking.id)
        service.lapse(booking.id)
        assert world.lines(booking) == ["held", "lapsed"]

    def test_a_hold_is_not_let_go_while_its_money_is_on_the_way(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        booking = world.booked(9)  # captured, but nobody has told us yet
        clock_forward(timedelta(minutes=16))
        service.lapse(booking.id)
        assert world.state(booking) == BookingState.HELD
        deliver()
        assert world.state(booking) == BookingState.CONFIRMED


class TestWhoseItIs:
    def test_signing_in_takes_the_hold_along(self, world: World) -> None:
        browser = world.browser()
        booking = world.hold(9, browser)
        assert browser.session_id
        service.take_over(browser.session_id, world.cast.hoa)
        service.take_over(browser.session_id, world.cast.hoa)

        assert world.see(booking).client_id == world.cast.hoa
        assert world.lines(booking) == ["held", "client_known"]

    def test_an_expert_signing_in_does_not_get_the_own_hour(self, world: World) -> None:
        browser = world.browser()
        booking = world.hold(9, browser)
        assert browser.session_id
        service.take_over(browser.session_id, world.cast.minh)
        assert world.see(booking).client_id is None

    def test_absent_and_forbidden_are_the_same(self, world: World) -> None:
        browser = world.browser()
        booking = world.hold(9, browser)
        strangers = [
            world.browser(),
            Viewer.nobody(),
            world.minh,
            Viewer(ids.new(), ids.new(), frozenset({"client", "expert"})),
        ]
        with reading() as session:
            assert bookings.visible(session, browser, booking.id)
            assert bookings.visible(session, world.lan, booking.id)
            for stranger in strangers:
                with pytest.raises(bookings.BookingNotFound):
                    bookings.visible(session, stranger, booking.id)
            with pytest.raises(bookings.BookingNotFound):
                bookings.visible(session, world.lan, ids.new())

    def test_another_tenant_sees_nothing(self, world: World, other_tenant: Tenant) -> None:
        booking = world.hold(9)
        khang = Viewer(world.cast.khang, ids.new(), frozenset({"admin", "expert", "client"}))
        with serving(other_tenant), reading() as session:
            with pytest.raises(bookings.BookingNotFound):
                bookings.visible(session, khang, booking.id)
            assert not bookings.page_of_all(session).items


class TestRace:
    def test_many_at_once_never_overlap_and_every_free_hour_is_taken(
        self, tenant: Tenant, world: World
    ) -> None:
        hours = [8, 9, 10, 11, 12, 13]
        told: Counter[str] = Counter()
        lock = threading.Lock()

        def client(number: int) -> None:
            with serving(tenant):
                for step in range(len(hours)):
                    hour = hours[(number + step) % len(hours)]
                    try:
                        world.hold(hour, world.browser())
                        result = "held"
                    except bookings.SlotTaken as refusal:
                        result = f"{refusal.code}, {len(refusal.values['near'])} near"
                    with lock:
                        told[result] += 1

        threads = [threading.Thread(target=client, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(25)

        assert told == {"held": 6, "slot_taken, 3 near": 42}

    def test_one_browser_pressing_often_holds_one_hour(self, tenant: Tenant, world: World) -> None:
        browser = world.browser()
        done: list[UUID] = []

        def press(hour: int) -> None:
            with serving(tenant):
                done.append(world.hold(hour, browser).id)

        threads = [threading.Thread(target=press, args=(hour,)) for hour in (8, 10, 12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

        assert len(done) == 3
        with transaction() as session:
            live = session.query(bookings.Booking).filter_by(state=BookingState.HELD).all()
            assert len(live) == 1
        free = [hour for hour in (8, 10, 12) if world.offered(hour)]
        assert len(free) == 2


def test_the_clock_of_the_house_decides(world: World, clock_forward: Forward) -> None:
    booking = world.hold(9)
    clock_forward(timedelta(hours=1))
    assert world.see(booking).held_until is not None
    assert world.see(booking).held_until < clock.now()  # type: ignore[operator]
