"""Hours as they are kept, and as a calendar shows them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from cilis.domains.scheduling import engine
from cilis.domains.scheduling.errors import ExceptionNotFound, RuleNotFound
from cilis.domains.scheduling.models import (
    Calendar,
    Claim,
    HoursException,
    OutsideSpan,
    WeeklyHours,
)
from cilis.domains.scheduling.types import (
    DAY_MINUTES,
    DEFAULT_STEP,
    EVERYTHING,
    LONGEST_QUESTION,
    DayException,
    Entry,
    EntryKind,
    ExceptionKind,
    Hours,
    Place,
    Venue,
    WeeklyRule,
    Window,
)
from cilis.kit import clock


def hours(session: Session, expert_id: UUID) -> Hours:
    """The week, the exceptions from yesterday on, the grid and the limits of one expert."""
    since = (clock.now() - timedelta(days=1)).date()
    calendar = session.get(Calendar, expert_id)
    return Hours(
        expert_id,
        tuple(week(session, expert_id)),
        tuple(exceptions(session, expert_id, since)),
        calendar.step_minutes if calendar else DEFAULT_STEP,
        calendar.most_per_day if calendar else 0,
        calendar.most_per_week if calendar else 0,
        Place(calendar.country, calendar.region) if calendar and calendar.country else None,
    )


def week(session: Session, expert_id: UUID) -> list[WeeklyRule]:
    """The weekly rules of one expert, in the order of the week."""
    rows = session.scalars(
        sa.select(WeeklyHours)
        .where(WeeklyHours.expert_id == expert_id)
        .order_by(WeeklyHours.weekday, WeeklyHours.start_minute, WeeklyHours.id)
    )
    return [_rule(row) for row in rows]


def rule(session: Session, expert_id: UUID, rule_id: UUID) -> WeeklyRule:
    """One rule of an expert; raises RuleNotFound."""
    row = session.get(WeeklyHours, rule_id)
    if row is None or row.expert_id != expert_id:
        raise RuleNotFound(f"no rule {rule_id} of {expert_id}")
    return _rule(row)


def exceptions(
    session: Session, expert_id: UUID, since: date, until: date | None = None
) -> list[DayException]:
    """The exceptions of an expert on the days from ``since`` to ``until``, both included."""
    wanted = sa.select(HoursException).where(
        HoursException.expert_id == expert_id, HoursException.day >= since
    )
    if until is not None:
        wanted = wanted.where(HoursException.day <= until)
    rows = session.scalars(
        wanted.order_by(HoursException.day, HoursException.start_minute, HoursException.id)
    )
    return [_exception(row) for row in rows]


def exception(session: Session, expert_id: UUID, exception_id: UUID) -> DayException:
    """One exception of an expert; raises ExceptionNotFound."""
    row = session.get(HoursException, exception_id)
    if row is None or row.expert_id != expert_id:
        raise ExceptionNotFound(f"no exception {exception_id} of {expert_id}")
    return _exception(row)


def entries(session: Session, expert_id: UUID, zone: str, window: Window) -> list[Entry]:
    """Everything on an expert's calendar in a window of at most `LONGEST_QUESTION`: four queries.

    Open hours day by day as they come of rules and exceptions, the exceptions themselves, what is
    taken, and what calendars outside take; in order of time. Hours kept for one venue stand apart,
    as far as they are not open for everything. ``zone`` is the expert's.
    """
    since, until = window[0], min(window[1], window[0] + LONGEST_QUESTION)
    wall = ZoneInfo(zone)
    first = since.astimezone(wall).date()
    last = (until - timedelta(microseconds=1)).astimezone(wall).date()
    special = exceptions(session, expert_id, first, last)
    found = [
        *_open(week(session, expert_id), special, (first, last), wall),
        *(_special(one, wall) for one in special),
        *_taken(session, expert_id, (since, until)),
        *outside(session, expert_id, (since, until)),
    ]
    inside = (one for one in found if one.ends_at > since and one.starts_at < until)
    return sorted(inside, key=lambda one: (one.starts_at, one.kind))


def _open(
    rules: list[WeeklyRule], special: list[DayException], days: tuple[date, date], wall: ZoneInfo
) -> Iterator[Entry]:
    by_day: dict[date, list[DayException]] = {}
    for one in special:
        by_day.setdefault(one.day, []).append(one)
    for number in range((days[1] - days[0]).days + 1):
        day = days[0] + timedelta(days=number)
        weekly = [one for one in rules if one.holds_on(day)]
        for venue, start, end in _spans(weekly, by_day.get(day, [])):
            instants = _instants(day, start, end, wall)
            yield Entry(EntryKind.OPEN, *instants, day, start, end, venue=venue)


def _spans(
    weekly: list[WeeklyRule], special: list[DayException]
) -> Iterator[tuple[Venue, int, int]]:
    """What is open on one day: for every session, and besides for those of one venue."""
    off = [_minutes(one) for one in special if one.kind is ExceptionKind.OFF]
    more = [one for one in special if one.kind is ExceptionKind.EXTRA]
    venues = {one.venue for one in weekly} | {one.venue for one in more}
    common: list[engine.Span] = []
    kept = venues - {EVERYTHING}
    for venue in (EVERYTHING, *sorted(kept, key=lambda one: (one.mode, one.place))):
        spans = engine.open_spans(
            [_minutes(one) for one in weekly if one.venue == venue],
            off,
            [_minutes(one) for one in more if one.venue == venue],
        )
        for start, end in engine.without(spans, common):
            yield venue, start, end
        if venue.is_any:
            common = spans


def _minutes(one: WeeklyRule | DayException) -> engine.Span:
    return one.start_minute, one.end_minute


def _special(one: DayException, wall: ZoneInfo) -> Entry:
    return Entry(
        EntryKind(one.kind.value),
        *_instants(one.day, one.start_minute, one.end_minute, wall),
        one.day,
        one.start_minute,
        one.end_minute,
        id=one.id,
        label=one.label,
        venue=one.venue,
    )


def _taken(session: Session, expert_id: UUID, window: Window) -> Iterator[Entry]:
    rows = session.execute(
        sa.select(sa.func.lower(Claim.during), sa.func.upper(Claim.during), Claim.holder_id).where(
            Claim.expert_id == expert_id,
            Claim.live,
            Claim.during.op("&&")(Range(*window, bounds="[)")),
        )
    )
    for starts_at, ends_at, holder_id in rows:
        yield Entry(EntryKind.TAKEN, starts_at, ends_at, holder_id=holder_id)


def outside(session: Session, expert_id: UUID, window: Window) -> Iterator[Entry]:
    """Spans of calendars elsewhere; one that has no end is shown to the end of the window."""
    rows = session.execute(
        sa.select(
            sa.func.lower(OutsideSpan.during),
            sa.func.least(sa.func.upper(OutsideSpan.during), window[1]),
            OutsideSpan.closed,
            OutsideSpan.label,
            OutsideSpan.source_id,
        ).where(
            OutsideSpan.expert_id == expert_id,
            OutsideSpan.during.op("&&")(Range(*window, bounds="[)")),
        )
    )
    for starts_at, ends_at, closed, label, source_id in rows:
        kind = EntryKind.UNREADABLE if closed else EntryKind.OUTSIDE
        yield Entry(kind, starts_at, ends_at, label=label, source_id=source_id)


def _instants(day: date, start: int, end: int, wall: ZoneInfo) -> tuple[datetime, datetime]:
    return _instant(day, start, wall), _instant(day, end, wall)


def _instant(day: date, minute: int, wall: ZoneInfo) -> datetime:
    if minute == DAY_MINUTES:
        day, minute = day + timedelta(days=1), 0
    return datetime.combine(day, time(minute // 60, minute % 60), wall).astimezone(UTC)


def _rule(row: WeeklyHours) -> WeeklyRule:
    return WeeklyRule(
        row.weekday,
        row.start_minute,
        row.end_minute,
        row.valid_from,
        row.valid_until,
        row.id,
        row.mode,
        row.place,
    )


def _exception(row: HoursException) -> DayException:
    return DayException(
        row.day, row.start_minute, row.end_minute, row.kind, row.id, row.label, row.mode, row.place
    )
