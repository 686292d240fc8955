"""Against a real CalDAV server: found, read, changed, stopped, and back again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.domains.calendars.test_reading import HOUR, MINUTE, noon, offered, see
from tests.support.calendar_server import PASSWORD, USER, Radicale, event

from cilis.domains import calendars
from cilis.domains.calendars import Address, CalendarKind, WhenUnread, Wish
from cilis.infra.db import reading
from cilis.testing.scene import Scene

Deliver = Callable[[], int]
Forward = Callable[[timedelta], None]
SECOND = timedelta(seconds=1)


def wish(url: str, when_unread: WhenUnread = WhenUnread.OPEN, password: str = PASSWORD) -> Wish:
    address = Address(url, USER, password)
    return Wish(CalendarKind.CALDAV, "Radicale", address, when_unread, 10)


@pytest.fixture
def at() -> datetime:
    return noon()


def test_an_event_made_there_takes_the_slot_away_within_a_minute(
    scene: Scene, radicale: Radicale, at: datetime, deliver: Deliver, clock_forward: Forward
) -> None:
    radicale.make_calendar()
    calendars.connect(wish(radicale.calendar()), scene.viewer("expert"))
    assert offered(scene, at)
    radicale.put("lunch", event("lunch", at, at + HOUR))
    clock_forward(45 * SECOND)
    deliver()
    assert not offered(scene, at)
    radicale.put("lunch", event("lunch", at + HOUR, at + 2 * HOUR))
    clock_forward(45 * SECOND)
    deliver()
    assert offered(scene, at)
    assert not offered(scene, at + HOUR)
    radicale.remove("lunch")
    clock_forward(45 * SECOND)
    deliver()
    assert offered(scene, at + HOUR)


def test_an_account_brings_all_its_calendars_with_their_series(
    scene: Scene, radicale: Radicale, at: datetime
) -> None:
    for name in ("work", "home"):
        radicale.make_calendar(name)
    radicale.put("a", event("a", at, at + HOUR, "RRULE:FREQ=DAILY;COUNT=3"), "work")
    radicale.put("b", event("b", at + 2 * HOUR, at + 3 * HOUR), "home")
    radicale.put("c", event("c", at + 4 * HOUR, at + 5 * HOUR, "TRANSP:TRANSPARENT"), "home")
    calendars.connect(wish(radicale.url), scene.viewer("expert"))
    found = see(scene)
    assert found.entries == 4
    assert len(found.names) == 2
    assert not offered(scene, at + timedelta(days=2))
    assert not offered(scene, at + 2 * HOUR)
    assert offered(scene, at + 4 * HOUR)


@pytest.mark.parametrize("path", ["", "minh/"])
def test_without_a_calendar_or_the_right_word(scene: Scene, radicale: Radicale, path: str) -> None:
    viewer = scene.viewer("expert")
    with pytest.raises(calendars.CalendarUnreadable) as refusal:
        calendars.connect(wish(radicale.url + path), viewer)
    assert refusal.value.reason == "calendar_none_found"
    with pytest.raises(calendars.CalendarUnreadable) as refusal:
        calendars.connect(wish(radicale.url + path, password="wrong"), viewer)
    assert refusal.value.reason == "calendar_not_allowed"


@pytest.mark.parametrize("when_unread", WhenUnread)
def test_stopped_and_back_again(
    scene: Scene, radicale: Radicale, at: datetime, deliver: Deliver, clock_forward: Forward,
    when_unread: WhenUnread,
) -> None:  # fmt: skip
    radicale.make_calendar()
    radicale.put("lunch", event("lunch", at, at + HOUR))
    made = calendars.connect(wish(radicale.calendar(), when_unread), scene.viewer("expert"))
    radicale.stop()
    clock_forward(MINUTE)
    deliver()
    with reading() as session:
        (unread,) = calendars.unread(session, scene.expert)
    assert (unread.id, unread.reason) == (made, "calendar_no_answer")
    assert not offered(scene, at)
    assert offered(scene, at + HOUR)  # within the expert's patience
    clock_forward(10 * MINUTE)
    deliver()
    assert not offered(scene, at)
    assert offered(scene, at + HOUR) is (when_unread == WhenUnread.OPEN)
    radicale.start()
    radicale.put("coffee", event("coffee", at + 3 * HOUR, at + 4 * HOUR))
    clock_forward(15 * MINUTE)
    deliver()
    assert see(scene).is_fresh
    assert offered(scene, at + HOUR)
    assert not offered(scene, at)
    assert not offered(scene, at + 3 * HOUR)
