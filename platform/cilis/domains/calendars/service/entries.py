"""Busy times out of iCalendar files (RFC 5545).

An entry takes time unless it is marked as transparent or cancelled. A day without hours is a day
in the expert's zone; so are floating hours, unless the file names a zone of its own
(``X-WR-TIMEZONE``). An entry that makes no sense is left out and counted; a file that is no
calendar, or describes more than can be listed, is refused as a whole: leaving much of it out
would offer hours that are taken.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import recurring_ical_events
import x_wr_timezone
from icalendar import Calendar, vDDDTypes

from cilis.domains.calendars.errors import CalendarUnreadable
from cilis.domains.calendars.service.rules import check_rule
from cilis.domains.calendars.types import MOST_SPANS, Busy
from cilis.domains.scheduling import Outside, Window

SECONDS = 20.0
"""How much of a processor's time the entries of one reading may cost."""
_LONGEST_UID = 255
_Span = tuple[datetime, datetime, str]


def busy_of(contents: Iterable[bytes], zone: str, window: Window) -> Busy:
    """What calendars take of a window; ``zone`` is the expert's.

    Raises:
        CalendarUnreadable: one of them is no calendar, or there is too much in them.
    """
    reader = _Reader(ZoneInfo(zone), window)
    for content in contents:
        reader.read(content)
    ordered = sorted(reader.found)
    return Busy([Outside(*span) for span in ordered], reader.skipped)


class _Reader:
    """Gathers the spans of several files, each once."""

    def __init__(self, zone: ZoneInfo, window: Window) -> None:
        self.found: set[_Span] = set()
        self.skipped = 0
        self._zone, self._window = zone, window
        self._ends = time.thread_time() + SECONDS

    def read(self, content: bytes) -> None:
        for calendar in _calendars(content):
            named = _named_zone(calendar)
            for series in _series(calendar):
                if time.thread_time() > self._ends:
                    raise CalendarUnreadable("calendar_too_many_entries", "took too long")
                self._add(series, named)
            for part in calendar.walk("VFREEBUSY"):
                self._add_periods(part)

    def _add(self, series: list[Any], named: ZoneInfo | None) -> None:
        if len(series) == 1 and _is_long_over(series[0], self._window[0]):
            return
        try:
            spans = set(self._spans(series, named))
        except CalendarUnreadable:
            raise
        except Exception:  # noqa: BLE001 - whatever a stranger wrote: this entry only
            self.skipped += 1
            return
        self._keep(spans)

    def _keep(self, spans: set[_Span]) -> None:
        since, until = self._window
        self.found |= {span for span in spans if span[1] > since and span[0] < until}
        if len(self.found) > MOST_SPANS:
            raise CalendarUnreadable("calendar_too_many_entries", f"more than {MOST_SPANS}")

    def _spans(self, series: list[Any], named: ZoneInfo | None) -> Iterator[_Span]:
        since, until = self._window
        alone = Calendar()
        for part in series:
            if part.get("DTSTART") is None:
                raise ValueError("no beginning")
            for rule in _rules(part):
                check_rule(rule, part["DTSTART"].dt, until)
            alone.add_component(part)
        if named is not None:
            alone = x_wr_timezone.to_standard(alone, timezone=named)
        uid = str(series[0].get("UID", ""))[:_LONGEST_UID]
        for part in recurring_ical_events.of(alone).between(since, until):
            if not _takes_time(part):
                continue
            starts_at, ends_at = self._ends_of(part, named or self._zone)
            if ends_at > starts_at:
                yield starts_at, ends_at, uid

    def _ends_of(self, part: Any, zone: tzinfo) -> tuple[datetime, datetime]:
        start, end = part["DTSTART"].dt, part["DTEND"].dt
        if not isinstance(start, datetime):
            if end <= start:
                end = start + timedelta(days=1)
            zone = self._zone
        return _instant(start, zone), _instant(end, zone)

    def _add_periods(self, part: Any) -> None:
        """The periods of a calendar that only says when it is free and when not."""
        given = part.get("FREEBUSY", [])
        spans = set()
        for line in given if isinstance(given, list) else [given]:
            try:
                if str(line.params.get("FBTYPE", "BUSY")).upper() == "FREE":
                    continue
                for start, end in _periods(line):
                    spans.add((_instant(start, self._zone), _instant(end, self._zone), ""))
            except Exception:  # noqa: BLE001 - as above
                self.skipped += 1
        self._keep({span for span in spans if span[0] < span[1]})


def _calendars(content: bytes) -> list[Any]:
    """The calendars of a file; raises CalendarUnreadable when there is none."""
    try:
        found = Calendar.from_ical(content, multiple=True)
    except Exception as problem:
        raise CalendarUnreadable("calendar_no_calendar", type(problem).__name__) from problem
    if not found or any(one.name != "VCALENDAR" for one in found):
        raise CalendarUnreadable("calendar_no_calendar", "no VCALENDAR")
    return list(found)


def _series(calendar: Any) -> list[list[Any]]:
    """Entries with the exceptions that belong to them; one without an id stands alone."""
    found: dict[Any, list[Any]] = {}
    for number, part in enumerate(calendar.walk("VEVENT")):
        uid = part.get("UID")
        found.setdefault(number if uid is None else str(uid), []).append(part)
    return list(found.values())


def _is_long_over(part: Any, since: datetime) -> bool:
    """Whether an entry ended days before, told without any rule: most of an old calendar did."""
    if any(name in part for name in ("RRULE", "RDATE", "RECURRENCE-ID", "DURATION")):
        return False
    starts, ends = part.get("DTSTART"), part.get("DTEND", part.get("DTSTART"))
    if not isinstance(starts, vDDDTypes) or not isinstance(ends, vDDDTypes):
        return False
    last = max(_day(starts.dt), _day(ends.dt))
    return last < since.date() - timedelta(days=3)  # no zone is so far off


def _day(value: Any) -> date:
    found: date = value.date() if isinstance(value, datetime) else value
    return found


def _named_zone(calendar: Any) -> ZoneInfo | None:
    try:
        return ZoneInfo(str(calendar["X-WR-TIMEZONE"]).strip())
    except (KeyError, ValueError, OSError, ZoneInfoNotFoundError):
        return None


def _rules(part: Any) -> list[Any]:
    given = part.get("RRULE", [])
    return list(given) if isinstance(given, list) else [given]


def _takes_time(part: Any) -> bool:
    transparent = str(part.get("TRANSP", "")).upper() == "TRANSPARENT"
    return not transparent and str(part.get("STATUS", "")).upper() != "CANCELLED"


def _periods(line: Any) -> Iterator[tuple[datetime, datetime]]:
    for period in getattr(line, "dts", None) or [line]:
        start, end = getattr(period, "dt", None) or (period.start, period.end)
        yield start, start + end if isinstance(end, timedelta) else end


def _instant(value: date, zone: tzinfo) -> datetime:
    """When a date begins, or a time is, as an instant; without a zone of its own in ``zone``."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=zone)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)
