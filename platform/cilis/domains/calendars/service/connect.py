"""Connecting a calendar, changing what holds for it, and letting it go."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import experts, scheduling
from cilis.domains.calendars import queries
from cilis.domains.calendars.errors import CalendarNotFound, TooManyCalendars
from cilis.domains.calendars.models import CalendarConnection
from cilis.domains.calendars.service import read
from cilis.domains.calendars.service.addresses import checked, host_of, seal, unseal
from cilis.domains.calendars.types import (
    EVERY,
    MOST_CALENDARS,
    PATIENCE,
    Address,
    CalendarKind,
    Change,
    Mark,
    Wish,
)
from cilis.infra import audit, idempotency, limits
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

_LONGEST_NAME = 80
_CALLS = "60/hour"


def test(kind: CalendarKind, address: Address, viewer: Viewer) -> read.Found:
    """Read a calendar once without keeping anything.

    Raises:
        NotAnExpert: the viewer has no profile.
        InvalidInput: the ``url`` is none that can be called.
        TooMany: too many calls in one hour.
    """
    address = checked(address)
    with reading() as session:
        zone = experts.mine(session, viewer).card.time_zone
    _count(viewer)
    return read.look(kind, seal(address), Mark(), zone)


def connect(wish: Wish, viewer: Viewer) -> UUID:
    """Connect a calendar and take away at once what it takes; returns the connection's id.

    Raises:
        NotAnExpert: the viewer has no profile.
        InvalidInput: ``name``, ``url``, ``user`` or ``patience_minutes`` make no sense.
        TooManyCalendars: the expert has as many as one may.
        CalendarUnreadable: it cannot be read now; nothing is kept.
        TooMany: too many calls in one hour.
    """
    name = _checked_name(wish.name)
    _check_patience(wish.patience_minutes)
    address = checked(wish.address)
    with reading() as session:
        card = experts.mine(session, viewer).card
        _check_room(session, card.id)
    _count(viewer)
    secret = seal(address)
    found = read.look(wish.kind, secret, Mark(), card.time_zone)
    if found.failure is not None:
        raise found.failure
    now = clock.now()
    with transaction() as session:
        _check_room(session, card.id)
        row = CalendarConnection(
            id=ids.new(),
            expert_id=card.id,
            kind=wish.kind,
            name=name,
            host=host_of(address.url),
            secret=secret,
            when_unread=wish.when_unread,
            patience_minutes=wish.patience_minutes,
            connected_at=now,
            read_at=now,
            tried_at=now,
            due_at=now,
            failures=0,
            reason="",
            closed_at=None,
            known_until=now,
            zone=card.time_zone,
        )
        session.add(row)
        read.keep(session, row, found, card.time_zone)
        detail = {"kind": wish.kind.value, "host": row.host}
        audit.record(session, "calendars.connected", card.id, actor=viewer.person_id, detail=detail)
        idempotency.made(session, row.id)
        return row.id


def change(calendar_id: UUID, wish: Change, viewer: Viewer) -> None:
    """Change a connection's name, what holds while it is unread, or its log-in.

    A new log-in is tried at the next reading, which comes at once.

    Raises:
        CalendarNotFound: no such calendar of the viewer's.
        InvalidInput: ``name``, ``user`` or ``patience_minutes`` make no sense.
    """
    if wish.patience_minutes is not None:
        _check_patience(wish.patience_minutes)
    name = None if wish.name is None else _checked_name(wish.name)
    with transaction() as session:
        row = _lock(session, calendar_id, viewer)
        if name is not None and name != row.name:
            row.name = name
            scheduling.name_calendar(session, row.id, name)
        row.when_unread = wish.when_unread or row.when_unread
        row.patience_minutes = wish.patience_minutes or row.patience_minutes
        if wish.user is not None or wish.password is not None:
            _take_log_in(session, row, wish)
        with read.telling(session, row):
            read.judge(session, row)
        detail = {"when_unread": row.when_unread.value, "minutes": row.patience_minutes}
        audit.record(
            session, "calendars.changed", row.expert_id, actor=viewer.person_id, detail=detail
        )


def refresh(calendar_id: UUID, viewer: Viewer) -> None:
    """Read a calendar now.

    Raises:
        CalendarNotFound: no such calendar of the viewer's.
        TooMany: too many calls in one hour.
    """
    with reading() as session:
        queries.one(session, experts.mine(session, viewer).card.id, calendar_id)
    _count(viewer)
    read.read(calendar_id)


def disconnect(calendar_id: UUID, viewer: Viewer) -> None:
    """Forget a calendar: its address, its log-in and all it took. Raises CalendarNotFound."""
    with transaction() as session:
        row = _lock(session, calendar_id, viewer)
        scheduling.put_outside(session, row.expert_id, row.id, row.name, ())
        session.delete(row)
        audit.record(
            session, "calendars.disconnected", row.expert_id, actor=viewer.person_id,
            detail={"host": row.host},
        )  # fmt: skip


def bring_forward(expert_id: UUID) -> None:
    """Read an expert's calendars soon: the zone, or whether anybody can book, may have changed."""
    with reading() as session:
        known = queries.of_expert(session, expert_id)
        if not known:
            return
        card = experts.card(session, expert_id)
    now = clock.now()
    with transaction() as session:
        for one in known:
            row = queries.lock(session, one.id)
            if row.zone != card.time_zone or (card.listed and row.due_at > now + EVERY):
                read.plan(session, row, now)


def wake_forgotten(limit: int = 200) -> int:
    """Plan readings anew whose timer was lost; returns how many.

    Nothing loses timers by itself: this is the slow check that nothing was forgotten.
    """
    now = clock.now()
    with transaction() as session:
        rows = queries.forgotten(session, now - timedelta(hours=2), limit)
        for row in rows:
            read.plan(session, row, now)
    return len(rows)


def _lock(session: Session, calendar_id: UUID, viewer: Viewer) -> CalendarConnection:
    expert_id = experts.expert_of_person(session, viewer.person)
    if expert_id is None:
        raise CalendarNotFound("the viewer is no expert")
    return queries.lock(session, calendar_id, expert_id)


def _take_log_in(session: Session, row: CalendarConnection, wish: Change) -> None:
    old = unseal(row.secret)
    user = old.user if wish.user is None else wish.user
    password = old.password if wish.password is None else wish.password
    row.secret = seal(checked(Address(old.url, user, password)))
    row.etag = row.modified = row.digest = ""
    read.plan(session, row, clock.now())


def _check_room(session: Session, expert_id: UUID) -> None:
    count = sa.select(sa.func.count()).where(CalendarConnection.expert_id == expert_id)
    if (session.scalar(count) or 0) >= MOST_CALENDARS:
        raise TooManyCalendars(f"{expert_id} has {MOST_CALENDARS}", limit=MOST_CALENDARS)


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise InvalidInput({"name": ["required"]})
    if len(name) > _LONGEST_NAME:
        raise InvalidInput({"name": ["too_long"]})
    return name


def _check_patience(minutes: int) -> None:
    if not PATIENCE[0] <= minutes <= PATIENCE[1]:
        raise InvalidInput({"patience_minutes": ["out_of_range"]})


def _count(viewer: Viewer) -> None:
    """No person may let this installation call strangers' servers all the time."""
    limits.hit("call-calendar", str(viewer.person), _CALLS)
