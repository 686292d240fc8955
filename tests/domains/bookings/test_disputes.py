"""When the two sides disagree about a session."""

from __future__ import annotations

import pytest
from tests.domains.bookings.conftest import HOUR, PRICE, Deliver, Emitted, Forward, World

from cilis.domains import bookings
from cilis.domains.bookings import Booking, BookingState, Outcome, Search
from cilis.infra.db import reading
from cilis.kit import clock
from cilis.kit.errors import InvalidInput


@pytest.fixture
def booking(world: World, deliver: Deliver, clock_forward: Forward) -> Booking:
    """A session that ended an hour ago."""
    made = world.booked(9)
    deliver()
    clock_forward(world.at(11) - clock.now())
    deliver()
    return world.see(made)


def waiting(world: World) -> int:
    with reading() as session:
        return len(bookings.find(session, world.lan, Search(disputed=True)).items)


def test_the_client_objects_and_staff_pays_back(
    world: World, booking: Booking, deliver: Deliver, emitted: Emitted
) -> None:
    with pytest.raises(InvalidInput):
        bookings.dispute(booking.id, world.hoa, " ")
    with pytest.raises(bookings.NotYours):
        bookings.dispute(booking.id, world.minh, "x")
    for _ in range(2):
        bookings.dispute(booking.id, world.hoa, "Không ai vào phòng")
    assert world.state(booking) == BookingState.COMPLETED  # a person decides
    assert waiting(world) == 1
    assert sum(isinstance(one, bookings.BookingDisputed) for one in emitted()) == 1

    with pytest.raises(bookings.NotYours):
        bookings.decide(booking.id, Outcome.TOOK_PLACE, world.minh, "x")
    bookings.decide(booking.id, Outcome.EXPERT_MISSED, world.lan, "Chuyên gia xác nhận")
    deliver()
    seen = world.see(booking)
    assert (seen.state, seen.missed_by) == (BookingState.NO_SHOW, "expert")
    assert world.gate.returned == [PRICE.minor]
    assert waiting(world) == 0
    told = next(one for one in emitted() if isinstance(one, bookings.BookingDecided))
    assert (told.outcome, told.refund_minor) == ("expert_missed", PRICE.minor)
    with pytest.raises(bookings.NotPossibleNow):
        bookings.dispute(booking.id, world.hoa, "noch einmal")


def test_a_client_who_was_there_after_all(world: World, booking: Booking, deliver: Deliver) -> None:
    bookings.mark_no_show(booking.id, world.minh)
    bookings.dispute(booking.id, world.hoa, "Tôi đã ở trong phòng")
    bookings.decide(booking.id, Outcome.TOOK_PLACE, world.lan, "Cả hai đã vào")
    deliver()
    seen = world.see(booking)
    assert (seen.state, seen.missed_by) == (BookingState.COMPLETED, None)
    assert not world.gate.refunds
    assert world.lines(booking)[-3:] == ["no_show", "disputed", "decided"]
    with pytest.raises(bookings.SessionDecided):
        bookings.dispute(booking.id, world.hoa, "once more")
    with pytest.raises(bookings.NotPossibleNow):  # the expert does not overrule the decision
        bookings.mark_no_show(booking.id, world.minh)


def test_the_no_show_stands(world: World, booking: Booking) -> None:
    bookings.mark_no_show(booking.id, world.minh)
    bookings.dispute(booking.id, world.hoa, "x")
    bookings.decide(booking.id, Outcome.CLIENT_MISSED, world.lan, "y")
    seen = world.see(booking)
    assert (seen.state, seen.missed_by, seen.disputed_at) == (BookingState.NO_SHOW, "client", None)
    with pytest.raises(bookings.SessionDecided):  # there is no second round
        bookings.dispute(booking.id, world.hoa, "once more")
    assert waiting(world) == 0


def test_within_a_week_and_about_a_session_only(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    other = world.hold(15)
    with pytest.raises(bookings.NotPossibleNow):
        bookings.dispute(other.id, world.hoa, "x")
    with pytest.raises(bookings.NotPossibleNow):
        bookings.decide(booking.id, Outcome.TOOK_PLACE, world.lan, "x")
    clock_forward(8 * 24 * HOUR)
    with pytest.raises(bookings.TooLate):
        bookings.dispute(booking.id, world.hoa, "x")


def test_an_expert_who_admits_it_settles_the_matter(
    world: World, booking: Booking, deliver: Deliver
) -> None:
    bookings.dispute(booking.id, world.hoa, "Không ai vào phòng")
    bookings.mark_no_show(booking.id, world.minh, "Tôi quên", missed_by="expert")
    deliver()
    seen = world.see(booking)
    assert (seen.missed_by, seen.disputed_at, seen.refund_minor) == ("expert", None, PRICE.minor)
    assert waiting(world) == 0
    with pytest.raises(bookings.NotPossibleNow):
        bookings.decide(booking.id, Outcome.CLIENT_MISSED, world.lan, "x")
    assert world.gate.returned == [PRICE.minor]


def test_the_opposite_word_is_no_repeat(world: World, booking: Booking, deliver: Deliver) -> None:
    bookings.mark_no_show(booking.id, world.minh)
    bookings.mark_no_show(booking.id, world.minh)  # a repeat changes nothing
    with pytest.raises(bookings.NotPossibleNow):
        bookings.mark_no_show(booking.id, world.lan, "gọi điện", missed_by="expert")
    deliver()
    assert world.see(booking).missed_by == "client"
    assert not world.gate.refunds


def test_what_staff_calls_off_needs_no_finding(
    world: World, deliver: Deliver, clock_forward: Forward
) -> None:
    booking = world.booked(9)
    deliver()
    clock_forward(world.at(9.5) - clock.now())
    bookings.dispute(booking.id, world.hoa, "Không ai vào phòng")
    bookings.cancel(booking.id, world.lan, "Chuyên gia ốm")
    deliver()
    assert world.state(booking) == BookingState.CANCELLED
    assert waiting(world) == 0
    assert world.gate.returned == [PRICE.minor]
