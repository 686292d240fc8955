"""Notices: who was to hear of what, and whether they did. No text is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.notifications.types import Kind, NoticeState
from cilis.infra.db import Base
from cilis.kit import clock, ids


class NoticeRow(Base):
    """One notice to one person through one channel. The constraint is what makes it one."""

    __tablename__ = "notices"
    __table_args__ = (
        sa.UniqueConstraint("key", "person_id", "channel"),
        sa.Index("notices_person_id_id_idx", "person_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    key: Mapped[str] = mapped_column(sa.String(160))
    kind: Mapped[Kind]
    person_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[UUID]
    detail: Mapped[dict[str, Any]]
    state: Mapped[NoticeState] = mapped_column(default=NoticeState.QUEUED)
    tries: Mapped[int] = mapped_column(sa.Integer, default=0)
    problem: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
