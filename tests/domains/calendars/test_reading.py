"""A connected calendar: read again and again, unread, closed, opened, changed, let go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from tests.support.calendar_server import CalendarFile, event, file_of

from cilis.domains import bookings, calendars, experts, scheduling
from cilis.domains.calendars import Address, CalendarKind, Change, WhenUnread, Wish
from cilis.domains.calendars import service as calendar_service
from cilis.domains.calendars.events import FreshnessChanged, ReadingDue
from cilis.domains.calendars.models import CalendarConnection
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import Event
from cilis.infra.tenancy import current_tenant
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.testing.scene import Scene

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
Deliver = Callable[[], int]
Forward = Callable[[timedelta], None]
Emitted = Callable[[], list[Event]]


def noon(days: int = 3) -> datetime:
    return (clock.now() + timedelta(days=days)).replace(hour=12, minute=0, second=0, microsecond=0)


def wish(file: CalendarFile, **more: Any) -> Wish:
    return Wish(CalendarKind.ICS, "Klinik", Address(file.url), **more)


def offered(scene: Scene, start: datetime) -> bool:
    with reading() as session:
        terms = experts.service_terms(session, scene.service)
        return scheduling.is_offered(session, terms, start)


def see(scene: Scene) -> calendars.Connection:
    with reading() as session:
        (found,) = calendars.of_expert(session, scene.expert)
    return found


@pytest.fixture
def at() -> datetime:
    return noon()


@pytest.fixture
def connected(scene: Scene, file: CalendarFile, at: datetime) -> UUID:
    """A calendar that takes the hour at noon in three days."""
    file.content = file_of(event("one", at, at + HOUR))
    return calendars.connect(wish(file), scene.viewer("expert"))


def test_connecting_takes_the_time_at_once(scene: Scene, file: CalendarFile, at: datetime) -> None:
    file.content = file_of(event("one", at, at + HOUR))
    assert offered(scene, at)
    calendars.connect(wish(file), scene.viewer("expert"))
    assert not offered(scene, at)
    assert offered(scene, at + HOUR)
    found = see(scene)
    assert (found.host, found.entries, found.skipped, found.is_fresh) == ("127.0.0.1", 1, 0, True)
    with pytest.raises(bookings.SlotNotOffered):
        bookings.hold(bookings.HoldWish(scene.service, at), scene.viewer("client"))


def test_an_entry_made_elsewhere_takes_the_hour_within_a_minute(
    scene: Scene, file: CalendarFile, connected: UUID, at: datetime, deliver: Deliver,
    clock_forward: Forward,
) -> None:  # fmt: skip
    other = at + 5 * HOUR
    file.content = file_of(event("two", other, other + HOUR))
    deliver()
    assert offered(scene, other)
    clock_forward(45 * timedelta(seconds=1))
    deliver()
    assert not offered(scene, other)
    assert offered(scene, at)
    assert see(scene).id == connected


def test_what_has_not_changed_is_not_written_again(
    scene: Scene, file: CalendarFile, connected: UUID, deliver: Deliver, clock_forward: Forward,
    emitted: Emitted,
) -> None:  # fmt: skip
    before = sum(isinstance(one, scheduling.HoursChanged) for one in emitted())
    for _ in range(3):
        clock_forward(MINUTE)
        deliver()
    assert len(file.asked) == 4
    assert sum(isinstance(one, scheduling.HoursChanged) for one in emitted()) == before
    assert clock.now() - see(scene).read_at < MINUTE
    assert connected
    # timers that rang are not kept: they would fill the outbox
    assert sum(isinstance(one, ReadingDue) for one in emitted()) == 1


def test_a_lost_or_repeated_timer_reads_nothing_twice(
    scene: Scene, file: CalendarFile, connected: UUID, deliver: Deliver, clock_forward: Forward
) -> None:
    clock_forward(MINUTE)
    calendars.refresh(connected, scene.viewer("expert"))  # the timer that is due stands for nothing
    asked = len(file.asked)
    deliver()
    assert len(file.asked) == asked
    with transaction() as session:
        session.execute(sa.update(CalendarConnection).values(due_at=clock.now() - 3 * HOUR))
    assert calendar_service.wake_forgotten() == 1
    deliver()
    assert len(file.asked) == asked + 1
    assert calendar_service.wake_forgotten() == 0


class TestUnread:
    def test_pauses_grow_up_to_a_quarter_of_an_hour(
        self, scene: Scene, file: CalendarFile, connected: UUID, deliver: Deliver,
        clock_forward: Forward,
    ) -> None:  # fmt: skip
        file.status = 500
        pauses = []
        for _ in range(8):
            clock_forward(see(scene).due_at - clock.now() + timedelta(seconds=1))
            deliver()
            found = see(scene)
            pauses.append(round((found.due_at - found.tried_at).total_seconds()))
        assert pauses == [40, 80, 160, 320, 640, 900, 900, 900]
        assert found.reason == "calendar_server_fails"
        file.status = 200
        calendars.refresh(connected, scene.viewer("expert"))
        assert see(scene).is_fresh

    def test_open_keeps_what_was_read_and_closes_nothing(
        self, scene: Scene, file: CalendarFile, connected: UUID, at: datetime, deliver: Deliver,
        clock_forward: Forward,
    ) -> None:  # fmt: skip
        file.status = 404
        clock_forward(timedelta(days=1))
        deliver()
        assert not offered(scene, at)
        assert offered(scene, at + HOUR)
        with reading() as session:
            (unread,) = calendars.unread(session, scene.expert)
        assert (unread.id, unread.reason, unread.closes_at) == (
            connected,
            "calendar_not_there",
            None,
        )

    def test_closed_offers_nothing_after_so_many_minutes_until_it_is_read(
        self, scene: Scene, file: CalendarFile, at: datetime, deliver: Deliver,
        clock_forward: Forward,
    ) -> None:  # fmt: skip
        file.content, file.etag = file_of(event("one", at, at + HOUR)), '"same"'
        closed = WhenUnread.CLOSED
        made = calendars.connect(
            wish(file, when_unread=closed, patience_minutes=30), scene.viewer("expert")
        )
        file.status, file.etag = 503, '"other"'
        clock_forward(MINUTE)
        deliver()
        found = see(scene)
        assert found.closes_at == found.read_at + 30 * MINUTE
        assert offered(scene, at + HOUR)
        # the pauses between tries have grown past that moment; a timer of its own keeps it
        clock_forward(found.closes_at - clock.now() - 2 * timedelta(seconds=1))
        deliver()
        assert offered(scene, at + HOUR)
        clock_forward(4 * timedelta(seconds=1))
        deliver()
        assert not offered(scene, at + HOUR)
        assert not offered(scene, at + timedelta(days=20))
        assert see(scene).closed_at is not None
        file.status, file.etag = 200, '"same"'  # nothing has changed there meanwhile
        calendars.refresh(made, scene.viewer("expert"))
        assert offered(scene, at + HOUR)
        assert not offered(scene, at)
        assert see(scene).closed_at is None

    def test_open_pages_are_told_of_a_change_and_not_of_each_reading(
        self, scene: Scene, file: CalendarFile, connected: UUID, deliver: Deliver, emitted: Emitted
    ) -> None:
        viewer, told = scene.viewer("expert"), []
        for status, change in (
            (200, Change()),
            (500, Change()),  # told: it cannot be read
            (500, Change()),
            (500, Change(when_unread=WhenUnread.CLOSED)),
            (404, Change()),  # told: for another reason
            (200, Change()),  # told: it can be read again
            (200, Change(name="Praxis")),
        ):
            deliver()
            file.status = status
            calendars.change(connected, change, viewer)
            calendars.refresh(connected, viewer)
            found = [one for one in emitted() if isinstance(one, FreshnessChanged)]
            assert all(one.expert_id == scene.expert for one in found)
            told.append(len(found))
        assert told == [0, 1, 0, 0, 1, 1, 0]

    def test_changing_ones_mind_while_it_is_unread(
        self, scene: Scene, file: CalendarFile, connected: UUID, at: datetime, deliver: Deliver,
        clock_forward: Forward,
    ) -> None:  # fmt: skip
        viewer = scene.viewer("expert")
        file.status = 503
        clock_forward(HOUR)
        deliver()
        closed = Change(when_unread=WhenUnread.CLOSED, patience_minutes=10)
        calendars.change(connected, closed, viewer)
        assert not offered(scene, at + HOUR)
        calendars.change(connected, Change(patience_minutes=120), viewer)
        assert offered(scene, at + HOUR)
        calendars.change(connected, Change(patience_minutes=10), viewer)
        assert not offered(scene, at + HOUR)
        calendars.change(connected, Change(when_unread=WhenUnread.OPEN), viewer)
        assert offered(scene, at + HOUR)

    def test_nothing_a_file_holds_ends_the_readings(
        self, scene: Scene, file: CalendarFile, connected: UUID, at: datetime, deliver: Deliver,
        clock_forward: Forward,
    ) -> None:  # fmt: skip
        file.content = b"\x00" * 5000
        clock_forward(MINUTE)
        deliver()
        assert see(scene).reason == "calendar_no_calendar"
        assert not offered(scene, at)
        file.content = file_of()
        clock_forward(MINUTE)
        deliver()
        assert see(scene).is_fresh
        assert offered(scene, at)
        assert connected


def test_our_own_sessions_that_come_back_are_not_counted(
    scene: Scene, file: CalendarFile, at: datetime
) -> None:
    booking = bookings.hold(bookings.HoldWish(scene.service, at), scene.viewer("client"))
    uid = f"{booking.id.hex}@{current_tenant().host}"
    strange = f"{uuid4().hex}@{current_tenant().host}"
    later = at + 4 * HOUR
    # elsewhere it still stands where it was before it was moved
    file.content = file_of(
        event(uid, later, later + HOUR), event(strange, at + 8 * HOUR, at + 9 * HOUR)
    )
    calendars.connect(wish(file), scene.viewer("expert"))
    assert offered(scene, later)
    assert not offered(scene, at + 8 * HOUR)
    assert see(scene).entries == 1


def test_whole_days_move_with_the_experts_zone(
    scene: Scene, file: CalendarFile, deliver: Deliver, clock_forward: Forward
) -> None:
    day = (clock.now() + timedelta(days=5)).date()
    lines = f"BEGIN:VEVENT\r\nUID:d\r\nDTSTART;VALUE=DATE:{day:%Y%m%d}\r\nEND:VEVENT\r\n"
    file.content, file.etag = file_of(lines), '"same"'
    calendars.connect(wish(file), scene.viewer("expert"))

    def begins() -> int:
        window = (clock.now(), clock.now() + timedelta(days=9))
        with reading() as session:
            found = scheduling.entries(session, scene.expert, "UTC", window)
        (one,) = [one for one in found if one.kind == scheduling.EntryKind.OUTSIDE]
        return one.starts_at.hour

    assert begins() == 17  # midnight in Hà Nội
    change = experts.ProfileChange(time_zone="America/New_York")
    experts.edit_profile(change, scene.viewer("expert"))
    deliver()
    clock_forward(timedelta(seconds=2))
    deliver()
    assert begins() in {4, 5}


class TestChanges:
    def test_name_and_log_in(
        self, scene: Scene, file: CalendarFile, connected: UUID, deliver: Deliver
    ) -> None:
        calendars.change(
            connected, Change(name="Praxis", user="minh", password="pw"), scene.viewer("expert")
        )
        deliver()
        assert file.asked[-1]["authorization"].startswith("Basic ")
        assert see(scene).name == "Praxis"
        window = (clock.now(), clock.now() + timedelta(days=9))
        with reading() as session:
            found = scheduling.entries(session, scene.expert, "UTC", window)
            row = session.get(CalendarConnection, connected)
            assert row is not None
            assert "private-key" not in row.secret
        assert {one.label for one in found if one.source_id} == {"Praxis"}

    def test_disconnecting_gives_the_time_back(
        self, scene: Scene, connected: UUID, at: datetime, deliver: Deliver, clock_forward: Forward
    ) -> None:
        calendars.disconnect(connected, scene.viewer("expert"))
        assert offered(scene, at)
        clock_forward(MINUTE)
        deliver()  # the timers find nobody
        with pytest.raises(calendars.CalendarNotFound):
            calendars.disconnect(connected, scene.viewer("expert"))

    def test_nobody_elses(self, scene: Scene, connected: UUID) -> None:
        for role in ("client", "admin"):
            viewer = scene.viewer(role)
            for act in (
                lambda viewer=viewer: calendars.disconnect(connected, viewer),
                lambda viewer=viewer: calendars.change(connected, Change(name="x"), viewer),
            ):
                with pytest.raises(calendars.CalendarNotFound):
                    act()
            with pytest.raises(experts.NotAnExpert):
                calendars.refresh(connected, viewer)


class TestRefused:
    def test_what_cannot_be_read_is_not_kept(self, scene: Scene, file: CalendarFile) -> None:
        file.status = 404
        with pytest.raises(calendars.CalendarUnreadable) as refusal:
            calendars.connect(wish(file), scene.viewer("expert"))
        assert refusal.value.reason == "calendar_not_there"
        with reading() as session:
            assert not calendars.of_expert(session, scene.expert)

    @pytest.mark.parametrize(
        ("more", "field"),
        [({"name": " "}, "name"), ({"name": "x" * 81}, "name"),
         ({"patience_minutes": 4}, "patience_minutes"),
         ({"patience_minutes": 10_081}, "patience_minutes")],
    )  # fmt: skip
    def test_what_makes_no_sense(
        self, scene: Scene, file: CalendarFile, more: dict[str, Any], field: str
    ) -> None:
        given = {"kind": CalendarKind.ICS, "name": "Klinik", "address": Address(file.url)} | more
        with pytest.raises(InvalidInput) as refusal:
            calendars.connect(Wish(**given), scene.viewer("expert"))
        assert list(refusal.value.fields) == [field]
        assert not file.asked

    def test_more_than_ten(self, scene: Scene, file: CalendarFile) -> None:
        file.content = file_of()
        for _ in range(10):
            calendars.connect(wish(file), scene.viewer("expert"))
        with pytest.raises(calendars.TooManyCalendars):
            calendars.connect(wish(file), scene.viewer("expert"))
