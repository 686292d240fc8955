"""An expert's calendar: hours, exceptions and sessions, as a list of days and for the script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, scheduling
from cilis.domains.bookings import BookingState
from cilis.domains.scheduling import DayException, Entry, EntryKind, ExceptionKind
from cilis.infra.i18n import current_zone, gettext, local
from cilis.kit import clock
from cilis.web.views.hours import clock_time
from cilis.web.views.venues import key_of, words_of
from cilis.web.views.visits import Visit, visits

_STATES = frozenset(
    {
        BookingState.HELD,
        BookingState.PENDING,
        BookingState.CONFIRMED,
        BookingState.COMPLETED,
        BookingState.NO_SHOW,
    }
)

_ELSEWHERE = frozenset({EntryKind.OUTSIDE, EntryKind.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another calendar takes of a day; ``when`` is "" for the whole of it."""

    when: str
    title: str


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day: when it is open, what differs from the week, who comes, what stands elsewhere."""

    date: date
    is_today: bool
    is_past: bool
    opened: Sequence[str]
    exceptions: Sequence[DayException]
    visits: Sequence[Visit]
    outside: Sequence[Elsewhere]


@dataclass(frozen=True, slots=True)
class Calendar:
    """What lies between two days of an expert's calendar, in the zone that is spoken."""

    first: date
    last: date
    entries: Sequence[Entry]
    visits: Sequence[Visit]

    @property
    def days(self) -> list[CalendarDay]:
        """Every day with what belongs to it."""
        today = local(clock.now()).date()
        return [
            self._day(self.first + timedelta(days=number), today)
            for number in range((self.last - self.first).days + 1)
        ]

    @property
    def exceptions(self) -> list[DayException]:
        """The days that differ from the week."""
        return [_exception(one) for one in self.entries if one.id is not None]

    def items(self) -> list[dict[str, Any]]:
        """The same for the script, times on the wall clock: "2026-11-24T09:00"."""
        known = {visit.id for visit in self.visits}
        taken = [
            one
            for one in self.entries
            if one.kind == EntryKind.TAKEN and one.holder_id not in known
        ]
        hours = [one for one in self.entries if one.kind != EntryKind.TAKEN]
        return [
            *(_of_hours(one) for one in hours),
            *(_of_taken(one) for one in taken),
            *(_of_visit(visit) for visit in self.visits),
        ]

    def _day(self, day: date, today: date) -> CalendarDay:
        return CalendarDay(
            day,
            day == today,
            day < today,
            [_opened(one) for one in self.entries if one.kind == EntryKind.OPEN and one.day == day],
            [one for one in self.exceptions if one.day == day],
            [visit for visit in self.visits if local(visit.starts_at).date() == day],
            [
                _elsewhere(one, day)
                for one in self.entries
                if one.kind in _ELSEWHERE and _touches(one, day)
            ],
        )


def calendar(session: Session, card: experts.ExpertCard, first: date, last: date) -> Calendar:
    """The days from first to last, both included; eight queries however full they are."""
    zone = current_zone()
    window = (
        datetime.combine(first, time(), zone),
        datetime.combine(last + timedelta(days=1), time(), zone),
    )
    entries = scheduling.entries(session, card.id, card.time_zone, window)
    found = bookings.of_expert(session, card.id, *window, states=_STATES)
    return Calendar(first, last, entries, visits(session, _live(found), "expert"))


def _live(found: Sequence[bookings.Booking]) -> list[bookings.Booking]:
    """Without holds that have run out and only wait to be tidied away."""
    now = clock.now()
    return [
        one
        for one in found
        if one.state != BookingState.HELD or (one.held_until and one.held_until > now)
    ]


def _opened(entry: Entry) -> str:
    span = f"{clock_time(entry.start_minute)}–{clock_time(entry.end_minute)}"
    return span if entry.venue.is_any else f"{span} ({words_of(entry.venue)})"


def _touches(entry: Entry, day: date) -> bool:
    last = local(entry.ends_at - timedelta(microseconds=1)).date()
    return local(entry.starts_at).date() <= day <= last


def _elsewhere(entry: Entry, day: date) -> Elsewhere:
    begins, ends = datetime.combine(day, time()), datetime.combine(day + timedelta(days=1), time())
    since = max(local(entry.starts_at).replace(tzinfo=None), begins)
    until = min(local(entry.ends_at).replace(tzinfo=None), ends)
    if (since, until) == (begins, ends):
        return Elsewhere("", _title(entry))
    last = "24:00" if until == ends else f"{until:%H:%M}"
    return Elsewhere(f"{since:%H:%M}–{last}", _title(entry))


def _title(entry: Entry) -> str:
    names = {EntryKind.OFF: gettext("Time off"), EntryKind.EXTRA: gettext("Extra hours")}
    if entry.kind == EntryKind.UNREADABLE:
        return gettext("Closed: “%(name)s” cannot be read", name=entry.label)
    if not entry.venue.is_any:
        held = words_of(entry.venue)
        extra = entry.kind == EntryKind.EXTRA
        return gettext("Extra hours: %(held)s", held=held) if extra else held
    return entry.label or names.get(entry.kind, "")


def _exception(entry: Entry) -> DayException:
    kind = ExceptionKind(entry.kind.value)
    assert entry.day is not None  # noqa: S101 - tells mypy
    return DayException(
        entry.day, entry.start_minute, entry.end_minute, kind, entry.id, entry.label
    ).kept_for(entry.venue)


def _of_hours(entry: Entry) -> dict[str, Any]:
    return {
        "id": str(entry.id) if entry.id else None,
        "kind": entry.kind.value,
        "start": _wall(entry.starts_at),
        "end": _wall(entry.ends_at),
        "title": _title(entry),
        "mode": entry.venue.mode,
        "place": entry.venue.place,
        "held": key_of(entry.venue),
    }


def _of_taken(entry: Entry) -> dict[str, Any]:
    return {
        "id": None,
        "kind": "busy",
        "start": _wall(entry.starts_at),
        "end": _wall(entry.ends_at),
        "title": gettext("Busy"),
    }


def _of_visit(visit: Visit) -> dict[str, Any]:
    held = visit.state == BookingState.HELD
    return {
        "id": str(visit.id),
        "kind": "booking",
        "state": visit.state.value,
        "start": _wall(visit.starts_at),
        "end": _wall(visit.ends_at),
        "title": visit.client_name or gettext("Somebody is booking"),
        "detail": visit.service,
        "href": "" if held else url_for("booking_pages.show", booking_id=visit.id),
    }


def _wall(instant: datetime) -> str:
    return local(instant).strftime("%Y-%m-%dT%H:%M")
