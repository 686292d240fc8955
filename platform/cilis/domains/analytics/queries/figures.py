"""All measures over a period and the one before it: four queries, whatever the period."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.analytics.models import DayRow, OpenDayRow
from cilis.domains.analytics.types import (
    SUM_NAMES,
    Figures,
    Measure,
    Period,
    Point,
    Series,
    Step,
    Stretch,
    Sums,
    value_of,
)
from cilis.infra import i18n
from cilis.kit import clock

_COLUMNS = tuple(DayRow.__table__.c[name] for name in ("day", *SUM_NAMES))


def today(session: Session) -> date:
    """The day that it is where the organization is at home."""
    zone = i18n.known_zone(tenants.organization(session).time_zone)
    return clock.now().astimezone(zone).date()


def figures(session: Session, period: Period, step: Step | None = None) -> Figures:
    """Every measure over the period, point by point, beside as many days before."""
    step = step or period.step
    days = _read(session, Period(period.before.first, period.last))
    parts = list(period.parts(step))
    now = [days.stretch(part) for part in parts]
    before = [days.stretch(part.shifted(-period.days)) for part in parts]
    whole, earlier = days.stretch(period), days.stretch(period.before)
    return Figures(
        period,
        step,
        tenants.organization(session).currency,
        [
            Series(
                measure,
                value_of(measure, whole),
                value_of(measure, earlier),
                [
                    Point(part, value_of(measure, one), value_of(measure, other))
                    for part, one, other in zip(parts, now, before, strict=True)
                ],
            )
            for measure in Measure
        ],
        whole.open_minutes,
        days.estimated_until,
    )


@dataclass(frozen=True, slots=True)
class _Days:
    """What is known of some days, and what stood before the first of them."""

    sums: Mapping[date, Sums]
    opened: Mapping[date, int]
    standing: Sequence[tuple[date, int, int]]  # people and experts at the end of a day
    estimated_until: date | None

    def stretch(self, part: Period) -> Stretch:
        """Some of the days together."""
        inside = [part.first + timedelta(days=number) for number in range(part.days)]
        known = [day for day in inside if day in self.opened]
        total = _sum(self.sums.get(day) for day in inside)
        place = bisect_right(self.standing, part.last, key=lambda one: one[0])
        _, people, experts = self.standing[place - 1]
        return Stretch(
            total,
            people,
            experts,
            sum(self.opened[day] for day in known),
            sum(self.sums[day].minutes for day in known if day in self.sums),
        )


def _sum(found: Iterable[Sums | None]) -> Sums:
    return reduce(Sums.__add__, (one for one in found if one is not None), Sums())


def _read(session: Session, span: Period) -> _Days:
    between = DayRow.day.between(span.first, span.last)
    rows = session.execute(sa.select(*_COLUMNS).where(between).order_by(DayRow.day)).all()
    stood = session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(DayRow.people), 0),
            sa.func.coalesce(sa.func.sum(DayRow.experts), 0),
        ).where(DayRow.day < span.first)
    ).one()
    opened = session.execute(
        sa.select(OpenDayRow.day, OpenDayRow.minutes, OpenDayRow.estimated)
        .where(OpenDayRow.day.between(span.first, span.last))
        .order_by(OpenDayRow.day)
    ).all()
    standing = [(date.min, int(stood[0]), int(stood[1]))]
    for row in rows:
        _, people, experts = standing[-1]
        standing.append((row.day, people + row.people, experts + row.experts))
    return _Days(
        {row.day: Sums(*row[1:]) for row in rows},
        {row.day: row.minutes for row in opened},
        standing,
        max((row.day for row in opened if row.estimated), default=None),
    )
