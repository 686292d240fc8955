"""Which recurrence rules are followed at all: a rule may describe more than any machine can list.

Rules are expanded step by step from their first day. What is refused here would take minutes or
would never end: many times a day together with conditions, or too many steps up to the horizon.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from cilis.domains.calendars.errors import CalendarUnreadable

MOST_STEPS = 50_000
_SECONDS = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
_TIMES = ("BYHOUR", "BYMINUTE", "BYSECOND")
_PLAIN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
_DAYS = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}


def check_rule(rule: dict[str, Any], starts: date, until: datetime) -> None:
    """Refuse what cannot be listed up to ``until``; raises CalendarUnreadable or ValueError."""
    freq = str(_first(rule, "FREQ", "")).upper()
    interval = max(int(_first(rule, "INTERVAL", 1)), 1)
    days = max((until.date() - _day(starts)).days, 1)
    if freq in _SECONDS:
        if {name.upper() for name in rule} - _PLAIN:
            raise CalendarUnreadable("calendar_too_many_entries", f"{freq} with conditions")
        steps = days * 86_400 // (_SECONDS[freq] * interval)
    else:
        steps = days
        for name in _TIMES:
            steps *= max(len(_all(rule, name)), 1)
    count = _first(rule, "COUNT", None)
    if min(steps, int(count) if count is not None else steps) > MOST_STEPS:
        raise CalendarUnreadable("calendar_too_many_entries", f"{freq}: {steps} steps")
    if not _ever_comes(rule):
        raise ValueError("a day that no month has")


def _ever_comes(rule: dict[str, Any]) -> bool:
    """Whether some month has such a day; a rule without any would be searched for ever."""
    days = [int(day) for day in _all(rule, "BYMONTHDAY")]
    months = [int(str(month).rstrip("L")) for month in _all(rule, "BYMONTH")] or list(_DAYS)
    return not days or any(0 < abs(day) <= _DAYS.get(month, 0) for day in days for month in months)


def _all(rule: dict[str, Any], name: str) -> list[Any]:
    found = rule.get(name, [])
    return list(found) if isinstance(found, Iterable) and not isinstance(found, str) else [found]


def _first(rule: dict[str, Any], name: str, otherwise: Any) -> Any:
    return next(iter(_all(rule, name)), otherwise)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value
