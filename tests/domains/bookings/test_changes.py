"""Cancelling, moving, and the end of a session."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from tests.domains.bookings.conftest import HOUR, PRICE, Deliver, Emitted, Forward, World

from cilis.domains import bookings, experts, payments, tenants
from cilis.domains.bookings import Booking, BookingState, PastBooking, service
from cilis.domains.bookings.schemas import show_preview
from cilis.infra.audit import AuditEntry
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, current_tenant, serving
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money

HALF = PRICE.minor // 2


@pytest.fixture
def booking(world: World, deliver: Deliver) -> Booking:
    """Nine o'clock on Monday, paid and confirmed."""
    made = world.booked(9)
    deliver()
    return world.see(made)


class TestPreview:
    def test_tiers_in_order_of_time(self, world: World, booking: Booking) -> None:
        with reading() as session:
            preview = bookings.cancellation(session, booking)

        nine = world.at(9)
        assert [(tier.until, tier.percent, tier.refund.minor) for tier in preview.tiers] == [
            (nine - 24 * HOUR, 100, PRICE.minor),
            (nine - 6 * HOUR, 50, HALF),
            (None, 0, 0),
        ]
        assert (preview.refund, preview.fee.minor) == (PRICE, 0)
        assert preview.move_until == nine - 6 * HOUR
        assert (preview.until, preview.then and preview.then.minor) == (nine - 24 * HOUR, HALF)
        late = service.preview(booking, nine - HOUR, "client")
        assert (late.until, late.then) == (None, None)

    @pytest.mark.parametrize(
        ("before", "minor"),
        [(24 * HOUR, PRICE.minor), (23.9 * HOUR, HALF), (6 * HOUR, HALF), (5.9 * HOUR, 0)],
    )
    def test_the_end_of_a_tier_belongs_to_it(
        self, world: World, booking: Booking, before: timedelta, minor: int
    ) -> None:
        assert service.preview(booking, world.at(9) - before, "client").refund.minor == minor

    def test_an_expert_gives_everything_back(self, world: World, booking: Booking) -> None:
        preview = service.preview(booking, world.at(8.9), "expert")
        assert (preview.refund, preview.full_because) == (PRICE, "by_expert")

    def test_a_new_rule_leaves_old_bookings_theirs(self, world: World, booking: Booking) -> None:
        with transaction() as session:
            organization = tenants.organization(session)
            tenants.save_organization(
                session,
                tenants.Organization(
                    name=organization.name,
                    currency="VND",
                    default_language="vi",
                    languages=("vi",),
                    cancellation=(),
                ),
            )
        tenants.forget_organizations()
        later = world.see(world.hold(12))

        assert service.preview(booking, clock.now(), "client").percent == 100
        assert service.preview(later, clock.now(), "client").percent == 0


