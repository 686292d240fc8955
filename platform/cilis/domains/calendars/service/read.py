"""Reading a calendar: ask its server, understand what came, let scheduling take the time away.

The call lies between two transactions and never in one. A failure of the other side is never an
error here: it is written down, the pause grows, and what was read last goes on taking time.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, scheduling
from cilis.domains.calendars import queries
from cilis.domains.calendars.errors import CalendarNotFound, CalendarUnreadable
from cilis.domains.calendars.events import FreshnessChanged, PatienceOver, ReadingDue
from cilis.domains.calendars.models import CalendarConnection
from cilis.domains.calendars.service import caldav, ics
from cilis.domains.calendars.service.addresses import unseal
from cilis.domains.calendars.service.entries import busy_of
from cilis.domains.calendars.types import (
    AHEAD,
    BUSY_SHARE,
    ENOUGH,
    EVERY,
    SELDOM,
    Busy,
    CalendarKind,
    Fetched,
    Mark,
    WhenUnread,
)
from cilis.domains.scheduling import Outside, Window
from cilis.infra import outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock
from cilis.kit.crypto import CannotDecrypt

log = logging.getLogger(__name__)

_OURS = re.compile(r"^([0-9a-f]{32})@")


@dataclass(frozen=True, slots=True)
class Found:
    """What a reading brought: ``fetched`` is None when nothing has changed."""

    window: Window
    seconds: float
    fetched: Fetched | None = None
    busy: Busy | None = None
    failure: CalendarUnreadable | None = None


def read_due(calendar_id: UUID, due: datetime) -> None:
    """Read a calendar when the timer that rang is the one it waits for."""
    with reading() as session:
        try:
            is_awaited = queries.due_at(session, calendar_id) == due
        except CalendarNotFound:
            return
    if is_awaited:
        read(calendar_id)


def read(calendar_id: UUID) -> None:
    """Read a calendar now, and again when it is time; raises CalendarNotFound."""
    with reading() as session:
        row = queries.get(session, calendar_id)
        zone = experts.card(session, row.expert_id).time_zone
    known = Mark(row.etag, row.modified, row.digest)
    if row.zone != zone or row.known_until < clock.now() + ENOUGH:
        known = Mark()  # the same entries mean other times by now
    found = look(row.kind, row.secret, known, zone)
    with transaction() as session:
        now_row = queries.lock(session, calendar_id)
        if now_row.secret != row.secret:  # the log-in was changed meanwhile
            plan(session, now_row, clock.now())
            return
        with telling(session, now_row):
            keep(session, now_row, found, zone)


def look(kind: CalendarKind, secret: str, known: Mark, zone: str) -> Found:
    """Ask a calendar's server and understand its answer; no transaction may be open.

    ``secret`` is the sealed address. Never raises: what went wrong is part of what was found.
    """
    now = clock.now()
    since = (now - timedelta(days=1)).astimezone(UTC).replace(hour=0, minute=0, second=0)
    window = since.replace(microsecond=0), now + AHEAD
    began = time.thread_time()  # what it costs us; waiting for the other side costs nothing
    fetched: Fetched | None = None
    busy: Busy | None = None
    failure: CalendarUnreadable | None = None
    try:
        address = unseal(secret)
        if kind == CalendarKind.CALDAV:
            fetched = caldav.fetch(address, known, window)
        else:
            fetched = ics.fetch(address, known)
        busy = busy_of(fetched.contents, zone, window) if fetched else None
    except CalendarUnreadable as problem:
        failure = problem
    except CannotDecrypt:
        failure = CalendarUnreadable("calendar_log_in_lost")
    except Exception as problem:
        # Whatever a stranger's file does to a parser must not end the readings.
        log.exception("a calendar could not be read")
        failure = CalendarUnreadable("calendar_no_calendar", type(problem).__name__)
    return Found(window, time.thread_time() - began, fetched, busy, failure)


def keep(session: Session, row: CalendarConnection, found: Found, zone: str) -> None:
    """Write down what a reading brought, in the caller's transaction, and plan the next one."""
    row.tried_at = clock.now()
    if found.failure is not None:
        _failed(session, row, found.failure)
        return
    row.failures, row.reason, row.read_at = 0, "", row.tried_at
    if found.fetched is None or found.busy is None:
        scheduling.reopen_calendar(session, row.expert_id, row.id)
    else:
        spans = _foreign(session, row.expert_id, found.busy.spans)
        scheduling.put_outside(session, row.expert_id, row.id, row.name, spans)
        mark = found.fetched.mark
        row.etag, row.modified, row.digest = mark.etag, mark.modified, mark.digest
        row.entries, row.skipped = len(spans), found.busy.skipped
        row.names, row.zone = list(found.fetched.names), zone
        row.known_until = found.window[1]
    row.closed_at = None
    listed = experts.card(session, row.expert_id).listed
    cost = timedelta(seconds=found.seconds * BUSY_SHARE)
    plan(session, row, row.tried_at + max(EVERY if listed else SELDOM, cost))


