"""Other times: proposed by the expert, picked or refused by the client."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.domains.bookings.conftest import HOUR, PRICE, Deliver, Emitted, Forward, World

from cilis.domains import bookings
from cilis.domains.bookings import (
    Booking,
    BookingProposal,
    BookingState,
    ProposalState,
    queries,
    service,
)
from cilis.infra.db import reading
from cilis.kit import clock
from cilis.kit.errors import InvalidInput


@pytest.fixture
def booking(world: World, deliver: Deliver) -> Booking:
    """Nine o'clock on Monday, paid and confirmed."""
    made = world.booked(9)
    deliver()
    return world.see(made)


@pytest.fixture
def request_(world: World, deliver: Deliver) -> Booking:
    """Nine o'clock on Monday, paid; Minh has to say yes."""
    made = world.booked(9, service="asked")
    deliver()
    return world.see(made)


def propose(world: World, booking: Booking, *hours: float) -> BookingProposal:
    starts = [world.at(hour) for hour in hours]
    return bookings.propose(booking.id, starts, world.minh, "Tôi phải ra tòa lúc đó.")


def standing(booking: Booking) -> BookingProposal | None:
    with reading() as session:
        return bookings.standing_proposal(session, bookings.get(session, booking.id))


class TestPropose:
    def test_nothing_moves_before_the_client_picks(
        self, world: World, booking: Booking, emitted: Emitted
    ) -> None:
        found = propose(world, booking, 14, 11)
        assert world.see(booking).starts_at == world.at(9)
        assert world.offered(14)
        assert found.starts == [world.at(11), world.at(14)]
        told = next(one for one in emitted() if isinstance(one, bookings.BookingProposed))
        assert (told.proposal_id, told.by, told.answer_by) == (found.id, "expert", found.answer_by)
        assert world.lines(booking)[-1] == "proposed"

    def test_a_later_proposal_takes_the_place_of_the_earlier(
        self, world: World, booking: Booking
    ) -> None:
        first = propose(world, booking, 14)
        second = propose(world, booking, 15)
        now = standing(booking)
        assert now
        assert now.id == second.id
        with pytest.raises(bookings.ProposalOver):
            bookings.accept_proposal(booking.id, first.id, world.at(14), world.hoa)

    def test_the_same_one_sent_twice_is_one(
        self, world: World, booking: Booking, emitted: Emitted
    ) -> None:
        first = propose(world, booking, 11, 14)
        assert propose(world, booking, 14, 11).id == first.id
        assert sum(isinstance(one, bookings.BookingProposed) for one in emitted()) == 1

    @pytest.mark.parametrize(
        "hours", [(), (9,), (10, 11, 12, 13), (10, 10)], ids=["none", "same", "four", "twice"]
    )
    def test_one_to_three_other_times(
        self, world: World, booking: Booking, hours: tuple[float, ...]
    ) -> None:
        with pytest.raises(InvalidInput):
            propose(world, booking, *hours)

    def test_only_free_ones(self, world: World, booking: Booking) -> None:
        world.hold(14, world.browser())
        for hour in (14, 21):
            with pytest.raises(bookings.SlotNotOffered):
                propose(world, booking, hour)
        propose(world, booking, 9.5)  # overlaps only itself

    def test_by_the_expert_or_staff_for_what_is_agreed(
        self, world: World, booking: Booking, clock_forward: Forward
    ) -> None:
        with pytest.raises(bookings.NotYours):
            bookings.propose(booking.id, [world.at(14)], world.hoa)
        with pytest.raises(bookings.BookingNotFound):
            bookings.propose(booking.id, [world.at(14)], world.browser())
        with pytest.raises(bookings.BookingNotFound):
            propose(world, world.hold(12), 14)
        bookings.propose(booking.id, [world.at(14)], world.lan)
        clock_forward(world.at(8.75) - clock.now())
        with pytest.raises(bookings.TooLate):
            propose(world, booking, 14)


