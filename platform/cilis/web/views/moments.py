"""Times that people name: this evening, the weekend, Tuesday afternoon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from cilis.domains import search
from cilis.infra.i18n import (
    current_zone,
    format_date,
    format_day_short,
    gettext,
    local,
    short_weekday,
)
from cilis.kit import clock

_SATURDAY, _SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class Moment:
    """A named time to choose, as half-open intervals; ``key`` is for addresses."""

    key: str
    label: str
    windows: tuple[tuple[datetime, datetime], ...]


def moments() -> list[Moment]:
    """Today, tomorrow, this evening, all of a week, its evenings or its weekend, as they are left.

    In the viewer's zone; a week is the next seven days.
    """
    now, zone = clock.now(), current_zone()
    today = local(now).date()

    def at(days: int, hour: int = 0) -> datetime:
        return datetime.combine(today + timedelta(days=days), time(hour), zone).astimezone(UTC)

    def named(key: str, label: str, *windows: tuple[datetime, datetime]) -> Moment:
        left = ((max(now, since), until) for since, until in windows)
        return Moment(key, label, tuple(one for one in left if one[0] < one[1]))

    saturday = -1 if today.weekday() == _SUNDAY else _SATURDAY - today.weekday()
    found = [
        named("today", gettext("Today"), (now, at(1))),
        named("tomorrow", gettext("Tomorrow"), (at(1), at(2))),
        named("evening", gettext("This evening"), (at(0, 18), at(1))),
        named("week", gettext("This week"), (now, at(7))),
        named(
            "evenings",
            gettext("Evenings this week"),
            *((at(day, 18), at(day + 1)) for day in range(7)),
        ),
        named("weekend", gettext("Weekend"), (at(saturday), at(saturday + 2))),
    ]
    return [one for one in found if one.windows]


def part_label(part: search.DayPart) -> str:
    """Morning, afternoon or evening of a day: "Tue 24 Nov, evening"."""
    return f"{format_day_short(part.day)}, {_part_name(part)}"


def long_part(part: search.DayPart) -> str:
    """The same for those who hear the page: "Tuesday, 24 November, evening"."""
    return f"{format_date(part.day, 'weekday')}, {_part_name(part)}"


def day_heads(parts: Iterable[search.DayPart]) -> list[tuple[str, str]]:
    """The columns of a grid of parts: (weekday, number)."""
    days = sorted({part.day for part in parts})
    return [(short_weekday(day), str(day.day)) for day in days]


def _part_name(part: search.DayPart) -> str:
    names = {
        "morning": gettext("morning"),
        "afternoon": gettext("afternoon"),
        "evening": gettext("evening"),
    }
    return names[part.part]
