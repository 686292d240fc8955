"""Which experts and which topics have the most sessions in a period."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.analytics.models import ExpertDayRow, ExpertFactRow
from cilis.domains.analytics.types import TOP, Period, Ranked

_SUMS = tuple(
    sa.func.coalesce(sa.func.sum(column), 0).label(column.key)
    for column in (ExpertDayRow.sessions, ExpertDayRow.cancelled, ExpertDayRow.value_minor)
)


def top_experts(session: Session, period: Period, limit: int = TOP) -> Sequence[Ranked]:
    """Experts by their sessions in the period, the most first; two queries."""
    key = ExpertDayRow.expert_id
    rows = session.execute(
        sa.select(key.label("id"), *_SUMS)
        .where(_in(period))
        .group_by(key)
        .having(sa.func.sum(ExpertDayRow.sessions) > 0)
        .order_by(sa.desc("sessions"), sa.desc("value_minor"), key)
        .limit(limit)
    ).all()
    found = session.execute(
        sa.select(key, sa.func.sum(ExpertDayRow.sessions))
        .where(_in(period.before), key.in_([row.id for row in rows]))
        .group_by(key)
    )
    before = {row[0]: int(row[1]) for row in found}
    return [_ranked(row, before.get(row.id, 0)) for row in rows]


def top_topics(session: Session, period: Period, limit: int = TOP) -> Sequence[Ranked]:
    """Topics by the sessions of the experts who chose them first; the last may be all others.

    An expert's sessions count for one topic only, the first of the chosen ones, so that the
    topics add up to the whole. Two queries.
    """
    rows = session.execute(_by_topic(period)).all()
    before = {row.id: int(row.sessions) for row in session.execute(_by_topic(period.before))}
    ranked = [_ranked(row, before.pop(row.id, 0)) for row in rows]
    named = [one for one in ranked if one.id is not None]
    rest = [*named[limit:], *(one for one in ranked if one.id is None)]
    gone = sum(before.values()) if rows else 0  # of topics that have no session in these days
    if not rest and not gone:
        return named
    return [
        *named[:limit],
        Ranked(
            None,
            sum(one.sessions for one in rest),
            sum(one.cancelled for one in rest),
            sum(one.value_minor for one in rest),
            sum(one.before for one in rest) + gone,
        ),
    ]


def _by_topic(period: Period) -> sa.Select[tuple[object, ...]]:
    key = ExpertFactRow.topic_id
    return (
        sa.select(key.label("id"), *_SUMS)
        .join_from(
            ExpertDayRow, ExpertFactRow, ExpertFactRow.id == ExpertDayRow.expert_id, isouter=True
        )
        .where(_in(period))
        .group_by(key)
        .having(sa.func.sum(ExpertDayRow.sessions) > 0)
        .order_by(sa.desc("sessions"), sa.desc("value_minor"), key)
    )


def _in(period: Period) -> sa.ColumnElement[bool]:
    return ExpertDayRow.day.between(period.first, period.last)


def _ranked(row: sa.Row[tuple[object, ...]], before: int) -> Ranked:
    return Ranked(row.id, int(row.sessions), int(row.cancelled), int(row.value_minor), before)
