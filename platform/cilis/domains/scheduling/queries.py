"""Reads: hours as they are kept, and the free starts that follow from them.

However many experts are asked for, their rules, exceptions and taken time come by one query.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, Range
from sqlalchemy.orm import Session

from cilis.domains.experts import ServiceTerms
from cilis.domains.scheduling import engine
from cilis.domains.scheduling.errors import ExceptionNotFound
from cilis.domains.scheduling.models import Calendar, Claim, HoursException, WeeklyHours
from cilis.domains.scheduling.types import (
    DEFAULT_STEP,
    LONGEST_QUESTION,
    NEAR,
    DayException,
    ExceptionKind,
    Hours,
    WeeklyRule,
    Window,
)
from cilis.kit import clock

_RULE, _EXCEPTION, _STEP, _BUSY = range(4)
_EPOCH: sa.ColumnClause[Any] = sa.literal_column("date '1970-01-01'")


def hours(session: Session, expert_id: UUID) -> Hours:
    """The week, the exceptions from yesterday on, and the grid of one expert."""
    weekly = session.scalars(
        sa.select(WeeklyHours)
        .where(WeeklyHours.expert_id == expert_id)
        .order_by(WeeklyHours.weekday, WeeklyHours.start_minute)
    )
    since = (clock.now() - timedelta(days=1)).date()
    special = session.scalars(
        sa.select(HoursException)
        .where(HoursException.expert_id == expert_id, HoursException.day >= since)
        .order_by(HoursException.day, HoursException.start_minute)
    )
    calendar = session.get(Calendar, expert_id)
    return Hours(
        expert_id,
        tuple(
            WeeklyRule(
                row.weekday, row.start_minute, row.end_minute, row.valid_from, row.valid_until
            )
            for row in weekly
        ),
        tuple(
            DayException(row.day, row.start_minute, row.end_minute, row.kind, row.id)
            for row in special
        ),
        calendar.step_minutes if calendar else DEFAULT_STEP,
    )


def exception(session: Session, exception_id: UUID) -> DayException:
    """One exception; raises ExceptionNotFound."""
    row = session.get(HoursException, exception_id)
    if row is None:
        raise ExceptionNotFound(f"no exception {exception_id}")
    return DayException(row.day, row.start_minute, row.end_minute, row.kind, row.id)


def is_open(session: Session, terms: ServiceTerms, starts_at: datetime) -> bool:
    """Whether hours, notice, window and grid allow this start, whoever holds the time."""
    return _has_start(session, terms, starts_at, busy=False)


def is_offered(session: Session, terms: ServiceTerms, starts_at: datetime) -> bool:
    """Whether this very start is free to be claimed now."""
    return _has_start(session, terms, starts_at, busy=True)


def free_starts(session: Session, terms: ServiceTerms, window: Window) -> list[datetime]:
    """The free starts of a service in a window of at most `LONGEST_QUESTION`, ascending."""
    since, until = window
    question = _Question([terms], since, min(until, since + LONGEST_QUESTION))
    return _instants(_answer(session, question)[0])


def next_starts(
    session: Session,
    terms_list: Collection[ServiceTerms],
    count: int = 3,
    after: datetime | None = None,
    days: int = 31,
) -> dict[UUID, list[datetime]]:
    """The first free starts of each service, by its id: one query for all of them.

    Looks ``days`` ahead of ``after`` (now unless given); every service has an entry.
    """
    services = list(terms_list)
    since = after or clock.now()
    question = _Question(services, since, since + timedelta(days=days), limit=count)
    found = _answer(session, question)
    return {terms.id: _instants(starts) for terms, starts in zip(services, found, strict=True)}


def near_starts(
    session: Session, terms: ServiceTerms, starts_at: datetime, count: int = 3
) -> list[datetime]:
    """The free starts closest to an instant, in order of time; looks far only if it must."""
    found: list[datetime] = []
    for reach in (NEAR, LONGEST_QUESTION / 2):
        window = starts_at - reach, starts_at + reach
        found = free_starts(session, terms, window)
        if len(found) >= count:
            break
    return sorted(sorted(found, key=lambda start: abs(start - starts_at))[:count])


@dataclass(frozen=True, slots=True)
class _Question:
    services: Sequence[ServiceTerms]
    since: datetime
    until: datetime
    limit: int | None = None
    busy: bool = True


def _has_start(session: Session, terms: ServiceTerms, starts_at: datetime, *, busy: bool) -> bool:
    if starts_at.microsecond or starts_at.second:
        return False
    question = _Question([terms], starts_at, starts_at + timedelta(seconds=1), busy=busy)
    return len(_answer(session, question)[0]) > 0


def _instants(starts: engine.Ints) -> list[datetime]:
    return [datetime.fromtimestamp(start, UTC) for start in starts.tolist()]


def _answer(session: Session, question: _Question) -> list[engine.Ints]:
    """One query and one run of the engine for all services of the question."""
    if not question.services:
        return []
    zones = {terms.expert_id: terms.time_zone for terms in question.services}
    place = {expert_id: number for number, expert_id in enumerate(zones)}
    since = _seconds(question.since)
    until = _seconds(question.until)
    reach = max(_whole(*(one.length + one.before + one.after for one in question.services)))
    diaries, steps = _read(session, zones, (since - reach, until + reach), busy=question.busy)
    now = clock.now().timestamp()
    columns = [
        (
            place[terms.expert_id],
            *_whole(terms.length, terms.before, terms.after),
            steps.get(place[terms.expert_id], DEFAULT_STEP) * 60,
            math.ceil(now + terms.notice.total_seconds()),
            math.floor(now + terms.window.total_seconds()),
        )
        for terms in question.services
    ]
    asks = engine.Asks(*np.array(columns, dtype=np.int64).T)
    return engine.free_starts(diaries, asks, since, until, limit=question.limit)


def _seconds(instant: datetime) -> int:
    return math.ceil(instant.timestamp())


def _whole(*durations: timedelta) -> tuple[int, ...]:
    return tuple(int(duration.total_seconds()) for duration in durations)


def _read(
    session: Session, zones: Mapping[UUID, str], window: tuple[int, int], *, busy: bool
) -> tuple[engine.Diaries, dict[int, int]]:
    """What the engine needs of these experts between two instants, and each one's grid."""
    low, high = (datetime.fromtimestamp(at, UTC) for at in window)
    values = {
        "ids": list(zones),
        "first": window[0] // engine.DAY - 2,  # a zone's day may begin a day before UTC's
        "last": window[1] // engine.DAY + 2,
        "window": Range(low, high, bounds="[)"),
    }
    rows = session.connection().execute(_ALL if busy else _OPEN, values).all()
    table = np.array([tuple(row) for row in rows], dtype=np.int64).reshape(-1, 7)
    kind = table[:, 0]
    table = table[:, 1:]
    steps = {int(row[0]): int(row[1]) for row in table[kind == _STEP]}
    diaries = engine.Diaries(
        table[kind == _RULE],
        table[kind == _EXCEPTION][:, :5],
        table[kind == _BUSY][:, :3],
        list(zones.values()),
    )
    return diaries, steps


