"""Reads of notices; every function joins the caller's session."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.notifications.models import NoticeRow


def lock(session: Session, notice_id: UUID) -> NoticeRow | None:
    """One notice, locked until the transaction ends."""
    return session.get(NoticeRow, notice_id, with_for_update=True, populate_existing=True)


def of_person(session: Session, person_id: UUID, limit: int = 50) -> Sequence[NoticeRow]:
    """What a person was told, newest first."""
    found = sa.select(NoticeRow).where(NoticeRow.person_id == person_id)
    return session.scalars(found.order_by(NoticeRow.id.desc()).limit(limit)).all()
