"""Free time as rings of bits: one bit for each half hour in which a session may start.

An expert's ring has 96 days and is read 62 days ahead, so a bit never means two days at once.
A question about time cuts its part out of the ring and lays a mask on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cilis.domains.search.types.questions import Window

CELL_SECONDS = 1800
HORIZON = timedelta(days=62)
RING = 96 * 24 * 2
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

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
        bits[_cell(start) % RING] = 49  # "1"
    return bits.decode()


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a ring that some windows lie in, and one mask of that length for each.

    ``first`` counts from 0 on the ring; the part may run over the ring's end into its beginning.
    """

    first: int
    length: int
    masks: tuple[str, ...]

    @property
    def either(self) -> str:
        """One mask in which any of the windows will do."""
        bits = int(self.masks[0], 2)
        for mask in self.masks[1:]:
            bits |= int(mask, 2)
        return format(bits, f"0{self.length}b")


def cut(windows: Sequence[Window], now: datetime) -> Slice:
    """Where these windows lie on a ring; what is past or beyond the horizon fits nothing."""
    first, last = _cell(now), _cell(now + HORIZON)
    spans = [
        (max(_cell(since), first), min(_cell(until - timedelta(microseconds=1)), last))
        for since, until in windows
    ]
    real = [(begin, end) for begin, end in spans if begin <= end]
    begin = min((begin for begin, _ in real), default=first)
    length = max((end for _, end in real), default=begin) - begin + 1
    return Slice(begin % RING, length, tuple(_mask(span, begin, length) for span in spans))


def _mask(span: tuple[int, int], begin: int, length: int) -> str:
    since, until = span[0] - begin, span[1] - begin
    if until < since:
        return "0" * length
    return "0" * since + "1" * (until - since + 1) + "0" * (length - until - 1)


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


def _cell(instant: datetime) -> int:
    return int(instant.timestamp()) // CELL_SECONDS
