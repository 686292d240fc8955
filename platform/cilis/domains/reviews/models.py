"""Reviews."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.infra.db import Base
from cilis.kit import ids


class ReviewRow(Base):
    """One client's word on one session; a session has at most one."""

    __tablename__ = "reviews"
    __table_args__ = (
        sa.UniqueConstraint("booking_id", name="reviews_booking_id_key"),
        sa.Index("reviews_expert_id_idx", "expert_id", "created_at", "id"),  # an expert's, newest
        sa.Index("reviews_stars_idx", "expert_id", "stars", "created_at", "id"),  # by stars
        sa.Index(  # what an expert has not answered
            "reviews_unanswered_idx",
            "expert_id",
            "created_at",
            "id",
            postgresql_where=sa.text("reply = ''"),
        ),
        sa.Index("reviews_topic_id_idx", "topic_id"),  # a topic was merged into another
        sa.Index("reviews_latest_idx", "created_at", "id"),  # the home page's
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    booking_id: Mapped[UUID]
    expert_id: Mapped[UUID]
    client_id: Mapped[UUID]
    topic_id: Mapped[UUID | None]
    stars: Mapped[int]
    marks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    text: Mapped[str] = mapped_column(default="")
    author_label: Mapped[str]
    reply: Mapped[str] = mapped_column(default="")
    replied_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
