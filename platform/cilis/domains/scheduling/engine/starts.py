"""Which starts are free: pure arithmetic on half-open intervals, for many experts at once.

No database, no clock. Times are whole seconds since 1970 UTC in numpy columns; every expert's
time line is laid behind the previous one on one long axis, so that one sort and one running sum
answer for all of them.

Wall-clock rules survive changes of the clock: a wall minute that does not exist is skipped, one
that comes twice is open the first time only.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cilis.domains.scheduling.engine.columns import Asks, Diaries, of_experts
from cilis.domains.scheduling.engine.scopes import dealt_out
from cilis.domains.scheduling.engine.zones import DAY, Ints, Segments

_MARGIN = 3 * DAY
_DELTA = np.array([1, -1, -(1 << 30), 1 << 30], dtype=np.int64)


class _Axis(NamedTuple):
    """One long line: expert n's instant t lies at n * span + t - base."""

    base: int
    span: int
    first_day: int
    last_day: int

    def place(self, owner: Ints, instant: Ints) -> Ints:
        inside = np.minimum(np.maximum(instant - self.base, 0), self.span - 1)  # quicker than clip
        return np.asarray(owner * self.span + inside, dtype=np.int64)


def free_starts(
    diaries: Diaries, asks: Asks, since: int, until: int, *, limit: int | None = None
) -> list[Ints]:
    """The free starts in [since, until) of each ask, ascending; at most ``limit`` of each.

    A start is free when its session lies in open hours and, widened by its buffers, touches
    nothing busy, and when its day is not full. Buffers add up, and may lie outside the open hours.
    Hours that are kept for another scope than the ask's are not open to it.
    """
    diaries, asks = dealt_out(diaries, asks)
    count = len(asks.expert)
    if not count or since >= until:
        return [np.empty(0, dtype=np.int64) for _ in range(count)]
    reach = int((asks.length + asks.before + asks.after).max())
    base = since - _MARGIN - reach
    axis = _Axis(base, until + _MARGIN + reach - base, since // DAY - 1, (until + reach) // DAY + 1)
    segments = Segments.of(diaries.zones, axis.first_day, axis.last_day)
    opened = _open_hours(diaries, axis, segments)
    allowed = _allowed(opened, diaries, asks, axis, (since, until))
    owner, found = _on_the_grid(allowed, asks, axis, segments, limit)
    edges = np.searchsorted(owner, np.arange(count + 1))
    return [found[low:high][:limit] for low, high in pairwise(edges)]


def _open_hours(diaries: Diaries, axis: _Axis, segments: Segments) -> tuple[Ints, Ints]:
    weekly = _occurrences(diaries.rules, axis)
    low, high = _placed(weekly, axis, segments)
    nothing = np.empty(0, dtype=np.int64)
    if not len(diaries.exceptions):
        return _subtract(low, high, nothing, nothing)
    days = diaries.exceptions[:, 1]
    near = diaries.exceptions[(days >= axis.first_day) & (days <= axis.last_day)]
    walls = (near[:, 0], near[:, 1] * DAY + near[:, 2] * 60, near[:, 1] * DAY + near[:, 3] * 60)
    extra = near[:, 4] == 1
    off_low, off_high = _placed(tuple(column[~extra] for column in walls), axis, segments)
    low, high = _subtract(low, high, off_low, off_high)
    if not extra.any():
        return low, high
    more_low, more_high = _placed(tuple(column[extra] for column in walls), axis, segments)
    low, high = np.concatenate((low, more_low)), np.concatenate((high, more_high))
    return _subtract(low, high, nothing, nothing)


def _occurrences(rules: Ints, axis: _Axis) -> tuple[Ints, ...]:
    """Every day on which a rule holds, as (expert, from, until) on the wall clock."""
    first = axis.first_day + (rules[:, 1] - _weekday(axis.first_day)) % 7
    weeks = np.arange((axis.last_day - axis.first_day) // 7 + 1, dtype=np.int64) * 7
    days = first[:, None] + weeks[None, :]
    holds = (days <= np.minimum(rules[:, 5], axis.last_day)[:, None]) & (
        days >= rules[:, 4][:, None]
    )
    which, _ = np.nonzero(holds)
    midnight = days[holds] * DAY
    return rules[which, 0], midnight + rules[which, 2] * 60, midnight + rules[which, 3] * 60


def _weekday(day: int) -> int:
    return (day + 3) % 7  # 1970-01-01 was a Thursday


def _placed(walls: tuple[Ints, ...], axis: _Axis, segments: Segments) -> tuple[Ints, Ints]:
    """Wall-clock intervals as intervals on the axis, cut where the clock changes."""
    owner, low, high = walls
    zone = segments.zone_of[owner]
    parts = []
    for part in range(segments.wall_low.shape[1]):
        offset = segments.offset[zone, part]
        cut_low = np.maximum(low, segments.wall_low[zone, part])
        cut_high = np.minimum(high, segments.wall_high[zone, part])
        kept = cut_low < cut_high
        place = owner[kept], offset[kept]
        parts.append(
            (
                axis.place(place[0], cut_low[kept] - place[1]),
                axis.place(place[0], cut_high[kept] - place[1]),
            )
        )
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _subtract(low: Ints, high: Ints, off_low: Ints, off_high: Ints) -> tuple[Ints, Ints]:
    """The union of the first intervals without the second ones: sorted, disjoint, not touching."""
    keys = np.concatenate((low * 4, high * 4 + 1, off_low * 4 + 2, off_high * 4 + 3))
    if not len(keys):
        return keys, keys
    keys.sort()
    times = keys >> 2
    inside = np.cumsum(_DELTA[keys & 3]) > 0
    last = np.empty(len(keys), dtype=bool)
    last[-1] = True
    np.not_equal(times[1:], times[:-1], out=last[:-1])
    times, inside = times[last], inside[last]
    turns = inside.copy()
    np.not_equal(inside[1:], inside[:-1], out=turns[1:])
    edges = times[turns]
    return edges[0::2], edges[1::2]


def _allowed(
    opened: tuple[Ints, Ints],
    diaries: Diaries,
    asks: Asks,
    axis: _Axis,
    window: tuple[int, int],
) -> tuple[Ints, Ints]:
    """Where a session may begin: open hours shortened by its length, less what is taken."""
    low, high = opened
    owner = low // axis.span
    ask, rows = of_experts(owner, asks.expert)
    start = low[rows] - owner[rows] * axis.span + axis.base
    end = high[rows] - owner[rows] * axis.span + axis.base - asks.length[ask] + 1
    start = np.maximum(start, np.maximum(asks.earliest, window[0])[ask])
    end = np.minimum(end, np.minimum(asks.latest + 1, window[1])[ask])
    kept = start < end
    ask, start, end = ask[kept], start[kept], end[kept]
    barred = _taken(diaries.busy, asks, axis)
    if len(diaries.full):
        shut = _full(diaries.full, asks, axis)
        barred = np.concatenate((barred[0], shut[0])), np.concatenate((barred[1], shut[1]))
    return _subtract(axis.place(ask, start), axis.place(ask, end), *barred)


def _taken(busy: Ints, asks: Asks, axis: _Axis) -> tuple[Ints, Ints]:
    """Where no session may begin because it would touch what is busy."""
    order = np.argsort(busy[:, 0], kind="stable")
    asked, taken = of_experts(busy[order, 0], asks.expert)
    taken = order[taken]
    barred = busy[taken, 1] - (asks.length + asks.after)[asked] + 1
    until = busy[taken, 2] + asks.before[asked]
    return axis.place(asked, barred), axis.place(asked, until)


def _full(full: Ints, asks: Asks, axis: _Axis) -> tuple[Ints, Ints]:
    """Days on which none may begin, whatever its length."""
    order = np.argsort(full[:, 0], kind="stable")
    asked, days = of_experts(full[order, 0], asks.expert)
    days = order[days]
    return axis.place(asked, full[days, 1]), axis.place(asked, full[days, 2])


def _on_the_grid(
    allowed: tuple[Ints, Ints], asks: Asks, axis: _Axis, segments: Segments, limit: int | None
) -> tuple[Ints, Ints]:
    """Every start of the allowed intervals that lies on its expert's grid of wall minutes."""
    owner = allowed[0] // axis.span
    shift = axis.base - owner * axis.span
    low, high = allowed[0] + shift, allowed[1] + shift
    zone = segments.zone_of[asks.expert[owner]]
    parts = segments.offset.shape[1]
    if parts > 1:
        every = [(owner, low, high, zone, np.full(len(owner), part)) for part in range(parts)]
        owner, low, high, zone, part = (
            np.concatenate(column) for column in zip(*every, strict=True)
        )
        low = np.maximum(low, segments.low[zone, part])
        high = np.minimum(high, segments.high[zone, part])
        order = np.argsort(axis.place(owner, low), kind="stable")
        owner, low, high, offset = (
            column[order] for column in (owner, low, high, segments.offset[zone, part])
        )
    else:
        offset = segments.offset[zone, 0]
    step = asks.step[owner]
    first = low + (-(low + offset)) % step
    counts = np.maximum((high - first + step - 1) // step, 0)
    if limit is not None:
        counts = np.minimum(counts, limit)
    before = np.cumsum(counts) - counts
    steps = np.arange(counts.sum(), dtype=np.int64) - np.repeat(before, counts)
    starts = np.repeat(first, counts) + steps * np.repeat(step, counts)
    return np.repeat(owner, counts), starts
