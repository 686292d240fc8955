"""Times that people name, on the clock of whoever names them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cilis.infra.i18n import speaking
from cilis.kit import clock
from cilis.web.views.moments import Moment, moments

SetClock = Callable[[datetime], None]


@pytest.fixture
def set_clock() -> Iterator[SetClock]:
    before = clock.distance()
    yield lambda at: clock.set_distance(at - (clock.now() - clock.distance()))
    clock.set_distance(before)


def named(zone: str) -> dict[str, Moment]:
    with speaking("en", zone):
        return {one.key: one for one in moments()}


def wall(moment: Moment, zone: str) -> list[str]:
    return [
        "–".join(f"{at.astimezone(ZoneInfo(zone)):%d %H:%M}" for at in window)
        for window in moment.windows
    ]


def test_on_a_tuesday_afternoon(set_clock: SetClock) -> None:
    zone = "Asia/Ho_Chi_Minh"
    set_clock(datetime(2026, 11, 24, 8, 0, tzinfo=UTC))  # 15:00 there
    found = named(zone)
    assert list(found) == ["today", "tomorrow", "evening", "week", "evenings", "weekend"]
    assert wall(found["today"], zone) == ["24 15:00–25 00:00"]
    assert wall(found["tomorrow"], zone) == ["25 00:00–26 00:00"]
    assert wall(found["evening"], zone) == ["24 18:00–25 00:00"]
    assert wall(found["week"], zone) == ["24 15:00–01 00:00"]
    evenings = wall(found["evenings"], zone)
    assert (len(evenings), evenings[0], evenings[-1]) == (
        7,
        "24 18:00–25 00:00",
        "30 18:00–01 00:00",
    )
    assert wall(found["weekend"], zone) == ["28 00:00–30 00:00"]


def test_late_on_a_sunday_what_is_over_is_not_offered(set_clock: SetClock) -> None:
    zone = "Europe/Berlin"
    set_clock(datetime(2026, 10, 25, 20, 30, tzinfo=UTC))  # 21:30, the clock was put back
    found = named(zone)
    for key in ("today", "evening", "weekend"):
        assert wall(found[key], zone) == ["25 21:30–26 00:00"]
    assert wall(found["evenings"], zone)[:2] == ["25 21:30–26 00:00", "26 18:00–27 00:00"]


def test_all_of_a_day_is_its_own_however_long(set_clock: SetClock) -> None:
    zone = "Europe/Berlin"
    set_clock(datetime(2026, 10, 24, 10, 0, tzinfo=UTC))
    (since, until) = named(zone)["tomorrow"].windows[0]
    assert until - since == timedelta(hours=25)
