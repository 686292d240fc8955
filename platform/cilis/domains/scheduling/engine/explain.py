"""Why a start is free or not: one instant at a time, its session looked up minute by minute.

The slow and obvious counterpart of `starts`. It shares no arithmetic with it, so each proves the
other, and what it says of an hour is what clients are offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from cilis.domains.scheduling.types import (
    DAY_MINUTES,
    EVERYTHING,
    Because,
    DayException,
    Entry,
    EntryKind,
    ExceptionKind,
    Explanation,
    Reason,
    Venue,
    WeeklyRule,
)

_MINUTE = timedelta(minutes=1)
_ELSEWHERE = {EntryKind.OUTSIDE: Reason.OUTSIDE, EntryKind.UNREADABLE: Reason.UNREADABLE}
_Opener = TypeVar("_Opener", WeeklyRule, DayException)


@dataclass(frozen=True, slots=True)
class Diary:
    """What is known of one expert: of the days around the question, and sessions of their weeks.

    ``taken`` is time of claims with their buffers, and of calendars outside; ``sessions`` are the
    instants at which sessions begin.
    """

    zone: ZoneInfo
    rules: Sequence[WeeklyRule]
    exceptions: Sequence[DayException]
    taken: Sequence[Entry]
    sessions: Sequence[datetime]
    step_minutes: int
    most_per_day: int = 0
    most_per_week: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """A service: how long, with which buffers, between which instants it may begin, held how."""

    length: timedelta
    before: timedelta
    after: timedelta
    now: datetime
    earliest: datetime
    latest: datetime
    venue: Venue = EVERYTHING


def explain(diary: Diary, wish: Wish, starts_at: datetime) -> Explanation:
    """Whether a session may begin at an instant, and all that speaks against it."""
    local = starts_at.astimezone(diary.zone)
    opening = _Opening(diary, wish, starts_at)
    against = [
        *_too_soon_or_late(wish, starts_at),
        *opening.against(),
        *_off_the_grid(diary, local),
        *_taken(diary, wish, starts_at),
        *_full(diary, local),
    ]
    return Explanation(
        local.replace(tzinfo=None, fold=0),
        starts_at,
        tuple(against),
        tuple(opening.rules),
        tuple(opening.extra),
    )


def explain_day(diary: Diary, wish: Wish, day: date) -> Iterator[Explanation]:
    """Every time of the grid on one day of the expert's clock, in the order of the clock.

    A time that the clock skips is told as such; one that comes twice is told twice.
    """
    for minute in range(0, DAY_MINUTES, diary.step_minutes):
        wall = datetime.combine(day, time(minute // 60, minute % 60))
        first, second = (
            wall.replace(tzinfo=diary.zone, fold=fold).astimezone(UTC) for fold in (0, 1)
        )
        if first.astimezone(diary.zone).replace(tzinfo=None, fold=0) != wall:
            yield Explanation(wall, None, (Because(Reason.SKIPPED),))
            continue
        yield explain(diary, wish, first)
        if second != first:
            yield explain(diary, wish, second)


class _Opening:
    """What opens the minutes of a session, and the first one that nothing opens."""

    def __init__(self, diary: Diary, wish: Wish, starts_at: datetime) -> None:
        self.rules: list[WeeklyRule] = []
        self.extra: list[DayException] = []
        self._diary = diary
        self._venue = wish.venue
        self._closed: list[Because] = []
        for number in range(int(wish.length / _MINUTE)):
            closed = self._look(starts_at + number * _MINUTE)
            if closed is not None and not self._closed:
                self._closed.append(closed)

    def against(self) -> list[Because]:
        return self._closed

    def _look(self, at: datetime) -> Because | None:
        """Note what opens a minute; why it is closed, None for an open one."""
        local = at.astimezone(self._diary.zone)
        if local.fold:  # the hour that comes twice is offered the first time
            return Because(Reason.REPEATED, at=at)
        extra, off, rules = self._at(local)
        for_it = [one for one in extra if one.venue.serves(self._venue)]
        _add(self.extra, for_it)
        if for_it:
            return None
        if off:
            kind = Reason.HOLIDAY if off[0].label else Reason.OFF
            return Because(kind, exception=off[0], at=at)
        weekly = [one for one in rules if one.venue.serves(self._venue)]
        _add(self.rules, weekly)
        if weekly:
            return None
        if extra:
            return Because(Reason.OTHER_VENUE, exception=extra[0], at=at)
        if rules:
            return Because(Reason.OTHER_VENUE, rule=rules[0], at=at)
        return Because(Reason.CLOSED, at=at)

    def _at(
        self, local: datetime
    ) -> tuple[list[DayException], list[DayException], list[WeeklyRule]]:
        """Extra hours, hours off and rules that speak of this minute of the clock."""
        day, minute = local.date(), local.hour * 60 + local.minute
        special = [
            one
            for one in self._diary.exceptions
            if one.day == day and one.start_minute <= minute < one.end_minute
        ]
        return (
            [one for one in special if one.kind is ExceptionKind.EXTRA],
            [one for one in special if one.kind is ExceptionKind.OFF],
            [
                one
                for one in self._diary.rules
                if one.holds_on(day) and one.start_minute <= minute < one.end_minute
            ],
        )


def _add(kept: list[_Opener], more: list[_Opener]) -> None:
    kept.extend(one for one in more if one not in kept)


def _too_soon_or_late(wish: Wish, starts_at: datetime) -> Iterator[Because]:
    if starts_at < wish.now:
        yield Because(Reason.PAST)
    elif starts_at < wish.earliest:
        yield Because(Reason.NOTICE, at=wish.earliest)
    elif starts_at > wish.latest:
        yield Because(Reason.TOO_FAR, at=wish.latest)


def _off_the_grid(diary: Diary, local: datetime) -> Iterator[Because]:
    minute = local.hour * 60 + local.minute
    if minute % diary.step_minutes or local.second or local.microsecond:
        yield Because(Reason.GRID, limit=diary.step_minutes)


def _taken(diary: Diary, wish: Wish, starts_at: datetime) -> Iterator[Because]:
    ends_at = starts_at + wish.length
    for one in diary.taken:
        if one.ends_at <= starts_at - wish.before or ends_at + wish.after <= one.starts_at:
            continue
        meets = one.starts_at < ends_at and starts_at < one.ends_at
        yield Because(
            _ELSEWHERE.get(one.kind, Reason.TAKEN if meets else Reason.BUFFER),
            holder_id=one.holder_id,
            source_id=one.source_id,
            label=one.label,
            window=(one.starts_at, one.ends_at),
        )


def _full(diary: Diary, local: datetime) -> Iterator[Because]:
    days = [one.astimezone(diary.zone).date() for one in diary.sessions]
    day = local.date()
    if diary.most_per_day and days.count(day) >= diary.most_per_day:
        yield Because(Reason.DAY_FULL, limit=diary.most_per_day)
    monday = day - timedelta(days=day.weekday())
    week = sum(monday <= one < monday + timedelta(days=7) for one in days)
    if diary.most_per_week and week >= diary.most_per_week:
        yield Because(Reason.WEEK_FULL, limit=diary.most_per_week)
