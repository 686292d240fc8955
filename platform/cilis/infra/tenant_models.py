"""Tables that the plumbing itself needs in every tenant's schema."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.infra.db import Base


class IdempotencyKey(Base):
    """A key that a caller has used, and what came of it."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(sa.String(128), primary_key=True)
    owner: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    operation: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    made_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


class AuditEntry(Base):
    """Who did what to which thing. Rows are only ever added."""

    __tablename__ = "audit_entries"
    __table_args__ = (  # ids are made in time: the latest of a person, about a thing, of a kind
        sa.Index("audit_entries_actor_id_id_idx", "actor_id", "id"),
        sa.Index("audit_entries_subject_id_id_idx", "subject_id", "id"),
        sa.Index("audit_entries_action_id_idx", "action", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[str]
    actor_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]]
