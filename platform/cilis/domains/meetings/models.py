"""Meetings, and who entered them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.meetings.types import MeetingState, Window
from cilis.infra.db import Base
from cilis.kit import clock, ids


class Meeting(Base):
    """The room of one booking. Its id is what the provider knows it by."""

    __tablename__ = "meetings"
    __table_args__ = (
        sa.Index(
            "meetings_planned_idx", "closes_at", postgresql_where=sa.text("state = 'planned'")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    booking_id: Mapped[UUID] = mapped_column(unique=True)
    state: Mapped[MeetingState] = mapped_column(default=MeetingState.PLANNED)
    provider: Mapped[str] = mapped_column(sa.String(40), default="")
    room: Mapped[str] = mapped_column(default="")
    provider_data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]

    @property
    def window(self) -> Window:
        """When the room can be entered."""
        return Window(self.opens_at, self.closes_at)


class MeetingJoin(Base):
    """Somebody was given the way into the room. Whether they stayed is not known here."""

    __tablename__ = "meeting_joins"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    meeting_id: Mapped[UUID] = mapped_column(sa.ForeignKey("meetings.id"), index=True)
    person_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[datetime] = mapped_column(default=clock.now)
