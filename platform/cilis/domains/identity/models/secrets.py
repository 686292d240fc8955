"""Secrets that are used once: refresh tokens and links in mails."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.identity.types import Purpose
from cilis.infra.db import Base
from cilis.kit import ids


class RefreshToken(Base):
    """One link in a program's chain of refresh tokens; the session is the chain's family.

    ``successor`` is the next token, encrypted: whoever asks again within the grace gets the very
    same one, so a lost answer costs nothing and a thief's copy still collides later.
    """

    __tablename__ = "refresh_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    session_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    previous_id: Mapped[UUID | None]
    successor: Mapped[str | None]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class OneTimeToken(Base):
    """A link in a mail. Found by its SHA-256; ``sealed`` lets the mail be written, until used."""

    __tablename__ = "one_time_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    person_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    purpose: Mapped[Purpose]
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    sealed: Mapped[str | None]
    email_key: Mapped[str]  # the person's address when it was asked for
    email: Mapped[str | None]  # the wished new address, for a change of it
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
