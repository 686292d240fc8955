"""Reads of sessions: which still count, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.identity.errors import SessionNotFound
from cilis.domains.identity.models import PersonRow, SessionRow
from cilis.domains.identity.types import IDLE_FOR, PersonStatus, SessionInfo, device_of
from cilis.kit import clock
from cilis.kit.viewer import Viewer

Moment: TypeAlias = datetime | sa.BindParameter[datetime]


def is_live(row: SessionRow, at: datetime) -> bool:
    """Whether a session still counts: not ended, not too old, not idle for too long."""
    return row.ended_at is None and row.ends_at > at and row.seen_at > at - IDLE_FOR


def live(at: datetime) -> sa.ColumnElement[bool]:
    """The same as `is_live`, for a query."""
    return live_since(at, at - IDLE_FOR)


def live_since(at: Moment, idle_since: Moment) -> sa.ColumnElement[bool]:
    """The same for a statement that is made once: ``idle_since`` is ``at - IDLE_FOR``."""
    return sa.and_(
        SessionRow.ended_at.is_(None), SessionRow.ends_at > at, SessionRow.seen_at > idle_since
    )


def roles_by_session(session: Session, session_ids: Iterable[UUID]) -> dict[UUID, frozenset[str]]:
    """The roles behind those of these sessions that still count.

    What ended, is too old or belongs to a suspended person is not in the answer.
    """
    wanted = set(session_ids)
    if not wanted:
        return {}
    found = (
        sa.select(SessionRow.id, PersonRow.roles)
        .outerjoin(PersonRow, PersonRow.id == SessionRow.person_id)
        .where(SessionRow.id.in_(wanted), live(clock.now()))
        .where(sa.or_(PersonRow.id.is_(None), PersonRow.status == PersonStatus.ACTIVE))
    )
    return {one: frozenset(roles or ()) for one, roles in session.execute(found)}


def last_seen(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """When people last used a session of theirs, to about ten minutes; in one query."""
    asked = set(person_ids)
    if not asked:
        return {}
    found = sa.select(SessionRow.person_id, sa.func.max(SessionRow.seen_at)).where(
        SessionRow.person_id.in_(asked)
    )
    rows = session.execute(found.group_by(SessionRow.person_id))
    return {person_id: at for person_id, at in rows if person_id is not None}


def sessions_of(session: Session, viewer: Viewer) -> list[SessionInfo]:
    """Where the viewer is signed in: this place first, then the latest."""
    found = _infos(session, viewer.person, viewer.session_id)
    return sorted(found, key=lambda one: not one.is_current)


def sessions_of_person(session: Session, person_id: UUID) -> list[SessionInfo]:
    """Where somebody is signed in, the latest first; for admins."""
    return _infos(session, person_id, None)


def live_sessions(session: Session, person_id: UUID) -> Sequence[SessionRow]:
    """The live sessions of a person, locked, always in the same order."""
    found = sa.select(SessionRow).where(SessionRow.person_id == person_id, live(clock.now()))
    return session.scalars(found.order_by(SessionRow.id).with_for_update()).all()


def session_row(session: Session, session_id: UUID, person_id: UUID) -> SessionRow:
    """One live session of a person, locked; raises SessionNotFound."""
    row = session.get(SessionRow, session_id, with_for_update=True)
    if row is None or row.person_id != person_id or not is_live(row, clock.now()):
        raise SessionNotFound(str(session_id))
    return row


def person_of_session(session: Session, session_id: UUID) -> UUID | None:
    """Whose a live session is by now; None while its browser has not signed in.

    The row is locked (shared) until the caller's transaction ends, so that nobody signs in with
    it meanwhile. Raises SessionNotFound.
    """
    row = session.get(SessionRow, session_id, with_for_update={"read": True})
    if row is None or not is_live(row, clock.now()):
        raise SessionNotFound(str(session_id))
    return row.person_id


def claims_of(session: Session, person_id: UUID) -> list[UUID]:
    """Ids of the person's live sessions: what those hold belongs to the person."""
    found = sa.select(SessionRow.id).where(SessionRow.person_id == person_id, live(clock.now()))
    return list(session.scalars(found))


def _infos(session: Session, person_id: UUID, current: UUID | None) -> list[SessionInfo]:
    found = sa.select(SessionRow).where(SessionRow.person_id == person_id, live(clock.now()))
    rows = session.scalars(found.order_by(SessionRow.seen_at.desc(), SessionRow.id)).all()
    return [
        SessionInfo(
            row.id,
            row.kind,
            device_of(row.user_agent),
            row.ip,
            row.signed_in_at or row.created_at,
            row.seen_at,
            row.id == current,
        )
        for row in rows
    ]