class TestAnswer:
    def test_picking_moves_the_session(
        self, world: World, booking: Booking, emitted: Emitted
    ) -> None:
        found = propose(world, booking, 11, 14)
        with pytest.raises(bookings.NotYours):
            bookings.accept_proposal(booking.id, found.id, world.at(14), world.minh)
        with pytest.raises(InvalidInput):
            bookings.accept_proposal(booking.id, found.id, world.at(15), world.hoa)
        for _ in range(2):
            bookings.accept_proposal(booking.id, found.id, world.at(14), world.hoa)
        seen = world.see(booking)
        assert (seen.starts_at, seen.sequence) == (world.at(14), 1)
        assert world.offered(9)
        told = [one for one in emitted() if isinstance(one, bookings.BookingMoved)]
        assert [(one.by, one.old_starts_at) for one in told] == [("expert", world.at(9))]
        assert standing(booking) is None
        preview = service.preview(seen, world.at(13), "client")
        assert preview.full_because == "moved_by_expert"

    def test_the_expert_s_own_notice_does_not_stand_in_the_way(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(world.at(4) - clock.now())
        request_ = world.booked(9, service="asked")
        deliver()
        found = propose(world, request_, 10)
        clock_forward(world.at(8.5) - clock.now())  # less than two hours before ten
        bookings.accept_proposal(request_.id, found.id, world.at(10), world.hoa)
        assert world.see(request_).starts_at == world.at(10)

    def test_a_request_is_confirmed_thereby(
        self, world: World, request_: Booking, deliver: Deliver, emitted: Emitted
    ) -> None:
        found = propose(world, request_, 14)
        assert world.see(request_).answer_by == found.answer_by
        bookings.accept_proposal(request_.id, found.id, world.at(14), world.hoa)
        deliver()
        assert world.state(request_) == BookingState.CONFIRMED
        assert world.offered(9)
        assert not world.gate.refunds
        assert sum(isinstance(one, bookings.BookingConfirmed) for one in emitted()) == 1
        assert not any(isinstance(one, bookings.BookingMoved) for one in emitted())

    def test_a_taken_time_leaves_everything_as_it_was(self, world: World, booking: Booking) -> None:
        found = propose(world, booking, 14, 16)
        world.hold(14, world.browser())
        with pytest.raises(bookings.SlotTaken):
            bookings.accept_proposal(booking.id, found.id, world.at(14), world.hoa)
        assert standing(booking)
        assert not world.offered(9)
        bookings.accept_proposal(booking.id, found.id, world.at(16), world.hoa)

    def test_refused_a_session_stays_where_it_is(
        self, world: World, booking: Booking, emitted: Emitted
    ) -> None:
        found = propose(world, booking, 14)
        for _ in range(2):
            bookings.refuse_proposal(booking.id, found.id, world.hoa)
        assert world.see(booking).starts_at == world.at(9)
        assert world.state(booking) == BookingState.CONFIRMED
        told = [one for one in emitted() if isinstance(one, bookings.BookingProposalClosed)]
        assert [one.why for one in told] == ["refused"]

    def test_refused_a_request_ends_and_is_paid_back(
        self, world: World, request_: Booking, deliver: Deliver
    ) -> None:
        found = propose(world, request_, 14)
        bookings.refuse_proposal(request_.id, found.id, world.hoa, "Không hợp")
        deliver()
        assert world.state(request_) == BookingState.CANCELLED
        assert world.gate.returned == [PRICE.minor]

    def test_silence_ends_a_request_and_pays_back(
        self, world: World, request_: Booking, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(12 * HOUR)
        found = propose(world, request_, 14)
        assert found.answer_by - clock.now() > 23 * HOUR
        clock_forward(13 * HOUR)  # past the expert's own time
        deliver()
        assert world.state(request_) == BookingState.PENDING
        clock_forward(found.answer_by - clock.now() + timedelta(seconds=1))
        deliver()
        assert world.state(request_) == BookingState.CANCELLED
        assert world.gate.returned == [PRICE.minor]
        with pytest.raises(bookings.ProposalOver):
            bookings.accept_proposal(request_.id, found.id, world.at(14), world.hoa)

    def test_the_expert_takes_it_back_or_accepts_after_all(
        self, world: World, request_: Booking
    ) -> None:
        found = propose(world, request_, 14)
        with pytest.raises(bookings.NotYours):
            bookings.withdraw_proposal(request_.id, found.id, world.hoa)
        bookings.withdraw_proposal(request_.id, found.id, world.minh)
        assert standing(request_) is None
        again = propose(world, request_, 15)
        bookings.accept(request_.id, world.minh)
        with pytest.raises(bookings.ProposalOver):
            bookings.accept_proposal(request_.id, again.id, world.at(15), world.hoa)
        assert world.see(request_).starts_at == world.at(9)

    def test_moved_or_cancelled_meanwhile(self, world: World, booking: Booking) -> None:
        first = propose(world, booking, 14)
        bookings.reschedule(booking.id, world.at(17), world.hoa)
        with pytest.raises(bookings.ProposalOver):
            bookings.accept_proposal(booking.id, first.id, world.at(14), world.hoa)
        propose(world, booking, 14)
        bookings.cancel(booking.id, world.hoa)
        assert standing(booking) is None
        with reading() as session:
            found = queries.proposals_of(session, booking.id)
        assert {one.state for one in found} == {ProposalState.OVERTAKEN}

    def test_of_another_booking(self, world: World, booking: Booking, deliver: Deliver) -> None:
        other = world.booked(12)
        deliver()
        found = propose(world, other, 14)
        with pytest.raises(bookings.ProposalNotFound):
            bookings.accept_proposal(booking.id, found.id, world.at(14), world.hoa)
