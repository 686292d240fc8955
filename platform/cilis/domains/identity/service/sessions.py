"""Sessions after they were opened: seen, listed, ended, forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.identity import queries
from cilis.domains.identity.events import SessionEnded
from cilis.domains.identity.models import OneTimeToken, SessionRow
from cilis.domains.identity.types import SEEN_EVERY, EndReason
from cilis.infra import audit
from cilis.infra.db import transaction
from cilis.infra.outbox import emit
from cilis.kit import clock
from cilis.kit.viewer import Viewer

KEEP_ENDED = timedelta(days=30)
_NOTED = 20_000
_noted: dict[UUID, datetime] = {}  # per process, so that it works without Redis


def note_use(viewer: Viewer) -> None:
    """Remember that the viewer's session is in use; a process writes it once in ten minutes.

    To be called by whoever reads the cookie or the bearer token, with no transaction open.
    Without it a session ends two weeks after log-in, however much it is used.
    """
    if viewer.session_id is None:
        return
    now = clock.now()
    if now < _noted.get(viewer.session_id, now - SEEN_EVERY) + SEEN_EVERY:
        return
    if len(_noted) >= _NOTED:
        _noted.clear()  # the next requests write once more than they need to
    _noted[viewer.session_id] = now
    with transaction() as session:
        session.execute(
            sa.update(SessionRow)
            .where(SessionRow.id == viewer.session_id, SessionRow.seen_at < now - SEEN_EVERY)
            .values(seen_at=now)
        )


def log_out(viewer: Viewer) -> None:
    """End the viewer's own session; nothing happens when there is none."""
    if viewer.session_id is None:
        return
    with transaction() as session:
        row = session.get(SessionRow, viewer.session_id, with_for_update=True)
        if row is not None:
            end(session, row, EndReason.LOGGED_OUT, actor=viewer.person_id)


def end_session(session_id: UUID, viewer: Viewer) -> None:
    """End one of the viewer's sessions, on whichever device; raises SessionNotFound."""
    with transaction() as session:
        row = queries.session_row(session, session_id, viewer.person)
        mine = session_id == viewer.session_id
        reason = EndReason.LOGGED_OUT if mine else EndReason.ENDED_ELSEWHERE
        end(session, row, reason, actor=viewer.person)


def end_other_sessions(viewer: Viewer) -> int:
    """Sign the viewer out everywhere else; returns how many sessions that were."""
    with transaction() as session:
        return end_all(
            session,
            viewer.person,
            EndReason.ENDED_ELSEWHERE,
            actor=viewer.person,
            but=viewer.session_id,
        )


def end_all(
    session: Session,
    person_id: UUID,
    reason: EndReason,
    *,
    actor: UUID | None,
    but: UUID | None = None,
) -> int:
    """End all live sessions of a person, perhaps but one; returns how many."""
    ended = 0
    for row in queries.live_sessions(session, person_id):
        if row.id != but:
            end(session, row, reason, actor=actor)
            ended += 1
    return ended


def end(session: Session, row: SessionRow, reason: EndReason, *, actor: UUID | None) -> None:
    """End a session that the caller has locked; again does nothing."""
    if row.ended_at is not None:
        return
    row.ended_at = clock.now()
    row.end_reason = reason
    emit(
        session,
        SessionEnded(session_id=row.id, person_id=row.person_id, reason=reason.value),
        subject=row.id,
    )
    audit.record(
        session, "identity.session_ended", row.id, actor=actor, detail={"reason": reason.value}
    )


def forget_stale(limit: int = 500) -> int:
    """Delete sessions and links that ended a month ago; returns how many rows went.

    For a slow round of retention; safe to run on two workers at once.
    """
    before = clock.now() - KEEP_ENDED
    with transaction() as session:
        gone = [
            _forget(session, SessionRow, SessionRow.ended_at < before, limit),
            _forget(session, SessionRow, SessionRow.ends_at < before, limit),
            _forget(session, OneTimeToken, OneTimeToken.ends_at < before, limit),
        ]
    return sum(gone)


def _forget(
    session: Session,
    table: type[SessionRow | OneTimeToken],
    over: sa.ColumnElement[bool],
    limit: int,
) -> int:
    """Delete some of the rows that fit; each question has an index of its own."""
    found = sa.select(table.id).where(over).limit(limit).with_for_update(skip_locked=True)
    gone = session.scalars(found).all()
    session.execute(sa.delete(table).where(table.id.in_(gone)))
    return len(gone)
