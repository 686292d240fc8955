"""Free time as rings of bits: one bit for each half hour in which a session may start.

An expert's ring has 96 days and is read 62 days ahead, so a bit never means two days at once.
A question about time cuts its part out of the ring and lays a mask on it. Half hours that a
question only touches are decided by the exact starts of each service, kept as rows of equal steps.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cilis.domains.search.types.questions import Window

_CELL = 30  # minutes
LONGEST_STEP = 60
HORIZON = timedelta(days=62)
RING = 96 * 24 * 2
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

Span = tuple[int, int]
"""Half-open, in minutes since 1970."""

_PARTS = {"morning": (5, 12), "afternoon": (12, 18), "evening": (18, 24)}


@dataclass(frozen=True, slots=True)
class DayPart:
    """Morning, afternoon or evening of one day in somebody's zone; ``key`` is for addresses."""

    day: date
    part: str
    window: Window

    @property
    def key(self) -> str:
        """The name of this part in an address: "2026-11-24.evening"."""
        return f"{self.day.isoformat()}.{self.part}"


def ring(starts: Iterable[datetime]) -> str:
    """The bits of these starts."""
    bits = bytearray(b"0" * RING)
    for start in starts:
        bits[minute(start) // _CELL % RING] = 49  # "1"
    return bits.decode()


@dataclass(frozen=True, slots=True)
class Runs:
    """The starts of one service without loss: rows of starts that lie ``step`` minutes apart.

    Each row goes from ``since`` to ``until``, both being starts; minutes since 1970.
    """

    step: int
    since: tuple[int, ...]
    until: tuple[int, ...]


def runs(starts: Iterable[datetime]) -> Runs:
    """Sorted starts as rows of equal steps; a start that fits no row is a row of its own."""
    minutes = [minute(start) for start in starts]
    gaps = [later - sooner for sooner, later in itertools.pairwise(minutes)]
    step = min((gap for gap in gaps if 0 < gap <= LONGEST_STEP), default=LONGEST_STEP)
    since, until = minutes[:1], []
    for sooner, later in itertools.pairwise(minutes):
        if later - sooner != step:
            until.append(sooner)
            since.append(later)
    return Runs(step, tuple(since), (*until, *minutes[-1:]))


def minute(instant: datetime) -> int:
    """The minute, since 1970, in which an instant lies."""
    return int(instant.timestamp()) // 60


def instant(minutes: int) -> datetime:
    """The instant at which a minute since 1970 begins."""
    return datetime.fromtimestamp(minutes * 60, UTC)


def spans(windows: Sequence[Window], now: datetime) -> tuple[Span, ...]:
    """Windows in minutes, one span for each; what is past or beyond the horizon is cut off.

    A span may be empty: its end is then not after its beginning.
    """
    first, last = _minute_from(now), minute(now + HORIZON)
    return tuple(
        (max(_minute_from(since), first), min(_minute_from(until), last))
        for since, until in windows
    )


def _minute_from(moment: datetime) -> int:
    """The first whole minute not before an instant."""
    return math.ceil(moment.timestamp() / 60)


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a ring that some spans lie in, and two masks of that length for each.

    ``whole`` marks half hours that lie in the span entirely, ``touched`` those that it shares
    any minute with. ``first`` counts from 0 on the ring; the part may run over the ring's end.
    """

    first: int
    length: int
    whole: tuple[str, ...]
    touched: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether half hours say all about these spans."""
        return self.whole == self.touched


def either(masks: Sequence[str]) -> str:
    """One mask in which any of the masks will do."""
    bits = 0
    for mask in masks:
        bits |= int(mask, 2)
    return format(bits, f"0{len(masks[0])}b")


def cut(asked: Sequence[Span]) -> Slice:
    """Where these spans lie on a ring; an empty one fits nothing."""
    real = [span for span in asked if span[0] < span[1]]
    begin = min((since // _CELL for since, _ in real), default=0)
    length = max(((until - 1) // _CELL for _, until in real), default=begin) - begin + 1
    return Slice(
        begin % RING,
        length,
        tuple(_mask(-(-since // _CELL), until // _CELL, begin, length) for since, until in asked),
        tuple(
            _mask(since // _CELL, -(-until // _CELL) if since < until else 0, begin, length)
            for since, until in asked
        ),
    )


def _mask(since: int, until: int, begin: int, length: int) -> str:
    """Cells from ``since`` before ``until`` as ones."""
    if until <= since:
        return "0" * length
    since, until = since - begin, until - begin
    return "0" * since + "1" * (until - since) + "0" * (length - until)


def grid(first: date, days: int, zone: ZoneInfo) -> list[DayPart]:
    """The parts of some days, day by day: what a calendar of choices shows."""
    return [
        _part(first + timedelta(days=day), part, zone) for day in range(days) for part in _PARTS
    ]


def day_part(key: str, zone: ZoneInfo) -> DayPart | None:
    """The part of a day that a key names; None if it names none."""
    day, _, part = key.partition(".")
    try:
        return _part(date.fromisoformat(day), part, zone) if part in _PARTS else None
    except (ValueError, OverflowError):
        return None


def _part(day: date, part: str, zone: ZoneInfo) -> DayPart:
    since, until = _PARTS[part]
    end = day + timedelta(days=until // 24)
    window = (
        datetime.combine(day, time(since), zone).astimezone(UTC),
        datetime.combine(end, time(until % 24), zone).astimezone(UTC),
    )
    return DayPart(day, part, window)
