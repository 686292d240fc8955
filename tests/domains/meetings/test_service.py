from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from tests.domains.meetings.conftest import HOUR, SECRET, World

from cilis.domains import bookings, extensions, meetings
from cilis.domains.meetings import queries, service
from cilis.infra import outbox
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import Event
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import ids

MINUTE = timedelta(minutes=1)


def claims(address: str) -> dict[str, object]:
    (token,) = parse_qs(urlsplit(address).query)["jwt"]
    return dict(jwt.decode(token, OctKey.import_key(SECRET), algorithms=["HS256"]).claims)


def meeting(booking_id: UUID) -> meetings.Meeting:
    with reading() as session:
        return meetings.of_bookings(session, [booking_id])[booking_id]


def test_a_confirmed_booking_gets_its_room(world: World) -> None:
    booking = world.book()
    found = meeting(booking.id)
    assert (found.state, found.provider) == (meetings.MeetingState.OPEN, "jitsi")
    assert (found.starts_at, found.ends_at) == (booking.starts_at, booking.ends_at)
    assert len(found.room) >= 20
    assert "minh" not in found.room.lower()


def test_expert_and_client_enter_the_same_room_in_their_roles(world: World) -> None:
    booking = world.book()
    world.go_to(booking.starts_at - 5 * MINUTE)
    found = {}
    for name, moderator in (("minh", "true"), ("hoa", "false")):
        address = meetings.join(booking.id, world.viewer(name))
        found[name] = claims(address)
        user = found[name]["context"]["user"]  # type: ignore[index]
        assert user["moderator"] == moderator
        assert user["email"] == ""
        assert "@" not in address
    assert found["minh"]["room"] == found["hoa"]["room"] == meeting(booking.id).room
    opens_at = booking.starts_at - 10 * MINUTE
    assert found["hoa"]["nbf"] == int(opens_at.timestamp())
    assert found["hoa"]["exp"] == int((booking.ends_at + 30 * MINUTE).timestamp())
    with reading() as session:
        assert [join.role for join in meetings.joins_of(session, booking.id)] == ["host", "guest"]


@pytest.mark.parametrize(
    ("minutes", "allowed"), [(-11, False), (-10, True), (0, True), (59, True), (60, False)]
)
def test_the_room_is_open_around_the_session_only(
    world: World, minutes: int, allowed: bool
) -> None:
    booking = world.book()  # half an hour long
    world.go_to(booking.starts_at + minutes * MINUTE + timedelta(seconds=1))
    if allowed:
        assert meetings.join(booking.id, world.viewer("hoa")).startswith("http")
        return
    refusal = meetings.NotYet if minutes < 0 else meetings.MeetingOver
    with pytest.raises(refusal):
        meetings.join(booking.id, world.viewer("hoa"))


@pytest.mark.parametrize("name", ["lan", "khang"])
def test_nobody_else_enters(world: World, name: str, other_tenant: Tenant) -> None:
    booking = world.book()
    world.go_to(booking.starts_at)
    with pytest.raises((meetings.MeetingNotFound, bookings.BookingNotFound)):
        meetings.join(booking.id, world.viewer(name))
    with serving(other_tenant), pytest.raises(bookings.BookingNotFound):
        meetings.join(booking.id, world.viewer("khang"))
    with pytest.raises(bookings.BookingNotFound):
        meetings.join(ids.new(), world.viewer("hoa"))


def test_two_bookings_have_two_rooms(world: World) -> None:
    first, second = world.book(10), world.book(11)
    assert meeting(first.id).room != meeting(second.id).room


def test_a_moved_booking_moves_its_window(world: World) -> None:
    booking = world.book()
    room = meeting(booking.id).room
    bookings.reschedule(booking.id, booking.starts_at + 24 * HOUR, world.viewer("lan"), "x")
    world.deliver()
    found = meeting(booking.id)
    assert (found.room, found.starts_at) == (room, booking.starts_at + 24 * HOUR)
    world.go_to(booking.starts_at)
    with pytest.raises(meetings.NotYet):
        meetings.join(booking.id, world.viewer("hoa"))


def test_a_cancelled_booking_has_no_room(world: World) -> None:
    booking = world.book()
    bookings.cancel(booking.id, world.viewer("hoa"))
    world.deliver()
    assert meeting(booking.id).state == meetings.MeetingState.CLOSED
    world.go_to(booking.starts_at)
    with pytest.raises(meetings.MeetingOver):
        meetings.join(booking.id, world.viewer("hoa"))
    service.open_room(booking.id)  # a late delivery opens nothing
    assert meeting(booking.id).state == meetings.MeetingState.CLOSED


def test_deliveries_may_repeat(world: World) -> None:
    booking = world.book()
    before = meeting(booking.id)
    for _ in range(3):
        service.open_room(booking.id)
    after = meeting(booking.id)
    assert (after.id, after.room, after.state) == (before.id, before.room, before.state)


def test_without_a_provider_the_room_comes_when_there_is_one(world: World) -> None:
    world.switch_on(on=False)
    booking = world.book()
    assert meeting(booking.id).state == meetings.MeetingState.PLANNED
    world.go_to(booking.starts_at)
    with pytest.raises(meetings.MeetingNotReady):
        meetings.join(booking.id, world.viewer("hoa"))
    world.switch_on()
    assert meetings.join(booking.id, world.viewer("hoa")).startswith("http")


def test_a_provider_that_went_away_is_a_clear_refusal(world: World) -> None:
    booking = world.book()
    world.go_to(booking.starts_at)
    world.switch_on(on=False)
    with pytest.raises(meetings.MeetingNotReady):
        meetings.join(booking.id, world.viewer("hoa"))


@pytest.mark.parametrize("on", [True, False])
def test_a_room_of_a_provider_that_is_off_is_made_anew(world: World, on: bool) -> None:
    booking = world.book()
    with transaction() as session:
        lost = queries.of_booking(session, booking.id, lock=True)
        assert lost
        lost.provider, lost.room = "gone", "https://gone.example/1"
    world.go_to(booking.starts_at)
    with pytest.raises(meetings.MeetingNotReady):
        meetings.join(booking.id, world.viewer("hoa"))
    with transaction() as session:
        told = extensions.ExtensionSwitched(kind="meetings", key="gone", is_on=on)
        outbox.emit(session, told)
    world.deliver()
    assert meeting(booking.id).provider == "jitsi"
    assert meetings.join(booking.id, world.viewer("hoa")).startswith("http")


def test_who_meets_elsewhere_needs_no_room(world: World) -> None:
    booking = world.book()
    with transaction() as session:
        held = bookings.get(session, booking.id)
        held.mode, held.place = "phone", "+84 28 3822 0000"
    world.go_to(booking.starts_at)
    with pytest.raises(meetings.MeetingNotFound):
        meetings.join(booking.id, world.viewer("hoa"))


def test_the_other_one_hears_who_went_in(world: World, emitted: Callable[[], list[Event]]) -> None:
    booking = world.book()
    world.go_to(booking.starts_at)
    meetings.join(booking.id, world.viewer("hoa"))
    told = [one for one in emitted() if isinstance(one, meetings.MeetingJoined)]
    assert [(one.person_id, one.other_person_id) for one in told] == [
        (world.cast.hoa, world.cast.minh)
    ]
