"""A week of free starts for two hundred experts: the engine against a naive scan over slots."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

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


def measure() -> Ratio:
    """Weeks of all experts per second: how many times faster than the scan."""
    experts = _experts()
    diaries, asks = _columns(experts)
    since, until = (int(at.timestamp()) for at in (SINCE, SINCE + WEEK))

    def ours() -> list[engine.Ints]:
        return engine.free_starts(diaries, asks, since, until)

    slowly = [_scan(expert) for expert in experts]
    quickly = [[datetime.fromtimestamp(at, UTC) for at in found.tolist()] for found in ours()]
    assert slowly == quickly, "the two disagree"
    return compare(
        "slots_200", 300, "higher", "weeks of 200 experts/s",
        lambda: 1 / seconds(ours, 50),
        lambda: 1 / seconds(lambda: [_scan(expert) for expert in experts]),
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


def _columns(experts: list[Expert]) -> tuple[engine.Diaries, engine.Asks]:
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
    bounds = int(SINCE.timestamp()), int((SINCE + WEEK).timestamp())
    asks = rows([(n, length, buffer, buffer, step, *bounds) for n, _ in numbered])
    return diaries, engine.Asks(*asks.T)


def _scan(expert: Expert) -> list[datetime]:
    """Try every quarter of an hour of the week, as one would at first."""
    zone = ZoneInfo(expert.zone)
    off = {day.date() for day in expert.off}
    found = []
    start = SINCE
    while start < SINCE + WEEK:
        if _is_open(expert, off, start.astimezone(zone), start + LENGTH) and not any(
            start - BUFFER < high and low < start + LENGTH + BUFFER for low, high in expert.busy
        ):
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