def _statement(*, busy: bool) -> sa.CompoundSelect[Any]:
    """Everything about some experts as one table of whole numbers.

    Columns: kind, the expert's number, then up to five values as `engine.Diaries` has them.
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
        sa.literal_column(str(_RULE)).label("kind"),
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
            sa.literal_column(str(_EXCEPTION)),
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
        sa.literal_column(str(_STEP)),
        number,
        Calendar.step_minutes,
        nothing,
        nothing,
        nothing,
        nothing,
    ).join_from(Calendar, wanted, Calendar.expert_id == wanted.c.id)
    if not busy:
        return sa.union_all(rules, special, steps)
    span = sa.bindparam("window", type_=TSTZRANGE())
    # OFFSET 0 keeps PostgreSQL from reading everybody's claims: one look into the index each.
    theirs = (
        sa.select(
            _epoch("floor", sa.func.lower(Claim.during)).label("since"),
            _epoch("ceil", sa.func.upper(Claim.during)).label("until"),
        )
        .where(Claim.expert_id == wanted.c.id, Claim.live, Claim.during.op("&&")(span))
        .offset(0)
        .lateral("theirs")
    )
    taken = sa.select(
        sa.literal_column(str(_BUSY)),
        number,
        theirs.c.since,
        theirs.c.until,
        nothing,
        nothing,
        nothing,
    ).select_from(sa.join(wanted, theirs, sa.true()))
    return sa.union_all(rules, special, steps, taken)


def _epoch(rounding: str, instant: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.cast(getattr(sa.func, rounding)(sa.extract("epoch", instant)), sa.BigInteger)


_OPEN = _statement(busy=False)
_ALL = _statement(busy=True)
