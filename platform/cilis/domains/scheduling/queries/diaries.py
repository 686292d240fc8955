"""Everything about some experts that free starts follow from, as one table of whole numbers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE

from cilis.domains.scheduling import engine
from cilis.domains.scheduling.models import Calendar, Claim, HoursException, WeeklyHours
from cilis.domains.scheduling.types import ExceptionKind

RULE, EXCEPTION, STEP, BUSY = range(4)
"""The first column: which kind of row it is."""

_EPOCH: sa.ColumnClause[Any] = sa.literal_column("date '1970-01-01'")


def _statement(*, busy: bool) -> sa.CompoundSelect[Any]:
    """Columns: kind, the expert's number, then up to five values as `engine.Diaries` has them.

    A calendar's row has the grid and the limits of a day and a week, what is taken its session's
    start behind it. Where a week has a limit, what is taken is looked up in ``wide``.
    """
    unnested = sa.func.unnest(sa.bindparam("ids", type_=ARRAY(sa.Uuid())))
    wanted = sa.select(
        unnested.table_valued(
            sa.column("id", sa.Uuid()), with_ordinality="place", name="asked"
        ).render_derived()
    ).cte("wanted")
    number = (wanted.c.place - 1).label("number")
    first, last = (sa.bindparam(name, type_=sa.Integer()) for name in ("first", "last"))
    nothing: sa.ColumnClause[Any] = sa.literal_column("0")
    rules = sa.select(
        sa.literal_column(str(RULE)).label("kind"),
        number,
        sa.cast(WeeklyHours.weekday, sa.BigInteger),
        sa.cast(WeeklyHours.start_minute, sa.BigInteger),
        WeeklyHours.end_minute,
        sa.func.coalesce(WeeklyHours.valid_from - _EPOCH, engine.ALWAYS[0]),
        sa.func.coalesce(WeeklyHours.valid_until - _EPOCH, engine.ALWAYS[1]),
    ).join_from(WeeklyHours, wanted, WeeklyHours.expert_id == wanted.c.id)
    day = sa.type_coerce(HoursException.day - _EPOCH, sa.Integer())
    special = (
        sa.select(
            sa.literal_column(str(EXCEPTION)),
            number,
            day,
            HoursException.start_minute,
            HoursException.end_minute,
            sa.case((HoursException.kind == ExceptionKind.EXTRA, 1), else_=0),
            nothing,
        )
        .join_from(HoursException, wanted, HoursException.expert_id == wanted.c.id)
        .where(HoursException.day >= _EPOCH + first, HoursException.day <= _EPOCH + last)
    )
    steps = sa.select(
        sa.literal_column(str(STEP)),
        number,
        Calendar.step_minutes,
        Calendar.most_per_day,
        Calendar.most_per_week,
        nothing,
        nothing,
    ).join_from(Calendar, wanted, Calendar.expert_id == wanted.c.id)
    if not busy:
        return sa.union_all(rules, special, steps)
    span, wide = (sa.bindparam(name, type_=TSTZRANGE()) for name in ("window", "wide"))
    limited = sa.func.coalesce(Calendar.most_per_week, 0) > 0
    reach = sa.select(
        wanted.c.id, wanted.c.place, sa.case((limited, wide), else_=span).label("span")
    )
    asked = reach.join_from(
        wanted, Calendar, Calendar.expert_id == wanted.c.id, isouter=True
    ).subquery("asked")
    # OFFSET 0 keeps PostgreSQL from reading everybody's claims: one look into the index each.
    theirs = (
        sa.select(
            _epoch("floor", sa.func.lower(Claim.during)).label("since"),
            _epoch("ceil", sa.func.upper(Claim.during)).label("until"),
            sa.func.coalesce(
                _epoch("floor", sa.type_coerce(Claim.starts_at, sa.DateTime(timezone=True))), 0
            ).label("starts_at"),
        )
        .where(Claim.expert_id == asked.c.id, Claim.live, Claim.during.op("&&")(asked.c.span))
        .offset(0)
        .lateral("theirs")
    )
    taken = sa.select(
        sa.literal_column(str(BUSY)),
        asked.c.place - 1,
        theirs.c.since,
        theirs.c.until,
        theirs.c.starts_at,
        nothing,
        nothing,
    ).select_from(sa.join(asked, theirs, sa.true()))
    return sa.union_all(rules, special, steps, taken)


def _epoch(rounding: str, instant: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.cast(getattr(sa.func, rounding)(sa.extract("epoch", instant)), sa.BigInteger)


OPEN = _statement(busy=False)
EVERYTHING = _statement(busy=True)
