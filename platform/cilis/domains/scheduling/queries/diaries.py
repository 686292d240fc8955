"""Everything about some experts that free starts follow from, as one table of whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE

from cilis.domains.experts import ServiceMode
from cilis.domains.scheduling import engine
from cilis.domains.scheduling.models import (
    Calendar,
    Claim,
    HoursException,
    OutsideSpan,
    WeeklyHours,
)
from cilis.domains.scheduling.types import ExceptionKind, Venue

RULE, EXCEPTION, STEP, BUSY = range(4)
"""The first column: which kind of row it is."""

WEEK = 7
_MODES = {mode.value: number for number, mode in enumerate(ServiceMode, 1)}
_UNKNOWN = 15  # a mode of a newer release: nothing is held like that here
_EPOCH: sa.ColumnClause[Any] = sa.literal_column("date '1970-01-01'")


def _statement(*, busy: bool) -> sa.CompoundSelect[Any]:
    """Columns: kind, the expert's number, then up to five values as `engine.Diaries` has them.

    For which sessions hours are kept, a scope of the engine, is the fifth value of an exception. A
    rule has all five already: seven times its scope is added to the weekday, so that a table of
    hundreds of experts stays as narrow as it is for those who keep no hours for anything.
    A calendar's row has the grid and the limits of a day and a week, what is taken its session's
    start behind it. Where a week has a limit, claims are looked up in ``wide``. Calendars outside
    are read in either case: no claim will tell of what they take.
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
        sa.cast(WeeklyHours.weekday, sa.BigInteger) + _number(WEEK) * _scope(WeeklyHours),
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
            _scope(HoursException),
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
    span, wide = (sa.bindparam(name, type_=TSTZRANGE()) for name in ("window", "wide"))
    # OFFSET 0 keeps PostgreSQL from reading everybody's spans: one look into the index each.
    outside = (
        sa.select(*_seconds(OutsideSpan.during), sa.literal_column("0").label("starts_at"))
        .where(OutsideSpan.expert_id == wanted.c.id, OutsideSpan.during.op("&&")(span))
        .offset(0)
        .lateral("outside")
    )
    parts = [rules, special, steps, _busy(wanted, outside, number)]
    if busy:
        limited = sa.func.coalesce(Calendar.most_per_week, 0) > 0
        reach = sa.case((limited, wide), else_=span).label("reach")
        asked = (
            sa.select(wanted.c.id, wanted.c.place, reach)
            .join_from(wanted, Calendar, Calendar.expert_id == wanted.c.id, isouter=True)
            .subquery("asked_of")
        )
        theirs = (
            sa.select(
                *_seconds(Claim.during),
                sa.func.coalesce(
                    _epoch("floor", sa.type_coerce(Claim.starts_at, sa.DateTime(timezone=True))), 0
                ).label("starts_at"),
            )
            .where(Claim.expert_id == asked.c.id, Claim.live, Claim.during.op("&&")(asked.c.reach))
            .offset(0)
            .lateral("theirs")
        )
        parts.append(_busy(asked, theirs, asked.c.place - 1))
    return sa.union_all(*parts)


def scope(venue: Venue, places: Sequence[str]) -> int:
    """How and where a service is held as a scope; ``places`` are those of the question."""
    place = places.index(venue.place) + 1 if venue.place else 0
    return engine.scope_of(_MODES[venue.mode], place)


def _scope(row: type[WeeklyHours | HoursException]) -> sa.ColumnElement[int]:
    """The scope of a row's mode and place; a place that nobody asks for has the last number."""
    asked = sa.bindparam("places", type_=ARRAY(sa.Text()))
    place = sa.case(
        (row.place == "", _number(0)),
        else_=sa.func.coalesce(
            sa.func.array_position(asked, row.place), sa.func.cardinality(asked) + _number(1)
        ),
    )
    numbers = [(row.mode == mode, _number(number)) for mode, number in _MODES.items()]
    held = sa.case(*numbers, else_=_number(_UNKNOWN))
    return sa.case(
        (row.mode == "", _number(engine.ANY)),
        else_=held + _number(engine.scope_of(0, 1)) * place,
    )


def _number(value: int) -> sa.ColumnClause[int]:
    """A number in the statement itself: none of these ever changes."""
    return sa.literal_column(str(value), sa.Integer())


def _busy(
    wanted: sa.FromClause, spans: sa.FromClause, number: sa.ColumnElement[Any]
) -> sa.Select[Any]:
    nothing: sa.ColumnClause[Any] = sa.literal_column("0")
    return sa.select(
        sa.literal_column(str(BUSY)),
        number,
        spans.c.since,
        spans.c.until,
        spans.c.starts_at,
        nothing,
        nothing,
    ).select_from(sa.join(wanted, spans, sa.true()))


def _seconds(during: sa.SQLColumnExpression[Any]) -> tuple[sa.Label[int], sa.Label[int]]:
    return (
        _epoch("floor", sa.func.lower(during)).label("since"),
        _epoch("ceil", sa.func.upper(during)).label("until"),
    )


def _epoch(rounding: str, instant: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.cast(getattr(sa.func, rounding)(sa.extract("epoch", instant)), sa.BigInteger)


OPEN = _statement(busy=False)
EVERYTHING = _statement(busy=True)
