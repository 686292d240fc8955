"""Hours kept for one way of meeting, as bookings meet them: refused like any closed hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.domains.bookings.conftest import HOUR, Deliver, World

from cilis.domains import bookings, experts, scheduling, tenants
from cilis.domains.bookings import MoveWish, PastBooking, SlotNotOffered
from cilis.domains.experts import ServiceMode
from cilis.domains.scheduling import Reason, Venue, WeeklyRule
from cilis.domains.tenants import Rules
from cilis.infra.db import reading, transaction

CLINIC, SCHOOL = "12 Lê Lợi, Huế", "3 Trần Phú, Đà Nẵng"
AT_THE_CLINIC = Venue("in_person", CLINIC)
AT_THE_SCHOOL = Venue("in_person", SCHOOL)


def wish(name: str, **more: object) -> experts.ServiceWish:
    values: dict[str, object] = {"minutes": 60, "price_minor": 500_000, "notice_minutes": 0}
    return experts.ServiceWish(names={"vi": name}, **{**values, **more})  # type: ignore[arg-type]


@pytest.fixture
def world(world: World) -> World:
    """Mornings are for everything, afternoons for the clinic alone, evenings for the school."""
    with transaction() as session:
        known = tenants.organization(session)
        rules = Rules(other_service=True, moves=9)
        tenants.save_organization(session, replace(known, rules=rules))
    tenants.forget_organizations()
    held = {"mode": ServiceMode.IN_PERSON, "place": CLINIC}
    for name, found in (("clinic", wish("Khám", **held)), ("other", wish("Video khác"))):
        world.services[name] = experts.add_service(found, world.minh).terms
    week = [
        rule
        for day in range(7)
        for rule in (
            WeeklyRule(day, 8 * 60, 12 * 60),
            WeeklyRule(day, 13 * 60, 17 * 60).kept_for(AT_THE_CLINIC),
            WeeklyRule(day, 18 * 60, 20 * 60).kept_for(AT_THE_SCHOOL),
        )
    ]
    with transaction() as session:
        scheduling.import_hours(session, world.expert_id, week)
    return world


def refused(act: Callable[[], object], world: World, *free: float) -> None:
    """Not offered, and what is near is really free for this service."""
    with pytest.raises(SlotNotOffered) as refusal:
        act()
    assert refusal.value.code == "slot_not_offered"
    near = refusal.value.values["near"]
    assert near
    assert set(near) <= {world.at(hour).isoformat() for hour in free}


MORNING = [8 + quarter / 4 for quarter in range(13)]


def test_a_video_service_is_not_held_in_hours_of_the_clinic(world: World) -> None:
    refused(lambda: world.hold(14), world, *MORNING)
    refused(lambda: world.hold(11.5), world, *MORNING)  # runs into what is closed
    refused(lambda: world.hold(18, service="clinic"), world, *[13 + n / 4 for n in range(13)])
    assert world.hold(14, service="clinic").place == CLINIC
    assert world.hold(8).mode == "video"


def test_it_is_not_moved_there_nor_proposed_nor_changed(world: World, deliver: Deliver) -> None:
    booking = world.booked(9)
    deliver()
    refused(lambda: bookings.reschedule(booking.id, world.at(14), world.hoa), world, *MORNING)
    refused(lambda: bookings.propose(booking.id, [world.at(14)], world.minh), world, *MORNING)
    other = MoveWish(world.services["other"].id, world.at(14))
    refused(lambda: bookings.change_service(booking.id, other, world.hoa), world, *MORNING)
    assert world.see(booking).starts_at == world.at(9)
    bookings.reschedule(booking.id, world.at(10), world.hoa)
    assert world.see(booking).starts_at == world.at(10)


def test_what_is_booked_stays_when_its_hours_are_kept_for_others(
    world: World, deliver: Deliver
) -> None:
    booking = world.booked(9)
    deliver()
    week = [WeeklyRule(day, 8 * 60, 12 * 60).kept_for(AT_THE_CLINIC) for day in range(7)]
    scheduling.set_week(world.expert_id, week)
    assert world.see(booking).state == bookings.BookingState.CONFIRMED
    with pytest.raises(SlotNotOffered):
        bookings.reschedule(booking.id, world.at(10), world.hoa)


def test_a_session_moves_at_the_place_that_was_agreed(world: World, deliver: Deliver) -> None:
    """The service has gone to the school since; this client still comes to the clinic."""
    booking = world.booked(13, service="clinic")
    deliver()
    moved = wish("Khám", mode=ServiceMode.IN_PERSON, place=SCHOOL)
    experts.edit_service(world.services["clinic"].id, moved, world.minh)
    booking = world.see(booking)
    with reading() as session:
        terms = bookings.terms_of(session, booking)
        assert (terms.mode, terms.place) == (ServiceMode.IN_PERSON, CLINIC)
        (why,) = scheduling.explain(session, terms, world.at(18)).against
        assert (why.reason, why.venue) == (Reason.OTHER_VENUE, AT_THE_SCHOOL)
    with pytest.raises(SlotNotOffered):
        bookings.reschedule(booking.id, world.at(18), world.hoa)
    bookings.reschedule(booking.id, world.at(15), world.hoa)
    seen = world.see(booking)
    assert (seen.starts_at, seen.ends_at, seen.place) == (world.at(15), world.at(15) + HOUR, CLINIC)


def test_an_imported_session_keeps_how_and_where_it_was_held(world: World) -> None:
    terms = world.services["clinic"]
    past = PastBooking(
        service_id=terms.id, expert_id=terms.expert_id, expert_person_id=world.cast.minh,
        client_id=world.cast.hoa, starts_at=world.at(13, -30), ends_at=world.at(14, -30),
        price=terms.price, service_name=terms.name, mode=terms.mode.value, place=terms.place,
    )  # fmt: skip
    with transaction() as session:
        (made,) = bookings.import_past(session, [past])
    with reading() as session:
        found = bookings.get(session, made)
    assert (found.mode, found.place) == ("in_person", CLINIC)
