"""An expert's week as a form: boxes with times, read back into rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from babel import Locale

from cilis.domains.scheduling import DayException, ExceptionKind, WeeklyRule
from cilis.infra.i18n import current_language, local, ngettext
from cilis.kit.errors import InvalidInput
from cilis.web.views.venues import key_of

DAYS = range(7)
MOST_ROWS = 5
_END_OF_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Row:
    """Two boxes of one day; ``field`` begins their names."""

    field: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Day:
    """One weekday with its filled rows and an empty one."""

    weekday: int
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class FreeDay:
    """The free starts of one day."""

    date: date
    starts: Sequence[datetime]


def clock_time(minute: int) -> str:
    """Minutes of a day as the box wants them: 570 is "09:30"; midnight at the end is "00:00"."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def minute_of(text: str, *, end: bool = False) -> int:
    """What a box holds as minutes of the day; raises ValueError."""
    found = time.fromisoformat(text)
    minute = found.hour * 60 + found.minute
    return _END_OF_DAY if end and minute == 0 else minute


def week_of(rules: Iterable[WeeklyRule]) -> list[Day]:
    """The form of a week: the rules in order, and an empty row a day to add one."""
    by_day: dict[int, list[WeeklyRule]] = {day: [] for day in DAYS}
    for rule in sorted(rules, key=lambda one: (one.weekday, one.start_minute)):
        by_day[rule.weekday].append(rule)
    return [
        _day(weekday, [(clock_time(r.start_minute), clock_time(r.end_minute)) for r in found])
        for weekday, found in by_day.items()
    ]


def typed_week(form: Mapping[str, str]) -> list[Day]:
    """The form as it was typed, to show it again."""
    days = []
    for weekday in DAYS:
        pairs = [
            (form.get(f"{field}_from", ""), form.get(f"{field}_until", ""))
            for field in _fields(weekday)
        ]
        while pairs and pairs[-1] == ("", ""):
            pairs.pop()
        days.append(_day(weekday, pairs))
    return days


def read_week(form: Mapping[str, str]) -> list[WeeklyRule]:
    """The rules that the form says; raises InvalidInput by row ("d0_1")."""
    rules: list[WeeklyRule] = []
    problems: dict[str, list[str]] = {}
    for weekday in DAYS:
        of_day: list[WeeklyRule] = []
        for field in _fields(weekday):
            pair = form.get(f"{field}_from", ""), form.get(f"{field}_until", "")
            if pair == ("", ""):
                continue
            try:
                rule = _rule(weekday, *pair)
                _refuse_overlap(rule, of_day)
                of_day.append(rule)
            except InvalidInput as refusal:
                problems[field] = refusal.fields["row"]
        rules += of_day
    if problems:
        raise InvalidInput(problems)
    return rules


def read_exception(kind: ExceptionKind, start: str, end: str) -> tuple[int, int]:
    """The minutes of an exception; both boxes empty mean the whole day off."""
    if not start and not end and kind == ExceptionKind.OFF:
        return 0, _END_OF_DAY
    try:
        rule = _rule(0, start, end)
    except InvalidInput as refusal:
        raise InvalidInput({"from": refusal.fields["row"]}) from refusal
    return rule.start_minute, rule.end_minute


def weeks(starts: Iterable[datetime], first: date, count: int) -> list[list[FreeDay]]:
    """Whole weeks from the one of ``first``, each day with its free starts, also none."""
    found = {one.date: one.starts for one in by_day(starts)}
    monday = monday_of(first)
    days = [monday + timedelta(days=number) for number in range(7 * count)]
    every = [FreeDay(day, found.get(day, ())) for day in days]
    return [every[number : number + 7] for number in range(0, len(every), 7)]


def by_day(starts: Iterable[datetime], most: int = 60) -> list[FreeDay]:
    """Starts grouped by the reader's days."""
    days: dict[date, list[datetime]] = {}
    for start in starts:
        days.setdefault(local(start).date(), []).append(start)
    return [FreeDay(day, found) for day, found in sorted(days.items())][:most]


def length_words(length: timedelta) -> str:
    """A length in its largest whole unit: "2 days", "6 hours", "90 minutes"."""
    total = round(length.total_seconds() / 60)
    if total and total % (24 * 60) == 0:
        return ngettext("%(n)s day", "%(n)s days", total // (24 * 60))
    if total and total % 60 == 0:
        return ngettext("%(n)s hour", "%(n)s hours", total // 60)
    return ngettext("%(n)s minute", "%(n)s minutes", total)


def exception_values(item: DayException) -> dict[str, str]:
    """An exception as it stands in its form; a whole day has empty times."""
    whole = item.start_minute == 0 and item.end_minute == _END_OF_DAY
    return {
        "kind": item.kind.value,
        "day": item.day.isoformat(),
        "from": "" if whole else clock_time(item.start_minute),
        "until": "" if whole else clock_time(item.end_minute),
        "held": key_of(item.venue),
    }


def weekday_name(weekday: int) -> str:
    """The name of a weekday in the reader's language, Monday is 0."""
    name = str(Locale.parse(current_language()).days["stand-alone"]["wide"][weekday])
    return name[:1].upper() + name[1:]


def monday_of(day: date) -> date:
    """The first day of the week that holds this one."""
    return day - timedelta(days=day.weekday())


def _fields(weekday: int) -> list[str]:
    return [f"d{weekday}_{place}" for place in range(MOST_ROWS)]


def _day(weekday: int, pairs: Sequence[tuple[str, str]]) -> Day:
    shown = [*pairs, ("", "")][:MOST_ROWS]
    return Day(
        weekday, [Row(field, *pair) for field, pair in zip(_fields(weekday), shown, strict=False)]
    )


def _rule(weekday: int, start: str, end: str) -> WeeklyRule:
    if not start or not end:
        raise InvalidInput({"row": ["both_times_needed"]})
    try:
        first, last = minute_of(start), minute_of(end, end=True)
    except ValueError as problem:
        raise InvalidInput({"row": ["invalid"]}) from problem
    if last <= first:
        raise InvalidInput({"row": ["end_before_start"]})
    return WeeklyRule(weekday, first, last)


def _refuse_overlap(rule: WeeklyRule, others: Iterable[WeeklyRule]) -> None:
    for other in others:
        if rule.start_minute < other.end_minute and other.start_minute < rule.end_minute:
            raise InvalidInput({"row": ["hours_overlap"]})
