"""Changing to another service: the difference is paid first, or comes back by the rules."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.domains.bookings.conftest import HOUR, PRICE, Deliver, Emitted, Forward, World

from cilis.domains import bookings, experts, payments, tenants
from cilis.domains.bookings import Booking, BookingMove, BookingState, MoveState, MoveWish, service
from cilis.domains.scheduling.models import Claim
from cilis.domains.tenants import Rules
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock
from cilis.kit.errors import DomainError, InvalidInput
from cilis.kit.money import Money

LONG, SHORT = Money(800_000, "VND"), Money(200_000, "VND")
MORE = LONG.minor - PRICE.minor
LESS = PRICE.minor - SHORT.minor
RULES = Rules(other_service=True, moves=3)


@pytest.fixture
def world(world: World) -> World:
    """Minh also offers a longer, dearer service and a shorter, cheaper one; changing is allowed."""
    with transaction() as session:
        known = tenants.organization(session)
        tenants.save_organization(session, replace(known, rules=RULES))
    tenants.forget_organizations()
    for name, minutes, price in (("long", 90, LONG), ("short", 30, SHORT)):
        wish = experts.ServiceWish(
            names={"vi": name}, minutes=minutes, price_minor=price.minor, notice_minutes=0
        )
        world.services[name] = experts.add_service(wish, world.minh).terms
    return world


@pytest.fixture
def booking(world: World, deliver: Deliver) -> Booking:
    """Nine o'clock on Monday, paid and confirmed."""
    made = world.booked(9)
    deliver()
    return world.see(made)


def wish(world: World, name: str, hour: float, day: int = 0) -> MoveWish:
    return MoveWish(world.services[name].id, world.at(hour, day))


def change(world: World, booking: Booking, name: str = "long", hour: float = 14) -> BookingMove:
    return bookings.change_service(booking.id, wish(world, name, hour), world.hoa)


def see(move: BookingMove) -> BookingMove:
    with reading() as session:
        return session.get_one(BookingMove, move.id)


def pay(world: World, move: BookingMove) -> UUID:
    """Go to the gateway for the difference; returns the payment."""
    bookings.pay_move(move.booking_id, move.id, "gate", world.hoa, "203.0.113.7")
    attempt_id = see(move).attempt_id
    assert attempt_id
    return attempt_id


def held_hours(world: World) -> list[tuple[datetime, datetime]]:
    """What of Minh's time is taken, in order."""
    with reading() as session:
        found = session.scalars(
            sa.select(Claim).where(Claim.expert_id == world.expert_id, Claim.live)
        ).all()
        return sorted((one.during.lower, one.during.upper) for one in found)


def comes_back(booking: Booking) -> int:
    with reading() as session:
        return bookings.cancellation(session, booking).refund.minor


