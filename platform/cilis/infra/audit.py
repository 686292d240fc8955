"""The tenant's own book of who did what, written in the use case's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.infra.tenant_models import AuditEntry
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page, decode_cursor, encode_cursor

_WRITE = sa.insert(AuditEntry)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the book."""

    id: UUID
    at: datetime
    action: str
    actor_id: UUID | None
    subject_id: UUID | None
    detail: Mapping[str, Any]


def record(
    session: Session,
    action: str,
    subject: UUID | None,
    *,
    actor: UUID | None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one line: ``action`` is a past participle with its room, "bookings.cancelled"."""
    row = {
        "id": ids.new(),
        "at": clock.now(),
        "action": action,
        "actor_id": actor,
        "subject_id": subject,
        "detail": dict(detail or {}),
    }
    session.connection().execute(_WRITE, row)


@dataclass(frozen=True, slots=True)
class Question:
    """Which lines somebody wants to see; what is not given does not narrow."""

    actor_id: UUID | None = None
    subject_id: UUID | None = None
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


def page(
    session: Session, question: Question, *, cursor: str | None = None, limit: int = 20
) -> Page[Line]:
    """Lines of the book, the latest first; every narrowing but the period has its index.

    Lines are ordered by their ids, which are made in time. A period is first looked up as a
    span of ids, so that the list is read from its edge and not from today.
    """
    found = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit + 1)
    if question.actor_id is not None:
        found = found.where(AuditEntry.actor_id == question.actor_id)
    if question.subject_id is not None:
        found = found.where(AuditEntry.subject_id == question.subject_id)
    if question.action:
        found = found.where(AuditEntry.action == question.action)
    for condition in _within(session, question):
        found = found.where(condition)
    if cursor:
        found = found.where(AuditEntry.id < _id_from(cursor))
    rows = session.scalars(found).all()
    shown = [_line(row) for row in rows[:limit]]
    return Page(shown, encode_cursor(str(shown[-1].id)) if rows[limit:] else None)


def latest(
    session: Session, actions: Sequence[str], *, since: datetime, limit: int
) -> Sequence[Line]:
    """The latest lines of these kinds since an instant."""
    rows = session.scalars(
        sa.select(AuditEntry)
        .where(AuditEntry.action.in_(actions), AuditEntry.at >= since)
        .order_by(AuditEntry.at.desc())
        .limit(limit)
    )
    return [_line(row) for row in rows]


def _within(session: Session, question: Question) -> Iterator[sa.ColumnElement[bool]]:
    """The period, also as a span of ids; nothing lies in it where an edge is not found."""
    if question.since is not None:
        first = session.scalar(_edge(AuditEntry.at >= question.since, AuditEntry.at))
        yield AuditEntry.at >= question.since
        yield AuditEntry.id >= _moved(first, -1) if first else sa.false()
    if question.until is not None:
        last = session.scalar(_edge(AuditEntry.at < question.until, AuditEntry.at.desc()))
        yield AuditEntry.at < question.until
        yield AuditEntry.id <= _moved(last, 1) if last else sa.false()


def _edge(condition: sa.ColumnElement[bool], order: Any) -> sa.Select[tuple[UUID]]:
    return sa.select(AuditEntry.id).where(condition).order_by(order).limit(1)


def _moved(line_id: UUID, minutes: int) -> UUID:
    """An id of some minutes earlier or later: clocks of two processes are never quite alike."""
    stamp = (line_id.int >> 80) + minutes * 60_000
    return UUID(int=(max(0, stamp) << 80) | (0 if minutes < 0 else (1 << 80) - 1))


def _line(row: AuditEntry) -> Line:
    return Line(row.id, row.at, row.action, row.actor_id, row.subject_id, row.detail)


def of_person(
    session: Session, person_id: UUID, *, cursor: str | None = None, limit: int = 20
) -> Page[Line]:
    """What was done to a person's account, and what the person did: the latest first."""
    before = _id_from(cursor) if cursor else None
    halves = [
        _latest(AuditEntry.subject_id == person_id, before, limit),
        _latest(AuditEntry.actor_id == person_id, before, limit),
    ]
    either = sa.union(*halves).subquery()
    found = sa.select(either.c.id).order_by(either.c.id.desc()).limit(limit + 1)
    wanted = sa.select(AuditEntry).where(AuditEntry.id.in_(found)).order_by(AuditEntry.id.desc())
    rows = session.scalars(wanted).all()
    shown = [_line(row) for row in rows[:limit]]
    return Page(shown, encode_cursor(str(shown[-1].id)) if rows[limit:] else None)


def _latest(whose: sa.ColumnElement[bool], before: UUID | None, limit: int) -> sa.Select[Any]:
    found = sa.select(AuditEntry.id).where(whose)
    if before is not None:
        found = found.where(AuditEntry.id < before)
    cut = found.order_by(AuditEntry.id.desc()).limit(limit + 1).subquery()
    return sa.select(cut.c.id)


def _id_from(cursor: str) -> UUID:
    try:
        return UUID(str(decode_cursor(cursor, 1)[0]))
    except ValueError as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
