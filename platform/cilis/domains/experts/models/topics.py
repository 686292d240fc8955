"""The tree of subjects."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.infra.db import Base
from cilis.kit import ids


class TopicRow(Base):
    """One subject. The tree is small (tens to hundreds), so it is always read whole."""

    __tablename__ = "topics"
    __table_args__ = (
        sa.UniqueConstraint("slug", name="topics_slug_key"),
        sa.Index("topics_parent_id_idx", "parent_id"),  # does another topic hang on it?
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    parent_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("topics.id", name="topics_parent_id_fkey")
    )
    slug: Mapped[str]
    names: Mapped[dict[str, str]]
    icon: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    aliases: Mapped[list[str]] = mapped_column(default=list)