def plan(session: Session, row: CalendarConnection, due: datetime) -> None:
    """Read a calendar at ``due``; an earlier plan is forgotten."""
    row.due_at = due
    outbox.emit(session, ReadingDue(calendar_id=row.id, due=due), at=due, subject=row.id)


def close_if_unread(calendar_id: UUID) -> None:
    """Close an expert's hours if a calendar that is to close them is still unread; repeatable."""
    with transaction() as session:
        try:
            row = queries.lock(session, calendar_id)
        except CalendarNotFound:
            return
        with telling(session, row):
            judge(session, row)


@contextmanager
def telling(session: Session, row: CalendarConnection) -> Iterator[None]:
    """Tell open pages when what happens inside changes how a calendar stands."""
    before = row.reason, row.closed_at
    yield
    if (row.reason, row.closed_at) != before:
        change = FreshnessChanged(calendar_id=row.id, expert_id=row.expert_id)
        outbox.emit(session, change, subject=row.id)


def judge(session: Session, row: CalendarConnection) -> None:
    """Close or open hours as a calendar's state and its expert's choice say; sets the timer."""
    now = clock.now()
    if row.reason == "" or row.when_unread == WhenUnread.OPEN:
        scheduling.reopen_calendar(session, row.expert_id, row.id)
        row.closed_at = None
        return
    closes_at = row.read_at + timedelta(minutes=row.patience_minutes)
    if closes_at <= now:
        scheduling.close_calendar(session, row.expert_id, row.id, row.name, now)
        row.closed_at = row.closed_at or now
        return
    if row.closed_at is not None:
        scheduling.reopen_calendar(session, row.expert_id, row.id)
        row.closed_at = None
    outbox.emit(session, PatienceOver(calendar_id=row.id), at=closes_at, subject=row.id)


def _failed(session: Session, row: CalendarConnection, failure: CalendarUnreadable) -> None:
    """One more failure: the pause doubles from the usual one to the longest."""
    first = row.reason == ""
    row.reason = failure.reason
    row.failures += 1
    pause = min(EVERY * 2 ** min(row.failures - 1, 10), SELDOM)
    plan(session, row, row.tried_at + max(pause, timedelta(seconds=failure.after)))
    is_over = row.read_at + timedelta(minutes=row.patience_minutes) <= row.tried_at
    if first or (is_over and row.closed_at is None):
        judge(session, row)


def _foreign(session: Session, expert_id: UUID, spans: Collection[Outside]) -> list[Outside]:
    """Without the expert's own sessions that come back from a calendar which has them from us.

    What is booked here is known here, and better: also that it was moved or cancelled since.
    """
    ours = {
        UUID(match[1]): span.uid for span in spans if (match := _OURS.match(span.uid)) is not None
    }
    own = {ours[fact.id] for fact in bookings.facts(session, ours) if fact.expert_id == expert_id}
    return [span for span in spans if span.uid not in own]
