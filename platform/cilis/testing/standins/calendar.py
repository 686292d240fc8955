"""Somebody's calendar at a secret address: what a person has besides, told anew every day.

An iCalendar file (RFC 5545) as Google, Outlook and others give it out. Times are of the wall clock
in the zone that the address names, relative to today, so that there is always something ahead.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint, Response, abort, request
from icalendar import Calendar, Event, vRecur

from cilis.kit import clock
from cilis.testing.standins import troubles
from cilis.testing.standins.memory import state

GATEWAY = "calendar"
pages = Blueprint("calendar", __name__, url_prefix="/calendars")
_DAY = timedelta(days=1)
_SATURDAY = 5


@pages.get("/private.ics")
def show() -> Response:
    """The whole file; ``zone`` is an IANA name."""
    spoilt = troubles.before_work(state(), GATEWAY)
    if spoilt is not None:
        return spoilt
    try:
        zone = ZoneInfo(request.args.get("zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        abort(404, "no such zone")
    content = Response(file(zone), content_type="text/calendar; charset=utf-8")
    content.headers["Cache-Control"] = "no-store"
    return content


def file(zone: ZoneInfo) -> bytes:
    """A doctor, a weekly evening, a trip, a free day; one that is cancelled, one that is no bar."""
    today = clock.now().astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    calendar = Calendar()
    for name, value in {
        "prodid": "-//Private calendar//EN", "version": "2.0",
        "x-wr-calname": "Private", "x-wr-timezone": zone.key,
    }.items():  # fmt: skip
        calendar.add(name, value)
    entries = [
        _entry("Dentist", *_span(_workday(today + _DAY), (10, 0), 90, zone)),
        _entry("Parents' evening", *_span(_workday(today + 4 * _DAY), (18, 0), 120, zone)),
        _entry("Call moved away", *_span(_workday(today + 2 * _DAY), (9, 0), 60, zone)),
        _entry("Birthday of Mai", *_whole(today + 3 * _DAY)),
        _entry("Excursion", *_whole(monday + timedelta(days=7 + _SATURDAY))),
        _choir(monday, zone),
    ]
    entries[2].add("status", "CANCELLED")
    entries[3].add("transp", "TRANSPARENT")
    for entry in entries:
        calendar.add_component(entry)
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def _choir(monday: date, zone: ZoneInfo) -> Event:
    """Every Thursday evening since some weeks, but not in the week after the next."""
    first = monday + timedelta(days=3 - 4 * 7)
    since, until = _span(first, (19, 0), 90, zone)
    entry = _entry("Choir", since, until)
    entry.add("rrule", vRecur(FREQ="WEEKLY", COUNT=12))
    entry.add("exdate", since + timedelta(weeks=6))
    return entry


def _entry(summary: str, since: date, until: date) -> Event:
    entry = Event()
    entry.add("uid", f"{summary.lower().replace(' ', '-')}-{since:%Y%m%d}@calendar.example")
    entry.add("dtstamp", datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")))
    entry.add("summary", summary)
    entry.add("dtstart", since)
    entry.add("dtend", until)
    return entry


def _span(
    day: date, wall: tuple[int, int], minutes: int, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    since = datetime.combine(day, time(*wall), zone)
    return since, since + timedelta(minutes=minutes)


def _whole(day: date) -> tuple[date, date]:
    return day, day + _DAY


def _workday(day: date) -> date:
    """The day itself, or the Monday after it."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= _SATURDAY else 0)
