"""When a zone's clock changes, found by asking it; kept for the life of the process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

DAY = 86_400


class Segments(NamedTuple):
    """Spans of constant distance to UTC, per zone; short rows are filled with empty spans."""

    zone_of: Ints
    low: Ints
    high: Ints
    offset: Ints
    wall_low: Ints
    wall_high: Ints

    @classmethod
    def of(cls, zones: Sequence[str], first_day: int, last_day: int) -> Segments:
        """The spans of each expert's zone between two days."""
        names = {name: number for number, name in enumerate(dict.fromkeys(zones))}
        found = [constant_spans(name, first_day, last_day) for name in names]
        width = max(len(spans) for spans in found)
        empty = (0, 0, 0, 0, 0)
        table = np.array(
            [spans + (empty,) * (width - len(spans)) for spans in found], dtype=np.int64
        )
        number = np.array([names[name] for name in zones], dtype=np.int64)
        return cls(number, *(table[:, :, column] for column in range(5)))


@lru_cache(maxsize=4096)
def constant_spans(
    zone: str, first_day: int, last_day: int
) -> tuple[tuple[int, int, int, int, int], ...]:
    """Spans (from, until, offset, wall from, wall until) that cover the days and two around them.

    A span's wall clock begins where the one before ended, so a doubled hour belongs to the
    first of them alone.
    """
    begin, end = (first_day - 2) * DAY, (last_day + 3) * DAY
    years = range(_year(begin), _year(end) + 1)
    turns = [at for year in years for at in changes(zone, year) if begin < at < end]
    spans = []
    wall = begin + _offset(zone, begin)
    for low, high in pairwise((begin, *turns, end)):
        offset = _offset(zone, low)
        wall_low = max(low + offset, wall)
        wall = max(high + offset, wall)
        spans.append((low, high, offset, wall_low, wall))
    return tuple(spans)


@lru_cache(maxsize=8192)
def changes(zone: str, year: int) -> tuple[int, ...]:
    """The instants of a year at which the zone's distance to UTC changes."""
    begin = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp())
    days = [*range(begin, end, DAY), end]
    offsets = [_offset(zone, day) for day in days]
    found = []
    for number, (before, after) in enumerate(pairwise(offsets)):
        if before != after:
            found.append(_moment_of_change(zone, days[number], days[number + 1]))
    return tuple(found)


def _moment_of_change(zone: str, low: int, high: int) -> int:
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _year(instant: int) -> int:
    return datetime.fromtimestamp(instant, UTC).year


def _offset(zone: str, instant: int) -> int:
    distance = datetime.fromtimestamp(instant, ZoneInfo(zone)).utcoffset()
    assert distance is not None  # noqa: S101 - a zone always has one
    return int(distance.total_seconds())
