"""Addresses of all published experts, in parts, for those who list the whole site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.experts.models import Expert, ExpertTopic, TopicRow
from cilis.domains.experts.types import ExpertState

_PUBLISHED = Expert.state == ExpertState.PUBLISHED


@dataclass(frozen=True, slots=True)
class PublicPage:
    """An expert's public page, and when something on it changed."""

    slug: str
    changed_at: datetime


def first_of_parts(session: Session, size: int) -> list[UUID]:
    """The id with which each part of ``size`` published experts begins, in the order of ids.

    One query over the ids alone (index: experts_published_id_idx).
    """
    place = sa.func.row_number().over(order_by=Expert.id).label("place")
    numbered = sa.select(Expert.id, place).where(_PUBLISHED).subquery()
    wanted = sa.select(numbered.c.id).where(numbered.c.place % size == 1 % size)
    return list(session.scalars(wanted.order_by(numbered.c.id)))


def public_pages(session: Session, since: UUID, size: int) -> Sequence[PublicPage]:
    """The published experts from an id on, at most ``size`` (one query, same index)."""
    rows = session.execute(
        sa.select(Expert.slug, sa.func.coalesce(Expert.changed_at, Expert.created_at))
        .where(_PUBLISHED, Expert.id >= since)
        .order_by(Expert.id)
        .limit(size)
    )
    return [PublicPage(slug, at) for slug, at in rows]


def chosen_topics(session: Session) -> set[UUID]:
    """Topics that at least one published expert chose (one query; each topic ends at the first)."""
    somebody = (
        sa.select(sa.literal(1))
        .join_from(ExpertTopic, Expert, Expert.id == ExpertTopic.expert_id)
        .where(ExpertTopic.topic_id == TopicRow.id, _PUBLISHED)
        .exists()
    )
    return set(session.scalars(sa.select(TopicRow.id).where(somebody)))
