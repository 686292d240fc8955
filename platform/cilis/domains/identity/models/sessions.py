"""Sessions of browsers and programs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.identity.types import EndReason, SessionKind
from cilis.infra.db import Base
from cilis.kit import ids


class SessionRow(Base):
    """One browser or program. Without a person it is a nameless browser's.

    The id stays the same when its browser signs in, so that what the session holds stays in
    sight; the token never does. Of the token only its SHA-256 is kept.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        sa.Index(
            "sessions_ended_at_idx", "ended_at", postgresql_where=sa.text("ended_at IS NOT NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    kind: Mapped[SessionKind]
    token_digest: Mapped[bytes | None] = mapped_column(sa.LargeBinary, unique=True)
    person_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    language: Mapped[str]
    time_zone: Mapped[str]
    user_agent: Mapped[str]
    ip: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None]