class TestDearer:
    def test_is_held_until_the_difference_is_paid(
        self, world: World, booking: Booking, deliver: Deliver, emitted: Emitted
    ) -> None:
        move = change(world, booking)
        assert change(world, booking).id == move.id  # asked twice is asked once
        assert (move.state, move.difference.minor) == (MoveState.OPEN, MORE)
        assert world.see(booking).starts_at == world.at(9)
        assert not world.offered(9)
        assert not world.offered(14)

        attempt_id = pay(world, move)
        with reading() as session:
            attempt = payments.attempt(session, attempt_id)
        assert (attempt.amount.minor, attempt.subject_id) == (MORE, booking.id)
        world.gate.pays(attempt_id)
        deliver()
        deliver()

        seen = world.see(booking)
        assert (seen.starts_at, seen.ends_at) == (world.at(14), world.at(15.5))
        assert (seen.price, seen.service_id) == (LONG, world.services["long"].id)
        assert (seen.state, seen.sequence) == (BookingState.CONFIRMED, 1)
        assert see(move).state == MoveState.DONE
        assert held_hours(world) == [(world.at(14), world.at(15.5))]
        told = [one for one in emitted() if isinstance(one, bookings.BookingMoved)]
        assert [one.old_starts_at for one in told] == [world.at(9)]
        assert not world.gate.refunds

    def test_cancelled_later_both_payments_come_back(
        self, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        world.gate.pays(pay(world, change(world, booking)))
        deliver()
        assert comes_back(world.see(booking)) == LONG.minor
        bookings.cancel(booking.id, world.hoa)
        deliver()
        assert world.gate.returned == [MORE, PRICE.minor]  # the latest first
        assert world.see(booking).refund_minor == LONG.minor

    def test_a_part_of_both(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        world.gate.pays(pay(world, change(world, booking)))
        deliver()
        clock_forward(world.at(14) - 10 * HOUR - clock.now())
        bookings.cancel(booking.id, world.hoa)
        deliver()
        half = LONG.minor // 2
        assert world.gate.returned == [MORE, half - MORE]

    def test_an_hour_that_overlaps_its_own(
        self, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        move = change(world, booking, hour=9)  # the same begin, half an hour more
        assert held_hours(world) == [(world.at(9), world.at(10.5))]
        world.gate.pays(pay(world, move))
        deliver()
        assert held_hours(world) == [(world.at(9), world.at(10.5))]
        assert world.see(booking).ends_at == world.at(10.5)

    @pytest.mark.parametrize("hour", [14, 9, 8.5, 9.75])
    def test_nobody_pays_and_all_is_as_before(
        self,
        world: World,
        booking: Booking,
        deliver: Deliver,
        clock_forward: Forward,
        emitted: Emitted,
        hour: float,
    ) -> None:
        before = held_hours(world)
        move = change(world, booking, hour=hour)
        pay(world, move)
        clock_forward(timedelta(minutes=16))
        deliver()
        clock_forward(timedelta(minutes=10))
        deliver()
        assert see(move).state == MoveState.LAPSED
        assert held_hours(world) == before == [(world.at(9), world.at(10))]
        seen = world.see(booking)
        assert (seen.starts_at, seen.price, seen.sequence) == (world.at(9), PRICE, 0)
        told = [one for one in emitted() if isinstance(one, bookings.BookingMoveClosed)]
        assert [one.why for one in told] == ["lapsed"]
        with pytest.raises(bookings.MoveOver):
            bookings.pay_move(booking.id, move.id, "gate", world.hoa, "203.0.113.7")

    @pytest.mark.parametrize("hour", [14, 9])
    def test_late_money_still_moves_if_the_hour_is_free(
        self,
        world: World,
        booking: Booking,
        deliver: Deliver,
        clock_forward: Forward,
        hour: float,
    ) -> None:
        move = change(world, booking, hour=hour)
        attempt_id = pay(world, move)
        clock_forward(timedelta(minutes=30))
        deliver()
        world.gate.pays(attempt_id)
        deliver()
        assert see(move).state == MoveState.DONE
        assert held_hours(world) == [(world.at(hour), world.at(hour + 1.5))]
        assert not world.gate.refunds

    def test_late_money_goes_back_if_the_hour_is_gone(
        self,
        world: World,
        booking: Booking,
        deliver: Deliver,
        clock_forward: Forward,
        emitted: Emitted,
    ) -> None:
        attempt_id = pay(world, change(world, booking))
        clock_forward(timedelta(minutes=30))
        deliver()
        world.hold(14.5, world.browser())
        world.gate.pays(attempt_id)
        deliver()
        assert world.gate.returned == [MORE]
        assert (world.see(booking).starts_at, world.see(booking).price) == (world.at(9), PRICE)
        assert held_hours(world)[0] == (world.at(9), world.at(10))
        told = [one for one in emitted() if isinstance(one, bookings.BookingPaidInVain)]
        assert [one.refund_minor for one in told] == [MORE]
        assert comes_back(world.see(booking)) == PRICE.minor

    def test_late_money_goes_back_if_the_booking_changed(
        self, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        attempt_id = pay(world, change(world, booking))
        bookings.reschedule(booking.id, world.at(17), world.hoa)
        world.gate.pays(attempt_id)
        deliver()
        assert world.gate.returned == [MORE]
        assert world.see(booking).starts_at == world.at(17)
        assert held_hours(world) == [(world.at(17), world.at(18))]

    def test_paid_twice_one_goes_back(
        self, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        move = change(world, booking)
        first = pay(world, move)
        second = pay(world, move)
        world.gate.pays(first)
        deliver()
        world.gate.pays(second)
        deliver()
        assert world.see(booking).starts_at == world.at(14)
        assert world.gate.returned == [MORE]
        assert comes_back(world.see(booking)) == LONG.minor

    def test_given_up_the_money_that_comes_goes_back(
        self, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        move = change(world, booking, hour=9)
        attempt_id = pay(world, move)
        bookings.give_up_move(booking.id, move.id, world.hoa)
        bookings.give_up_move(booking.id, move.id, world.hoa)
        assert held_hours(world) == [(world.at(9), world.at(10))]
        world.gate.pays(attempt_id)
        deliver()
        assert world.gate.returned == [MORE]

    def test_money_for_an_old_wish_leaves_the_new_one_alone(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        for wait in (timedelta(), timedelta(minutes=30)):  # given up, or lapsed by then
            attempt_id = pay(world, change(world, booking, hour=14))
            clock_forward(wait)
            deliver()
            later = change(world, booking, hour=16)
            world.gate.pays(attempt_id)
            deliver()
            assert see(later).state == MoveState.OPEN
            bookings.give_up_move(booking.id, later.id, world.hoa)
        assert world.gate.returned == [MORE, MORE]
        assert held_hours(world) == [(world.at(9), world.at(10))]

    @pytest.mark.parametrize("hour", [14, 9])
    def test_cancelled_meanwhile_everything_is_free(
        self, world: World, booking: Booking, deliver: Deliver, hour: float
    ) -> None:
        attempt_id = pay(world, change(world, booking, hour=hour))
        bookings.cancel(booking.id, world.hoa)
        world.gate.pays(attempt_id)
        deliver()
        assert held_hours(world) == []
        assert sorted(world.gate.returned) == sorted([PRICE.minor, MORE])

    def test_another_wish_takes_the_place_of_the_first(
        self, world: World, booking: Booking
    ) -> None:
        first = change(world, booking, hour=14)
        second = change(world, booking, hour=16)
        assert see(first).state == MoveState.GIVEN_UP
        assert held_hours(world) == [
            (world.at(9), world.at(10)),
            (world.at(16), world.at(17.5)),
        ]
        assert see(second).state == MoveState.OPEN

    def test_from_a_free_one(self, world: World, deliver: Deliver) -> None:
        free = world.hold(11, service="free")
        bookings.start_payment(free.id, "", world.hoa, "")
        world.gate.pays(pay(world, change(world, free, "plain", 15)))
        deliver()
        assert comes_back(world.see(free)) == PRICE.minor
        bookings.cancel(free.id, world.hoa)
        deliver()
        assert world.gate.returned == [PRICE.minor]


class TestCheaper:
    def test_moves_at_once_and_the_difference_comes_back(
        self, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        move = change(world, booking, "short", 9)
        deliver()
        assert (move.state, move.refund_minor) == (MoveState.DONE, LESS)
        assert world.gate.returned == [LESS]
        seen = world.see(booking)
        assert (seen.price, seen.ends_at, seen.refund_minor) == (SHORT, world.at(9.5), None)
        assert held_hours(world) == [(world.at(9), world.at(9.5))]
        bookings.cancel(booking.id, world.hoa)
        deliver()
        assert world.gate.returned == [LESS, SHORT.minor]

    def test_by_the_rules_of_the_moment(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(9) - 10 * HOUR - clock.now())
        with reading() as session:
            preview = bookings.move_preview(session, booking, world.services["short"])
        assert (preview.comes_back.minor, preview.kept.minor) == (LESS // 2, LESS // 2)
        assert (preview.until, preview.then and preview.then.minor) == (world.at(9) - 6 * HOUR, 0)
        change(world, booking, "short", 14)
        deliver()
        assert world.gate.returned == [LESS // 2]
        # What was kept of the difference stays kept: half of the new price comes back.
        assert comes_back(world.see(booking)) == SHORT.minor // 2

    def test_staff_gives_all_of_the_difference_back(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(9) - 10 * HOUR - clock.now())
        bookings.change_service(booking.id, wish(world, "short", 14), world.lan, "ốm")
        deliver()
        assert world.gate.returned == [LESS]

    def test_back_and_forth_ends_where_it_began(
        self, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        change(world, booking, "short", 14)
        deliver()
        world.gate.pays(pay(world, change(world, booking, "plain", 15)))
        deliver()
        change(world, booking, "short", 16)
        deliver()
        assert world.gate.returned == [LESS, LESS]
        assert comes_back(world.see(booking)) == SHORT.minor
        bookings.cancel(booking.id, world.hoa)
        deliver()
        assert sum(world.gate.returned) == PRICE.minor + LESS  # all that ever came

    def test_what_staff_gave_back_before_counts(
        self, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        assert booking.paid_attempt_id
        gift = payments.GraceWish(booking.paid_attempt_id, 250_000, "Kulanz")
        payments.order_refund(gift, world.lan)
        change(world, booking, "short", 14)
        deliver()
        assert world.gate.returned == [250_000, 250_000]  # no more than came
        assert comes_back(world.see(booking)) == 0


class TestLimits:
    def test_only_where_the_rules_of_the_booking_allow_it(
        self, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        with transaction() as session:
            known = tenants.organization(session)
            tenants.save_organization(session, replace(known, rules=Rules()))
        tenants.forget_organizations()
        later = world.booked(11)
        deliver()
        with pytest.raises(InvalidInput):
            change(world, later, "short")
        later = world.see(later)
        with reading() as session:
            assert bookings.choices(session, later) == []
            names = [terms.name["vi"] for terms in bookings.choices(session, booking)]
        assert {"long", "short"} < {*names}
        change(world, booking, "short")  # keeps its own rules

    def test_not_to_the_same_service_nor_another_expert_s(
        self, world: World, booking: Booking
    ) -> None:
        with pytest.raises(InvalidInput):
            change(world, booking, "plain")
        with pytest.raises(experts.ServiceNotFound):
            bookings.change_service(booking.id, MoveWish(world.expert_id, world.at(14)), world.hoa)

    def test_the_expert_proposes_and_staff_asks_nobody_to_pay(
        self, world: World, booking: Booking
    ) -> None:
        for viewer in (world.minh, world.lan):
            with pytest.raises(bookings.NotYours):
                bookings.change_service(booking.id, wish(world, "long", 14), viewer, "x")

    def test_so_often_and_no_more(self, world: World, booking: Booking) -> None:
        bookings.reschedule(booking.id, world.at(11), world.hoa)
        change(world, booking, "short", 12)
        bookings.reschedule(booking.id, world.at(13), world.lan, "đường ngập")  # ours are free
        bookings.reschedule(booking.id, world.at(14), world.lan, "x", on_behalf_of="client")
        with pytest.raises(bookings.TooManyMoves) as refusal:
            bookings.reschedule(booking.id, world.at(15), world.hoa)
        assert refusal.value.values == {"limit": 3}
        with pytest.raises(bookings.TooManyMoves):
            change(world, booking, "free", 16)

    def test_not_too_late(self, world: World, booking: Booking, clock_forward: Forward) -> None:
        clock_forward(world.at(9) - 5 * HOUR - clock.now())
        with pytest.raises(bookings.TooLate):
            change(world, booking, "long")

    def test_a_taken_hour_leaves_everything_as_it_was(self, world: World, booking: Booking) -> None:
        world.hold(10, world.browser())
        for name, hour in (("long", 9), ("short", 10.25)):
            with pytest.raises(bookings.SlotTaken):
                change(world, booking, name, hour)
        assert (world.at(9), world.at(10)) in held_hours(world)
        assert world.see(booking).price == PRICE


class TestRace:
    """Many at once, on the same few hours: no overlap, and no hour that nobody holds is lost."""

    def all_at_once(self, tenant: Tenant, acts: list[Callable[[], object]]) -> list[str]:
        said: list[str] = []
        gate = threading.Barrier(len(acts))

        def run(act: Callable[[], object]) -> None:
            with serving(tenant):
                gate.wait(10)
                try:
                    act()
                    said.append("done")
                except DomainError as refusal:
                    said.append(refusal.code)

        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(said) == len(acts)
        return said

    def test_two_that_want_each_other_s_hour(
        self, tenant: Tenant, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        other = world.booked(11)
        deliver()
        before = held_hours(world)
        said = self.all_at_once(
            tenant,
            [
                lambda: change(world, booking, "long", 11),
                lambda: change(world, other, "long", 9),
            ],
        )
        assert said == ["slot_taken", "slot_taken"]
        assert held_hours(world) == before

    def test_moves_and_bookings_to_one_hour(
        self, tenant: Tenant, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        other = world.booked(11)
        deliver()
        said = self.all_at_once(
            tenant,
            [
                lambda: change(world, booking, "long", 14),
                lambda: change(world, other, "short", 14.5),
                lambda: bookings.reschedule(other.id, world.at(14), world.hoa),
                *(lambda: world.hold(14.25, world.browser()) for _ in range(3)),
            ],
        )
        # The second booking may have moved once; of the others one has the hour.
        assert 1 <= said.count("done") <= 2
        self.whole(world, [booking, other])

    @pytest.mark.parametrize("seed", range(4))
    def test_whatever_comes_first(
        self, tenant: Tenant, world: World, deliver: Deliver, seed: int
    ) -> None:
        dice = random.Random(seed)
        made = [world.booked(hour) for hour in (8, 10, 12)]
        deliver()
        moves = [change(world, made[0], "long", 8.5)]
        attempt_id = pay(world, moves[0])
        acts: list[Callable[[], object]] = [
            lambda: world.gate.pays(attempt_id),
            lambda: service.lapse_move(made[0].id, moves[0].id),
            lambda: bookings.give_up_move(made[0].id, moves[0].id, world.hoa),
            lambda: bookings.cancel(made[2].id, world.hoa),
        ]
        for _ in range(4):
            one, hour = dice.choice(made), dice.choice((8, 9, 10.5, 11, 12.5, 13))
            name = dice.choice(("long", "short"))
            acts.append(lambda one=one, hour=hour, name=name: change(world, one, name, hour))
            acts.append(
                lambda one=one, hour=hour: bookings.reschedule(one.id, world.at(hour), world.hoa)
            )
            acts.append(lambda hour=hour: world.hold(hour, world.browser()))
        dice.shuffle(acts)
        self.all_at_once(tenant, acts)
        deliver()
        self.whole(world, made)

    @staticmethod
    def whole(world: World, made: list[Booking]) -> None:
        """Nothing overlaps; whoever has an hour holds a live claim over it; no claim is stray."""
        taken = held_hours(world)
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(taken))
        with reading() as session:
            rows = session.scalars(sa.select(Booking).where(Booking.claim_id.is_not(None))).all()
            live = [row for row in rows if row.is_live]
            open_moves = session.scalars(
                sa.select(BookingMove).where(BookingMove.state == MoveState.OPEN)
            ).all()
            claims = {one.id: one for one in session.scalars(sa.select(Claim).where(Claim.live))}
        assert {one.id for one in made} <= {row.id for row in rows}
        for row in live:
            assert row.claim_id
            held = claims.pop(row.claim_id).during
            assert held.lower <= row.starts_at
            assert row.ends_at <= held.upper
        for move in open_moves:
            if move.claim_id is not None:
                assert claims.pop(move.claim_id).during.lower <= move.starts_at
        assert not claims
