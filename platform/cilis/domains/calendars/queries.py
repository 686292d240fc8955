"""The room's reads. They take an expert whom the caller has checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.calendars.errors import CalendarNotFound, FeedNotFound
from cilis.domains.calendars.models import CalendarConnection, CalendarFeed
from cilis.domains.calendars.types import Connection, Feed
from cilis.infra import secrets
from cilis.kit import crypto


def of_expert(session: Session, expert_id: UUID) -> Sequence[Connection]:
    """The calendars of an expert, those connected first before the others."""
    rows = session.scalars(
        sa.select(CalendarConnection)
        .where(CalendarConnection.expert_id == expert_id)
        .order_by(CalendarConnection.connected_at, CalendarConnection.id)
    )
    return [shown(row) for row in rows]


def unread(session: Session, expert_id: UUID) -> Sequence[Connection]:
    """Those of an expert's calendars that could not be read, the longest unread first."""
    found = [one for one in of_expert(session, expert_id) if not one.is_fresh]
    return sorted(found, key=lambda one: one.read_at)


def one(session: Session, expert_id: UUID, calendar_id: UUID) -> Connection:
    """One calendar of an expert; raises CalendarNotFound."""
    row = session.get(CalendarConnection, calendar_id)
    if row is None or row.expert_id != expert_id:
        raise CalendarNotFound(f"no calendar {calendar_id} of {expert_id}")
    return shown(row)


def get(session: Session, calendar_id: UUID) -> CalendarConnection:
    """A connection, whoever asks; raises CalendarNotFound."""
    row = session.get(CalendarConnection, calendar_id)
    if row is None:
        raise CalendarNotFound(f"no calendar {calendar_id}")
    return row


def due_at(session: Session, calendar_id: UUID) -> datetime:
    """For which timer a calendar waits; raises CalendarNotFound."""
    return get(session, calendar_id).due_at


def forgotten(session: Session, before: datetime, limit: int) -> Sequence[CalendarConnection]:
    """Connections, locked, whose timer should have rung long ago."""
    return session.scalars(
        sa.select(CalendarConnection)
        .where(CalendarConnection.due_at < before)
        .order_by(CalendarConnection.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def lock(session: Session, calendar_id: UUID, expert_id: UUID | None = None) -> CalendarConnection:
    """A connection, locked until the caller's transaction ends; raises CalendarNotFound."""
    row = session.get(CalendarConnection, calendar_id, with_for_update=True)
    if row is None or expert_id not in {None, row.expert_id}:
        raise CalendarNotFound(f"no calendar {calendar_id}")
    return row


def feed(session: Session, expert_id: UUID) -> Feed | None:
    """An expert's own feed, if there is one."""
    row = session.get(CalendarFeed, expert_id)
    return None if row is None else shown_feed(row)


def feed_by_token(session: Session, token: str) -> Feed:
    """The feed at an address; raises FeedNotFound."""
    row = session.scalar(sa.select(CalendarFeed).where(CalendarFeed.token == crypto.digest(token)))
    if row is None:
        raise FeedNotFound("no feed has this address")
    return Feed(row.expert_id, token, row.details, row.made_at, row.fetched_at)


def shown_feed(row: CalendarFeed) -> Feed:
    """A feed as its expert sees it; raises kit.crypto.CannotDecrypt."""
    token = secrets.decrypt(row.sealed)
    return Feed(row.expert_id, token, row.details, row.made_at, row.fetched_at)


def shown(row: CalendarConnection) -> Connection:
    """A connection as its expert sees it."""
    return Connection(
        id=row.id,
        expert_id=row.expert_id,
        kind=row.kind,
        name=row.name,
        host=row.host,
        when_unread=row.when_unread,
        patience_minutes=row.patience_minutes,
        read_at=row.read_at,
        tried_at=row.tried_at,
        due_at=row.due_at,
        reason=row.reason,
        closed_at=row.closed_at,
        entries=row.entries,
        skipped=row.skipped,
        names=tuple(row.names),
    )
