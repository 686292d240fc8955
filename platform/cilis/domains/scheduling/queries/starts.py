"""Free starts, as they follow from hours and from what is taken.

However many experts are asked for, their rules, exceptions and taken time come by one query.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from cilis.domains.experts import ServiceTerms
from cilis.domains.scheduling import engine
from cilis.domains.scheduling.models import Claim
from cilis.domains.scheduling.queries.diaries import (
    BUSY,
    EVERYTHING,
    EXCEPTION,
    OPEN,
    RULE,
    STEP,
    WEEK,
    scope,
)
from cilis.domains.scheduling.types import DEFAULT_STEP, LONGEST_QUESTION, NEAR, Venue, Window
from cilis.kit import clock

_LONGEST_DAY = 26 * 3600
_LONGEST_WEEK = 7 * engine.DAY + 2 * 3600
_UUID_HALF = (1 << 63) - 1


def is_open(
    session: Session,
    terms: ServiceTerms,
    starts_at: datetime,
    *,
    instead_of: UUID | None = None,
) -> bool:
    """Whether hours, notice, window, grid and the limits of day and week allow this start.

    Who holds the time is not asked: the claim will tell. Where there is a limit, those who take
    time of this expert queue here until they commit; ``instead_of`` is a claim that makes room.
    """
    question = _point(terms, starts_at, busy=False)
    if question is None:
        return False
    known = _read(session, question)
    if not len(_answer(known, question)[0]):
        return False
    if 0 not in known.most:
        return True
    queue_up(session, terms.expert_id)
    zone = ZoneInfo(terms.time_zone)
    return all(
        _sessions_within(session, terms.expert_id, span, instead_of) < most
        for span, most in _limited(starts_at.astimezone(zone).date(), zone, known.most[0])
    )


def is_offered(session: Session, terms: ServiceTerms, starts_at: datetime) -> bool:
    """Whether this very start is free to be claimed now."""
    question = _point(terms, starts_at, busy=True)
    return question is not None and len(_ask(session, question)[0]) > 0


def free_starts(session: Session, terms: ServiceTerms, window: Window) -> list[datetime]:
    """The free starts of a service in a window of at most `LONGEST_QUESTION`, ascending."""
    since, until = window
    question = _Question([terms], since, min(until, since + LONGEST_QUESTION))
    return _instants(_ask(session, question)[0])


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
    found = _ask(session, question)
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


_Most = tuple[int, int]
"""The most sessions of a day and of a week; 0 is without limit."""

_Span = tuple[int, int]
"""Two instants, half-open."""


@dataclass(frozen=True, slots=True)
class _Question:
    services: Sequence[ServiceTerms]
    since: datetime
    until: datetime
    limit: int | None = None
    busy: bool = True


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of the experts of a question, and what their calendars say, by number."""

    diaries: engine.Diaries
    steps: Mapping[int, int]
    most: Mapping[int, _Most]


def queue_up(session: Session, expert_id: UUID) -> None:
    """Wait until nobody else rearranges this expert's time; the queue ends with the transaction."""
    key = sa.cast(expert_id.int & _UUID_HALF, sa.BigInteger)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def _point(terms: ServiceTerms, starts_at: datetime, *, busy: bool) -> _Question | None:
    if starts_at.microsecond or starts_at.second:
        return None
    return _Question([terms], starts_at, starts_at + timedelta(seconds=1), busy=busy)


def _sessions_within(session: Session, expert_id: UUID, span: _Span, besides: UUID | None) -> int:
    low, high = (datetime.fromtimestamp(at, UTC) for at in span)
    count = sa.select(sa.func.count()).where(
        Claim.expert_id == expert_id,
        Claim.live,
        Claim.during.op("&&")(Range(low, high, bounds="[)")),
        Claim.starts_at >= low,
        Claim.starts_at < high,
    )
    if besides is not None:
        count = count.where(Claim.id != besides)
    return session.scalar(count) or 0


def _limited(day: date, zone: ZoneInfo, most: _Most) -> Iterator[tuple[_Span, int]]:
    """The day and the week, where they have a limit, and how many sessions that is."""
    monday = day - timedelta(days=day.weekday())
    for first, length, limit in ((day, 1, most[0]), (monday, 7, most[1])):
        if limit:
            yield _bounds(first, length, zone), limit


