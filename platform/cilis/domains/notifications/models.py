"""Notices: who was to hear of what, and whether they did; and what people want to hear.

No text is kept, only names and times from which the words are made in the reader's language.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.notifications.types import Kind, Matter, NoticeState, Timing
from cilis.infra.db import Base
from cilis.kit import clock, ids


class NoticeRow(Base):
    """One notice to one person through one channel. The constraint is what makes it one."""

    __tablename__ = "notices"
    __table_args__ = (
        sa.UniqueConstraint("key", "person_id", "channel"),
        sa.Index("notices_person_id_id_idx", "person_id", "id"),
        sa.Index(
            "notices_page_idx", "person_id", "id", postgresql_where=sa.text("channel = 'page'")
        ),
        sa.Index(
            "notices_unread_idx",
            "person_id",
            "subject_id",
            postgresql_where=sa.text("channel = 'page' AND read_at IS NULL"),
        ),
        sa.Index(
            "notices_gathered_idx",
            "person_id",
            "channel",
            "id",
            postgresql_where=sa.text("state = 'gathered'"),
        ),
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
    read_at: Mapped[datetime | None]


class NoticeChoice(Base):
    """What a person wants of one matter through one channel; no row means: at once."""

    __tablename__ = "notice_choices"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    matter: Mapped[Matter] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    timing: Mapped[Timing]


class NoticeHours(Base):
    """When a person rather hears nothing, and when the letter of the day comes.

    Minutes after midnight in the person's own zone.
    """

    __tablename__ = "notice_hours"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    quiet_from: Mapped[int | None] = mapped_column(sa.SmallInteger)
    quiet_until: Mapped[int | None] = mapped_column(sa.SmallInteger)
    digest_minute: Mapped[int] = mapped_column(sa.SmallInteger)
