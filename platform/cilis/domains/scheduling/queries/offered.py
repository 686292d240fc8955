"""How much time experts offer, day by day: what figures are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.scheduling import engine
from cilis.domains.scheduling.models import HoursException, WeeklyHours
from cilis.domains.scheduling.types import ExceptionKind

_Spans = dict[tuple[UUID, date], list[tuple[int, int]]]


def offered_minutes(
    session: Session, expert_ids: Collection[UUID], first: date, last: date
) -> dict[UUID, dict[date, int]]:
    """Open minutes of each expert's days, on their own wall clocks; two queries for all of them.

    Days without open hours are left out; hours kept for one mode or place count like others. The
    weekly hours are those that are kept now: what a week was before somebody replaced it is not
    known here.
    """
    weekly = session.scalars(sa.select(WeeklyHours).where(WeeklyHours.expert_id.in_(expert_ids)))
    special = session.scalars(
        sa.select(HoursException).where(
            HoursException.expert_id.in_(expert_ids),
            HoursException.day >= first,
            HoursException.day <= last,
        )
    )
    rules: _Spans = {}
    for row in weekly:
        for day in _days(row, first, last):
            rules.setdefault((row.expert_id, day), []).append((row.start_minute, row.end_minute))
    off: _Spans = {}
    extra: _Spans = {}
    for one in special:
        kept = extra if one.kind == ExceptionKind.EXTRA else off
        kept.setdefault((one.expert_id, one.day), []).append((one.start_minute, one.end_minute))
    found: dict[UUID, dict[date, int]] = {}
    for key in rules.keys() | extra.keys():
        spans = engine.open_spans(rules.get(key, ()), off.get(key, ()), extra.get(key, ()))
        found.setdefault(key[0], {})[key[1]] = sum(end - start for start, end in spans)
    return found


def _days(row: WeeklyHours, first: date, last: date) -> Iterator[date]:
    """The days of a rule between two others."""
    first = max(first, row.valid_from or first)
    last = min(last, row.valid_until or last)
    day = first + timedelta(days=(row.weekday - first.weekday()) % 7)
    while day <= last:
        yield day
        day += timedelta(days=7)
