"""People of an organization."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.identity.types import PersonStatus
from cilis.infra.db import Base
from cilis.kit import ids


class PersonRow(Base):
    """One account. The same address at another organization is another account."""

    __tablename__ = "people"
    __table_args__ = (sa.Index("people_sort_key_idx", "sort_key", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    email: Mapped[str]  # as typed, for mails
    email_key: Mapped[str] = mapped_column(unique=True)  # as compared
    name: Mapped[str]
    sort_key: Mapped[str]
    password_hash: Mapped[str | None]
    roles: Mapped[list[str]]
    language: Mapped[str]
    time_zone: Mapped[str]
    picture_key: Mapped[str | None]
    email_verified_at: Mapped[datetime | None]
    status: Mapped[PersonStatus] = mapped_column(default=PersonStatus.ACTIVE)
    created_at: Mapped[datetime]
    password_changed_at: Mapped[datetime | None]
