"""The tree of topics: small, so it is read whole by one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.experts.errors import TopicNotFound
from cilis.domains.experts.models import ExpertTopic, TopicRow
from cilis.domains.experts.types import Topic


def topics(session: Session) -> list[Topic]:
    """The roots of the tree, each with its branches, in the order the admin chose."""
    rows = session.scalars(sa.select(TopicRow).order_by(TopicRow.position, TopicRow.slug)).all()
    below: dict[UUID | None, list[TopicRow]] = defaultdict(list)
    for row in rows:
        below[row.parent_id].append(row)
    return [_grown(row, below) for row in below[None]]


def topic(session: Session, topic_id: UUID) -> Topic:
    """One topic with its branches; raises TopicNotFound."""
    for found in every(session):
        if found.id == topic_id:
            return found
    raise TopicNotFound(f"no topic {topic_id}")


def topic_by_slug(session: Session, slug: str) -> Topic:
    """One topic with its branches, by its address; raises TopicNotFound."""
    for found in every(session):
        if found.slug == slug:
            return found
    raise TopicNotFound(f"no topic {slug}")


def topic_usage(session: Session) -> dict[UUID, int]:
    """How many experts chose each topic; topics that nobody chose are left out."""
    rows = session.execute(
        sa.select(ExpertTopic.topic_id, sa.func.count().label("experts")).group_by(
            ExpertTopic.topic_id
        )
    )
    return {row.topic_id: row.experts for row in rows}


def topic_reach(session: Session) -> dict[UUID, int]:
    """How many experts are at each topic or below it, each counted once; none is left out."""
    above = sa.select(TopicRow.id, TopicRow.id.label("ancestor_id")).cte("above", recursive=True)
    above = above.union_all(
        sa.select(above.c.id, TopicRow.parent_id)
        .join(TopicRow, TopicRow.id == above.c.ancestor_id)
        .where(TopicRow.parent_id.is_not(None))
    )
    rows = session.execute(
        sa.select(
            above.c.ancestor_id, sa.func.count(ExpertTopic.expert_id.distinct()).label("experts")
        )
        .join(ExpertTopic, ExpertTopic.topic_id == above.c.id)
        .group_by(above.c.ancestor_id)
    )
    return {row.ancestor_id: row.experts for row in rows}


def topic_line(session: Session, expert_id: UUID) -> list[UUID]:
    """An expert's first topic and those above it, nearest first; empty without topics."""
    topic_id = session.scalar(
        sa.select(ExpertTopic.topic_id)
        .where(ExpertTopic.expert_id == expert_id)
        .order_by(ExpertTopic.position, ExpertTopic.topic_id)
        .limit(1)
    )
    above = {found.id: found.parent_id for found in every(session)} if topic_id else {}
    line: list[UUID] = []
    while topic_id is not None:
        line.append(topic_id)
        topic_id = above[topic_id]
    return line


def fields_of(session: Session, expert_id: UUID) -> frozenset[UUID]:
    """All topics that an expert stands in: their own and everything above them."""
    own = session.scalars(
        sa.select(ExpertTopic.topic_id).where(ExpertTopic.expert_id == expert_id)
    ).all()
    above = {found.id: found.parent_id for found in every(session)} if own else {}
    found: set[UUID] = set()
    for topic_id in own:
        at: UUID | None = topic_id
        while at is not None and at not in found:
            found.add(at)
            at = above[at]
    return frozenset(found)


def every(session: Session) -> Sequence[Topic]:
    """All topics of the tree, parents before children."""
    return [node for root in topics(session) for node in root.walk()]


def _grown(row: TopicRow, below: dict[UUID | None, list[TopicRow]]) -> Topic:
    return Topic(
        id=row.id,
        parent_id=row.parent_id,
        slug=row.slug,
        names=row.names,
        icon=row.icon,
        position=row.position,
        aliases=tuple(row.aliases),
        children=tuple(_grown(child, below) for child in below.get(row.id, ())),
    )
