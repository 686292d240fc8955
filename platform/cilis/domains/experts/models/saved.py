"""What people keep for later."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.infra.db import Base
from cilis.kit import ids


class SavedExpert(Base):
    """An expert whom a person, or a browser that has not signed in, wants to find again.

    Exactly one of ``person_id`` and ``session_id`` is set; each keeps an expert once.
    """

    __tablename__ = "saved_experts"
    __table_args__ = (
        sa.Index(  # the list of a person
            "saved_experts_person_id_key",
            "person_id",
            "expert_id",
            unique=True,
            postgresql_where=sa.text("person_id IS NOT NULL"),
        ),
        sa.Index(  # the list of a browser
            "saved_experts_session_id_key",
            "session_id",
            "expert_id",
            unique=True,
            postgresql_where=sa.text("session_id IS NOT NULL"),
        ),
        sa.Index(  # what browsers left behind
            "saved_experts_saved_at_idx",
            "saved_at",
            postgresql_where=sa.text("session_id IS NOT NULL"),
        ),
        sa.CheckConstraint("num_nonnulls(person_id, session_id) = 1", name="one_owner"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    person_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    expert_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("experts.id", name="saved_experts_expert_id_fkey")
    )
    saved_at: Mapped[datetime]