def _bounds(first: date, days: int, zone: ZoneInfo) -> _Span:
    """The instants between which some days lie."""
    begin, end = (
        datetime.combine(one, time(), zone) for one in (first, first + timedelta(days=days))
    )
    return int(begin.timestamp()), int(end.timestamp())


def _instants(starts: engine.Ints) -> list[datetime]:
    return [datetime.fromtimestamp(start, UTC) for start in starts.tolist()]


def _ask(session: Session, question: _Question) -> list[engine.Ints]:
    """One query and one run of the engine for all services of the question."""
    if not question.services:
        return []
    return _answer(_read(session, question), question)


def _answer(known: _Known, question: _Question) -> list[engine.Ints]:
    number = {expert_id: number for number, expert_id in enumerate(_zones(question))}
    places = _places(question)
    now = clock.now().timestamp()
    columns = [
        (
            number[terms.expert_id],
            *_whole(terms.length, terms.before, terms.after),
            known.steps.get(number[terms.expert_id], DEFAULT_STEP) * 60,
            math.ceil(now + terms.notice.total_seconds()),
            math.floor(now + terms.window.total_seconds()),
            scope(Venue(terms.mode, terms.place), places),
        )
        for terms in question.services
    ]
    asks = engine.Asks(*np.array(columns, dtype=np.int64).T)
    since, until = _seconds(question.since), _seconds(question.until)
    return engine.free_starts(known.diaries, asks, since, until, limit=question.limit)


def _zones(question: _Question) -> dict[UUID, str]:
    return {terms.expert_id: terms.time_zone for terms in question.services}


def _places(question: _Question) -> list[str]:
    return sorted({terms.place for terms in question.services if terms.place})


def _seconds(instant: datetime) -> int:
    return math.ceil(instant.timestamp())


def _whole(*durations: timedelta) -> tuple[int, ...]:
    return tuple(int(duration.total_seconds()) for duration in durations)


def _read(session: Session, question: _Question) -> _Known:
    """What the engine needs of the question's experts: one query."""
    zones = _zones(question)
    reach = max(_whole(*(one.length + one.before + one.after for one in question.services)))
    since, until = _seconds(question.since) - reach, _seconds(question.until) + reach
    window, wide = (
        Range(
            *(datetime.fromtimestamp(at, UTC) for at in (since - reach, until + reach)),
            bounds="[)",
        )
        for reach in (_LONGEST_DAY, _LONGEST_WEEK)
    )
    values = {
        "ids": list(zones),
        "first": since // engine.DAY - 2,  # a zone's day may begin a day before UTC's
        "last": until // engine.DAY + 2,
        "window": window,
        "wide": wide,
        "places": _places(question),
    }
    rows = session.connection().execute(EVERYTHING if question.busy else OPEN, values).all()
    table = np.array([tuple(row) for row in rows], dtype=np.int64).reshape(-1, 7)
    kind = table[:, 0]
    table = table[:, 1:]
    calendars = table[kind == STEP][:, :4].tolist()
    most = {number: (day, week) for number, _, day, week in calendars if day or week}
    rules, special, busy = (table[kind == one] for one in (RULE, EXCEPTION, BUSY))
    diaries = engine.Diaries(
        rules,
        special[:, :5],
        busy[:, :3],
        list(zones.values()),
        _full(busy, most, list(zones.values())),
        _only(rules, special),
    )
    return _Known(diaries, {number: step for number, step, *_ in calendars}, most)


def _only(rules: engine.Ints, special: engine.Ints) -> engine.Only | None:
    """For which sessions hours are kept, taken out of the weekday; None: all are for every one."""
    if not (rules[:, 1] >= WEEK).any() and not special[:, 5].any():
        return None
    scopes, rules[:, 1] = np.divmod(rules[:, 1], WEEK)
    return engine.Only(scopes, special[:, 5])


def _full(busy: engine.Ints, most: Mapping[int, _Most], zones: Sequence[str]) -> engine.Ints:
    """Days and weeks with as many sessions as their expert wants, as (expert, from, until)."""
    found: Counter[tuple[int, _Span, int]] = Counter()
    if most:
        for number, _, _, starts_at, *_ in busy.tolist():
            if number in most and starts_at:
                zone = ZoneInfo(zones[number])
                day = datetime.fromtimestamp(starts_at, zone).date()
                found.update((number, *one) for one in _limited(day, zone, most[number]))
    rows = [(number, *span) for (number, span, limit), count in found.items() if count >= limit]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)
