"""Experts and what they know about."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.experts.types import ExpertState
from cilis.infra.db import Base
from cilis.kit import ids


class Expert(Base):
    """One person's public side.

    ``version`` grows with every change that others see, so that a copy (search) can tell which
    of two readings is the newer one; ``changed_at`` is when. ``name_folded`` and ``sort_key`` are
    made from the name.
    """

    __tablename__ = "experts"
    __table_args__ = (
        sa.UniqueConstraint("person_id", name="experts_person_id_key"),  # expert_of_person
        sa.UniqueConstraint("slug", name="experts_slug_key"),  # profile by address
        sa.Index("experts_sort_key_id_idx", "sort_key", "id"),  # staff list in order
        sa.Index(  # staff list by words
            "experts_name_folded_idx",
            "name_folded",
            postgresql_using="gin",
            postgresql_ops={"name_folded": "gin_trgm_ops"},
        ),
        sa.Index(  # does somebody show it?
            "experts_picture_key_idx",
            "picture_key",
            postgresql_where=sa.text("picture_key IS NOT NULL"),
        ),
        sa.Index(  # the sitemap, part by part
            "experts_published_id_idx", "id", postgresql_where=sa.text("state = 'published'")
        ),
        sa.CheckConstraint("rating_count >= 0 AND rating_sum >= 0", name="rating"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    person_id: Mapped[UUID]
    slug: Mapped[str]
    name: Mapped[str]
    name_folded: Mapped[str]
    sort_key: Mapped[str]
    honorific: Mapped[str] = mapped_column(default="")
    headline: Mapped[dict[str, str]] = mapped_column(default=dict)
    biography: Mapped[dict[str, str]] = mapped_column(default=dict)  # markdown by language
    languages: Mapped[list[str]] = mapped_column(default=list)
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    experience: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    education: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    picture_key: Mapped[str | None]
    state: Mapped[ExpertState] = mapped_column(default=ExpertState.DRAFT)
    verified_at: Mapped[datetime | None]
    rating_sum: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    rating_count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(sa.BigInteger, default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]  # None: never since it was made


class ExpertTopic(Base):
    """An expert's chosen subject, in the order of choice."""

    __tablename__ = "expert_topics"
    __table_args__ = (sa.Index("expert_topics_topic_id_idx", "topic_id"),)  # is a topic in use?

    expert_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("experts.id", name="expert_topics_expert_id_fkey"), primary_key=True
    )
    topic_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("topics.id", name="expert_topics_topic_id_fkey"), primary_key=True
    )
    position: Mapped[int] = mapped_column(default=0)
