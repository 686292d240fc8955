"""Somebody's calendar: something ahead on every day of the year, in any zone, and its faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from cilis.domains.calendars.service.entries import busy_of
from cilis.kit import clock
from cilis.testing.standins import StandIns
from cilis.testing.standins.calendar import file

_DAY = timedelta(days=1)


def fetch(stand_ins: StandIns, query: str = "") -> tuple[int, bytes]:
    status, _, body = stand_ins._send("GET", f"/calendars/private.ics{query}", None)
    return status, body


@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "Europe/Berlin", "America/St_Johns"])
def test_there_is_something_ahead_on_every_day(
    clock_distance: Callable[[timedelta], None], zone: str
) -> None:
    for _ in range(53):
        now = clock.now()
        busy = busy_of([file(ZoneInfo(zone))], zone, (now, now + 14 * _DAY))
        assert busy.skipped == 0
        assert 3 <= len(busy.spans) <= 5  # neither what was cancelled nor what is no bar
        days = [one for one in busy.spans if one.ends_at - one.starts_at >= timedelta(hours=23)]
        assert len(days) == 1
        clock_distance(7 * _DAY - timedelta(hours=5))


def test_the_address_names_the_zone(stand_ins: StandIns) -> None:
    status, body = fetch(stand_ins, "?zone=Asia/Ho_Chi_Minh")
    assert status == 200
    assert b"TZID=Asia/Ho_Chi_Minh:" in body
    assert fetch(stand_ins, "?zone=Nowhere/At_all")[0] == 404
    assert fetch(stand_ins, "?zone=../../etc/passwd")[0] == 404


def test_it_can_be_told_to_fail(stand_ins: StandIns) -> None:
    stand_ins.set_fault("down", "calendar", times=1)
    assert fetch(stand_ins)[0] == 503
    stand_ins.set_fault("nonsense", "calendar", times=1)
    assert b"BEGIN:VCALENDAR" not in fetch(stand_ins)[1]
    assert fetch(stand_ins)[1].startswith(b"BEGIN:VCALENDAR")