class TestCancel:
    def test_the_client_gets_what_the_tiers_say(
        self,
        world: World,
        booking: Booking,
        deliver: Deliver,
        clock_forward: Forward,
        emitted: Emitted,
    ) -> None:
        clock_forward(world.at(9) - 10 * HOUR - clock.now())
        bookings.cancel(booking.id, world.hoa, "Bận đột xuất")
        bookings.cancel(booking.id, world.hoa)
        deliver()

        seen = world.see(booking)
        assert (seen.state, seen.refund_minor) == (BookingState.CANCELLED, HALF)
        assert world.gate.returned == [HALF]
        assert world.offered(9)
        told = [one for one in emitted() if isinstance(one, bookings.BookingCancelled)]
        assert [(one.refund_minor, one.by) for one in told] == [(HALF, "client")]
        with reading() as session:
            line = bookings.history(session, booking.id)[-1]
        assert (line.actor, line.detail["reason"]) == (world.cast.hoa, "Bận đột xuất")

    def test_the_last_tier_gives_nothing(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(8) - clock.now())
        bookings.cancel(booking.id, world.hoa)
        deliver()
        assert not world.gate.refunds

    def test_the_expert_gives_everything_back(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(8) - clock.now())
        with pytest.raises(InvalidInput):
            bookings.cancel(booking.id, world.minh)
        bookings.cancel(booking.id, world.minh, "Ốm")
        deliver()
        assert world.gate.returned == [PRICE.minor]

    def test_staff_cancels_by_the_client_s_rules_or_for_nothing(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(9) - 10 * HOUR - clock.now())
        with pytest.raises(bookings.NotYours):
            bookings.cancel(booking.id, world.hoa, "x", on_behalf_of="expert")
        with pytest.raises(InvalidInput):
            bookings.cancel(booking.id, world.lan, on_behalf_of="client")
        bookings.cancel(booking.id, world.lan, "gọi điện", on_behalf_of="client")
        deliver()
        assert world.gate.returned == [HALF]
        with reading() as session:
            line = bookings.history(session, booking.id)[-1]
            audited = session.query(AuditEntry).filter_by(action="bookings.cancelled").one()
        assert line.detail == {
            "reason": "gọi điện",
            "by": "staff",
            "on_behalf_of": "client",
            "refund_minor": HALF,
        }
        assert (audited.actor_id, audited.detail["reason"]) == (world.cast.lan, "gọi điện")

    def test_what_went_back_before_does_not_go_back_twice(
        self, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        attempt_id = world.see(booking).paid_attempt_id
        assert attempt_id
        payments.order_refund(payments.GraceWish(attempt_id, 200_000, "Kulanz"), world.lan)
        deliver()
        seen = world.see(booking)
        with reading() as session:
            preview = bookings.cancellation(session, seen)
        assert preview.refund.minor == PRICE.minor - 200_000
        assert preview.returned
        assert preview.returned.minor == 200_000
        assert preview.fee.is_zero  # nothing of it is kept
        bookings.cancel(booking.id, world.hoa)
        deliver()
        assert world.gate.returned == [200_000, PRICE.minor - 200_000]
        assert world.see(booking).refund_minor == PRICE.minor - 200_000

    @pytest.mark.parametrize(
        ("before", "now"), [(150_000, HALF - 150_000), (HALF, 0), (HALF + 50_000, 0)]
    )
    def test_what_went_back_before_counts_for_the_tier(
        self,
        world: World,
        booking: Booking,
        deliver: Deliver,
        clock_forward: Forward,
        before: int,
        now: int,
    ) -> None:
        attempt_id = world.see(booking).paid_attempt_id
        assert attempt_id
        payments.order_refund(payments.GraceWish(attempt_id, before, "Kulanz"), world.lan)
        deliver()
        seen = world.see(booking)
        with reading() as session:
            early = bookings.cancellation(session, seen)
        assert early.refund.minor == PRICE.minor - before
        assert early.then
        assert early.then.minor == now
        clock_forward(world.at(9) - 10 * HOUR - clock.now())
        with reading() as session:
            preview = bookings.cancellation(session, seen)
        assert (preview.percent, preview.refund.minor) == (50, now)
        assert preview.fee.minor == PRICE.minor - before - now
        shown = show_preview(preview)
        assert shown["returned"] == {"minor": before, "currency": "VND"}
        bookings.cancel(booking.id, world.lan, "gọi điện", on_behalf_of="client")
        deliver()
        assert world.gate.returned == [before] + [now] * bool(now)
        assert world.see(booking).refund_minor == now

    def test_what_goes_back_at_the_same_moment_counts_too(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(9) - 10 * HOUR - clock.now())
        attempt_id = world.see(booking).paid_attempt_id
        assert attempt_id

        def cancel() -> None:
            with serving(tenant):
                bookings.cancel(booking.id, world.hoa)

        tenant, client = current_tenant(), threading.Thread(target=cancel)
        with transaction() as session:
            payments.request_refund(session, attempt_id, Money(150_000, "VND"), "Kulanz", None)
            client.start()
            client.join(0.5)
            assert client.is_alive(), "it waits for what is being given back"
        client.join()
        deliver()
        assert sorted(world.gate.returned) == sorted([150_000, HALF - 150_000])

    def test_where_no_money_came_none_is_promised(self, world: World, emitted: Emitted) -> None:
        taken_over = PastBooking(
            service_id=world.services["plain"].id,
            expert_id=world.expert_id,
            expert_person_id=world.cast.minh,
            client_id=world.cast.hoa,
            starts_at=world.at(15),
            ends_at=world.at(16),
            price=PRICE,
            service_name={"vi": "Tư vấn thuế"},
            state=BookingState.CONFIRMED,
        )
        with transaction() as session:
            (booking_id,) = bookings.import_past(session, [taken_over])
        booking = bookings.cancel(booking_id, world.minh, "ốm")

        assert (booking.state, booking.refund_minor) == (BookingState.CANCELLED, 0)
        told = [one for one in emitted() if isinstance(one, bookings.BookingCancelled)]
        assert [one.refund_minor for one in told] == [0]

    def test_a_request_is_given_up_for_nothing(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(3) - clock.now())
        asked = world.booked(9, service="asked")
        deliver()
        bookings.cancel(asked.id, world.hoa)
        deliver()
        assert world.gate.returned == [PRICE.minor]

    def test_a_hold_is_simply_let_go(self, world: World) -> None:
        browser = world.browser()
        held = world.hold(9, browser)
        bookings.cancel(held.id, browser)
        assert world.state(held) == BookingState.EXPIRED
        assert world.lines(held) == ["held", "given_up"]
        assert world.offered(9)

    def test_not_once_it_has_begun(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(9) - clock.now())
        with pytest.raises(bookings.TooLate):
            bookings.cancel(booking.id, world.hoa)
        clock_forward(HOUR)
        deliver()
        with pytest.raises(bookings.NotPossibleNow):
            bookings.cancel(booking.id, world.hoa)

    def test_strangers_find_nothing(self, world: World, booking: Booking) -> None:
        with pytest.raises(bookings.BookingNotFound):
            bookings.cancel(booking.id, world.browser())


class TestReschedule:
    def test_the_old_hour_is_free_and_the_new_one_taken(
        self, world: World, booking: Booking, emitted: Emitted
    ) -> None:
        moved = bookings.reschedule(booking.id, world.at(14), world.hoa)

        assert (moved.starts_at, moved.ends_at) == (world.at(14), world.at(15))
        assert moved.sequence == 1
        assert world.offered(9)
        assert not world.offered(14)
        told = next(one for one in emitted() if isinstance(one, bookings.BookingMoved))
        assert (told.by, told.old_starts_at) == ("client", world.at(9))

    def test_it_may_overlap_itself(self, world: World, booking: Booking) -> None:
        moved = bookings.reschedule(booking.id, world.at(9.5), world.hoa)
        assert moved.starts_at == world.at(9.5)
        assert not world.offered(9)
        assert world.offered(8.5)

    def test_the_same_hour_changes_nothing(self, world: World, booking: Booking) -> None:
        assert bookings.reschedule(booking.id, world.at(9), world.hoa).sequence == 0

    def test_what_is_cancelled_does_not_move_even_to_its_own_hour(
        self, world: World, booking: Booking
    ) -> None:
        bookings.cancel(booking.id, world.hoa)
        with pytest.raises(bookings.NotPossibleNow):
            bookings.reschedule(booking.id, booking.starts_at, world.hoa)

    def test_a_taken_hour_leaves_everything_as_it_was(self, world: World, booking: Booking) -> None:
        world.hold(14, world.browser())
        with pytest.raises(bookings.SlotTaken) as refusal:
            bookings.reschedule(booking.id, world.at(14.5), world.hoa)

        assert len(refusal.value.values["near"]) == 3
        assert world.see(booking).starts_at == world.at(9)
        assert not world.offered(9)

    def test_only_to_what_is_offered(self, world: World, booking: Booking) -> None:
        with pytest.raises(bookings.SlotNotOffered):
            bookings.reschedule(booking.id, world.at(21), world.hoa)

    def test_the_client_can_until_the_last_paying_tier(
        self, world: World, booking: Booking, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(4) - clock.now())
        with pytest.raises(bookings.TooLate):
            bookings.reschedule(booking.id, world.at(14), world.hoa)
        with pytest.raises(InvalidInput):
            bookings.reschedule(booking.id, world.at(14), world.lan)
        bookings.reschedule(booking.id, world.at(14), world.lan, "đường ngập")

    def test_an_expert_does_not_move_other_people(self, world: World, booking: Booking) -> None:
        with pytest.raises(bookings.NotYours):
            bookings.reschedule(booking.id, world.at(14), world.minh, "tiện hơn")
        assert world.see(booking).starts_at == world.at(9)

    def test_moving_wins_no_better_tier(
        self, world: World, booking: Booking, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(9) - 10 * HOUR - clock.now())
        bookings.reschedule(booking.id, world.at(9, day=5), world.hoa)
        seen = world.see(booking)

        assert service.preview(seen, clock.now(), "client").percent == 50
        assert [tier.percent for tier in service.tiers_of(seen)] == [50, 0]

    def test_in_the_client_s_name_nothing_is_won_either(
        self, world: World, booking: Booking, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(9) - 10 * HOUR - clock.now())
        later = world.at(9, day=5)
        bookings.reschedule(booking.id, later, world.lan, "gọi điện", on_behalf_of="client")
        assert service.preview(world.see(booking), clock.now(), "client").percent == 50

    def test_moved_by_staff_the_client_may_leave_for_nothing(
        self, world: World, booking: Booking, clock_forward: Forward
    ) -> None:
        bookings.reschedule(booking.id, world.at(14), world.lan, "chuyên gia ốm")
        seen = world.see(booking)
        preview = service.preview(seen, world.at(13), "client")
        assert (preview.percent, preview.full_because) == (100, "moved_by_expert")

    def test_the_session_ends_at_its_new_time(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        bookings.reschedule(booking.id, world.at(14), world.hoa)
        clock_forward(world.at(10) - clock.now())
        deliver()
        assert world.state(booking) == BookingState.CONFIRMED
        clock_forward(5 * HOUR)
        deliver()
        assert world.state(booking) == BookingState.COMPLETED

    def test_two_that_swap_places_do_not_lock_each_other_out(
        self, tenant: Tenant, world: World, booking: Booking, deliver: Deliver
    ) -> None:
        other = world.booked(11)
        deliver()
        refused: list[str] = []

        def move(one: Booking, hour: int) -> None:
            with serving(tenant):
                try:
                    bookings.reschedule(one.id, world.at(hour), world.hoa)
                except bookings.SlotTaken as refusal:
                    refused.append(refusal.code)

        threads = [threading.Thread(target=move, args=pair) for pair in ((booking, 11), (other, 9))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)

        assert refused == ["slot_taken", "slot_taken"]
        assert world.see(booking).starts_at == world.at(9)
        assert world.see(other).starts_at == world.at(11)


class TestEnd:
    def test_a_session_completes_by_itself(
        self,
        world: World,
        booking: Booking,
        deliver: Deliver,
        clock_forward: Forward,
        emitted: Emitted,
    ) -> None:
        clock_forward(world.at(10) - clock.now())
        deliver()
        service.complete(booking.id)

        assert world.state(booking) == BookingState.COMPLETED
        told = [one for one in emitted() if isinstance(one, bookings.BookingCompleted)]
        assert len(told) == 1

    def test_the_expert_says_that_nobody_came(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(9.1) - clock.now())
        with pytest.raises(bookings.TooEarly):
            bookings.mark_no_show(booking.id, world.minh)
        clock_forward(world.at(9.2) - clock.now())
        with pytest.raises(bookings.NotYours):
            bookings.mark_no_show(booking.id, world.hoa)
        bookings.mark_no_show(booking.id, world.minh)
        clock_forward(HOUR)
        deliver()
        assert world.state(booking) == BookingState.NO_SHOW
        assert world.see(booking).missed_by == "client"
        assert not world.gate.refunds

    def test_an_expert_who_did_not_come_gives_everything_back(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(9.2) - clock.now())
        bookings.mark_no_show(booking.id, world.minh, missed_by="expert")
        deliver()
        assert world.see(booking).missed_by == "expert"
        assert world.gate.returned == [PRICE.minor]

    def test_not_after_a_week(
        self, world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(10, day=8) - clock.now())
        deliver()
        with pytest.raises(bookings.TooLate):
            bookings.mark_no_show(booking.id, world.minh)


class TestLists:
    def test_pages_go_through_everything_once(self, world: World, deliver: Deliver) -> None:
        made = []
        for hour in (8, 10, 12, 14, 16):
            made.append(world.booked(hour).id)
            deliver()
        found = []
        cursor = None
        with reading() as session:
            for _ in range(3):
                page = bookings.of_client(
                    session, world.cast.hoa, coming=True, cursor=cursor, limit=2
                )
                found += [one.id for one in page.items]
                cursor = page.next_cursor
            latest = bookings.of_client(session, world.cast.hoa, limit=2)
            second = bookings.of_client(session, world.cast.hoa, cursor=latest.next_cursor, limit=2)

        assert found == made
        assert cursor is None
        assert [one.id for one in [*latest.items, *second.items]] == made[:0:-1]

    def test_an_expert_sees_no_holds(self, world: World, booking: Booking) -> None:
        world.hold(12, world.browser())
        with reading() as session:
            found = bookings.of_expert(session, world.expert_id, world.at(0), world.at(24))
            page = bookings.page_of_expert(session, world.expert_id, coming=True)
        assert [one.id for one in found] == [booking.id] == [one.id for one in page.items]

    def test_every_change_is_in_the_history_and_the_audit(
        self, world: World, booking: Booking
    ) -> None:
        lines = world.lines(booking)
        with reading() as session:
            entries = session.query(AuditEntry).filter_by(subject_id=booking.id).all()
        assert lines == ["held", "payment_started", "paid"]
        assert sorted(one.action for one in entries) == sorted(f"bookings.{one}" for one in lines)


class TestImport:
    def test_past_and_coming_ones(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        def row(hour: float, state: BookingState, day: int) -> PastBooking:
            return PastBooking(
                service_id=world.services["plain"].id,
                expert_id=world.expert_id,
                expert_person_id=world.cast.minh,
                client_id=world.cast.hoa,
                starts_at=world.at(hour, day),
                ends_at=world.at(hour + 1, day),
                price=PRICE,
                service_name={"vi": "Tư vấn thuế"},
                state=state,
            )

        with transaction() as session:
            past, coming = bookings.import_past(
                session, [row(9, BookingState.COMPLETED, -40), row(9, BookingState.CONFIRMED, 0)]
            )
        assert not world.offered(9)
        with reading() as session:
            assert bookings.get(session, past).claim_id is None
        clock_forward(world.at(10) - clock.now())
        deliver()
        with reading() as session:
            assert bookings.get(session, coming).state == BookingState.COMPLETED
        with pytest.raises(bookings.SlotTaken), transaction() as session:
            clashing = [row(9 + part, BookingState.CONFIRMED, 3) for part in (0, 0.5)]
            bookings.import_past(session, clashing)


def test_the_service_of_a_gone_expert_cannot_be_held(world: World) -> None:
    with pytest.raises(experts.ServiceNotFound):
        bookings.hold(bookings.HoldWish(world.expert_id, world.at(9)), world.hoa)
