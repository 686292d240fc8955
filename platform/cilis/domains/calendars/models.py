"""Connections to calendars elsewhere, and the feeds of our own."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.calendars.types import CalendarKind, WhenUnread
from cilis.infra.db import Base
from cilis.kit import ids


class CalendarConnection(Base):
    """One calendar elsewhere whose busy times are an expert's; scheduling keeps the times.

    ``secret`` is the address with its log-in, sealed by infra.secrets. ``due_at`` names the one
    timer that counts. ``read_at`` is the last whole reading, ``failures`` how many failed since.
    """

    __tablename__ = "calendar_connections"
    __table_args__ = (sa.Index("calendar_connections_due_at_idx", "due_at"),)  # wake_forgotten

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    expert_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[CalendarKind]
    name: Mapped[str]
    host: Mapped[str]
    secret: Mapped[str]
    when_unread: Mapped[WhenUnread]
    patience_minutes: Mapped[int]
    connected_at: Mapped[datetime]
    read_at: Mapped[datetime]
    tried_at: Mapped[datetime]
    due_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    etag: Mapped[str] = mapped_column(default="")
    modified: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(default="")
    known_until: Mapped[datetime]
    zone: Mapped[str]
    entries: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    names: Mapped[list[str]] = mapped_column(default=list)


class CalendarFeed(Base):
    """An expert's own feed, found by its token's digest.

    ``sealed`` is the token again, encrypted, so that its expert can read the address.
    """

    __tablename__ = "calendar_feeds"

    expert_id: Mapped[UUID] = mapped_column(primary_key=True)
    token: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    sealed: Mapped[str]
    details: Mapped[bool]
    made_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
