"""Free starts: the engine against a naive scan over slots, and against a library of rules.

Two hundred experts for a week; one expert for four weeks and for a year.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from dateutil.rrule import WEEKLY, rrule

from cilis.domains.scheduling import engine
from loadtests.ratios.measure import Ratio, compare, seconds

EXPERTS = 200
WEEK = timedelta(days=7)
STEP = timedelta(minutes=15)
LENGTH = timedelta(minutes=60)
BUFFER = timedelta(minutes=10)
SINCE = datetime(2026, 10, 19, tzinfo=UTC)  # a week in which Berlin's clock goes back
ZONES = ("Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York")


class Expert(NamedTuple):
    """What is known of one expert."""

    zone: str
    rules: list[tuple[int, int, int]]
    off: list[datetime]
    busy: list[tuple[datetime, datetime]]


def measure() -> list[Ratio]:
    """How many times faster than the scan, and for one expert than the rules too."""
    one, month, year = _experts()[:1], WEEK * 4, timedelta(days=365)
    return [
        _against("slots_200", _experts(), WEEK, (300, 50), _scan),
        _against("slots_1_month", one, month, (10, 50), _scan),
        _against("slots_1_year", one, year, (300, 20), _scan),
        _against("slots_1_month_rules", one, month, (1, 50), _by_rules),
        _against("slots_1_year_rules", one, year, (10, 20), _by_rules),
    ]


def _against(
    name: str,
    experts: list[Expert],
    window: timedelta,
    bounds: tuple[float, int],
    other: Callable[[Expert, timedelta], list[datetime]],
) -> Ratio:
    """``bounds``: the goal, and how often the engine runs for each figure."""
    goal, times = bounds
    diaries, asks = _columns(experts, window)
    since, until = (int(at.timestamp()) for at in (SINCE, SINCE + window))

    def ours() -> list[engine.Ints]:
        return engine.free_starts(diaries, asks, since, until)

    slowly = [other(expert, window) for expert in experts]
    quickly = [[datetime.fromtimestamp(at, UTC) for at in found.tolist()] for found in ours()]
    assert slowly == quickly, "the two disagree"
    return compare(
        name, goal, "higher", "answers/s",
        lambda: 1 / seconds(ours, times),
        lambda: 1 / seconds(lambda: [other(expert, window) for expert in experts]),
    )  # fmt: skip


def _experts() -> list[Expert]:
    chance = random.Random(200)
    return [_expert(chance, ZONES[number % len(ZONES)]) for number in range(EXPERTS)]


def _expert(chance: random.Random, zone: str) -> Expert:
    rules = [(day, start * 60, end * 60) for day in range(5) for start, end in ((9, 12), (13, 18))]
    rules.append((5, 9 * 60, 12 * 60))
    taken = [SINCE + chance.randrange(7 * 96) * STEP for _ in range(12)]
    busy = [(start - BUFFER, start + LENGTH + BUFFER) for start in taken]
    off = [SINCE + timedelta(days=chance.randrange(7))] if chance.random() < 0.2 else []
    return Expert(zone, rules, off, busy)


def _columns(experts: list[Expert], window: timedelta) -> tuple[engine.Diaries, engine.Asks]:
    def rows(values: list[tuple[int, ...]]) -> engine.Ints:
        return np.array(values, dtype=np.int64)

    numbered = list(enumerate(experts))
    diaries = engine.Diaries(
        rows([(n, *rule, *engine.ALWAYS) for n, one in numbered for rule in one.rules]),
        rows(
            [
                (n, int(day.timestamp()) // engine.DAY, 0, 1440, 0)
                for n, one in numbered
                for day in one.off
            ]
        ),
        rows(
            [
                (n, int(low.timestamp()), int(high.timestamp()))
                for n, one in numbered
                for low, high in one.busy
            ]
        ),
        [one.zone for one in experts],
    )
    length, buffer, step = (int(one.total_seconds()) for one in (LENGTH, BUFFER, STEP))
    bounds = int(SINCE.timestamp()), int((SINCE + window).timestamp())
    asks = rows([(n, length, buffer, buffer, step, *bounds) for n, _ in numbered])
    return diaries, engine.Asks(*asks.T)


def _by_rules(expert: Expert, window: timedelta) -> list[datetime]:
    """Each rule's days by a library, then each start of them against what is busy."""
    zone = ZoneInfo(expert.zone)
    off = {day.date() for day in expert.off}
    first = SINCE.astimezone(zone).replace(tzinfo=None)
    found = set()
    for weekday, begin, end in expert.rules:
        days = rrule(
            WEEKLY, dtstart=first.replace(hour=0, minute=0) - timedelta(days=7),
            until=first + window + timedelta(days=1), byweekday=weekday,
        )  # fmt: skip
        for day in days:
            if day.date() in off:
                continue
            at = (day + timedelta(minutes=begin)).replace(tzinfo=zone).astimezone(UTC)
            last = (day + timedelta(minutes=end)).replace(tzinfo=zone).astimezone(UTC) - LENGTH
            while at <= last:
                if SINCE <= at < SINCE + window and _is_free(expert, at):
                    found.add(at)
                at += STEP
    return sorted(found)


def _is_free(expert: Expert, start: datetime) -> bool:
    ends = start + LENGTH + BUFFER
    return not any(start - BUFFER < high and low < ends for low, high in expert.busy)


def _scan(expert: Expert, window: timedelta) -> list[datetime]:
    """Try every quarter of an hour of the time, as one would at first."""
    zone = ZoneInfo(expert.zone)
    off = {day.date() for day in expert.off}
    found = []
    start = SINCE
    while start < SINCE + window:
        local = start.astimezone(zone)
        if _is_open(expert, off, local, start + LENGTH) and _is_free(expert, start):
            found.append(start)
        start += STEP
    return found


def _is_open(expert: Expert, off: set[date], local: datetime, ends_at: datetime) -> bool:
    if local.fold or local.date() in off:
        return False
    minute = local.hour * 60 + local.minute
    last = ends_at.astimezone(local.tzinfo)
    until = minute + int((ends_at - local).total_seconds()) // 60
    same_day = last.date() == local.date() or (last.hour, last.minute) == (0, 0)
    return same_day and any(
        weekday == local.weekday() and begin <= minute and until <= end
        for weekday, begin, end in expert.rules
    )
