"""The tree of topics, as the admin shapes it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cilis.domains.experts import queries
from cilis.domains.experts.errors import TopicInUse, TopicNotFound
from cilis.domains.experts.events import TopicChanged
from cilis.domains.experts.models import ExpertTopic, TopicRow
from cilis.domains.experts.queries.topics import every
from cilis.domains.experts.service.changes import distinct, filled
from cilis.domains.experts.types import MAX_TOPIC_DEPTH, Topic, TopicWish
from cilis.infra import audit, idempotency
from cilis.infra.db import transaction, violates
from cilis.infra.outbox import emit
from cilis.kit import ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

_SLUG_TAKEN = "topics_slug_key"


def add_topic(wish: TopicWish, viewer: Viewer) -> Topic:
    """Add a topic below another or at the root; raises InvalidInput."""
    try:
        with transaction() as session:
            row = TopicRow(id=ids.new())
            _write(session, row, wish)
            session.add(row)
            session.flush()
            audit.record(session, "experts.topic_added", row.id, actor=viewer.person)
            idempotency.made(session, row.id)
            return queries.topic(session, row.id)
    except IntegrityError as clash:
        raise _told(clash) from clash


def edit_topic(topic_id: UUID, wish: TopicWish, viewer: Viewer) -> Topic:
    """Change a topic's words or place; its experts are found by the new ones soon after.

    Raises:
        TopicNotFound: unknown id.
        InvalidInput: the address is taken, or the new parent lies below the topic itself.
    """
    try:
        with transaction() as session:
            row = _locked(session, topic_id)
            _write(session, row, wish)
            session.flush()
            audit.record(session, "experts.topic_changed", row.id, actor=viewer.person)
            emit(session, TopicChanged(topic_id=row.id), subject=row.id)
            return queries.topic(session, row.id)
    except IntegrityError as clash:
        raise _told(clash) from clash


def remove_topic(topic_id: UUID, viewer: Viewer) -> None:
    """Take a topic out of the tree; raises TopicInUse while anything hangs on it."""
    with transaction() as session:
        row = _locked(session, topic_id)
        hanging = sa.or_(
            sa.exists().where(TopicRow.parent_id == topic_id),
            sa.exists().where(ExpertTopic.topic_id == topic_id),
        )
        if session.scalar(sa.select(hanging)):
            raise TopicInUse(str(topic_id))
        session.delete(row)
        audit.record(
            session,
            "experts.topic_removed",
            row.id,
            actor=viewer.person,
            detail={"slug": row.slug},
        )


def _write(session: Session, row: TopicRow, wish: TopicWish) -> None:
    names = filled(wish.names)
    if not names:
        raise InvalidInput({"names": ["required"]})
    _check_place(every(session), row.id, wish.parent_id)
    row.parent_id = wish.parent_id
    row.slug = wish.slug
    row.names = names
    row.icon = wish.icon
    row.position = wish.position
    row.aliases = distinct(wish.aliases)


def _check_place(tree: Sequence[Topic], topic_id: UUID, parent_id: UUID | None) -> None:
    """A topic hangs on an existing one, not below itself, and the tree stays shallow."""
    if parent_id is None:
        return
    by_id = {topic.id: topic for topic in tree}
    if parent_id not in by_id:
        raise InvalidInput({"parent_id": ["not_a_choice"]})
    own = by_id.get(topic_id)
    if own is not None and any(below.id == parent_id for below in own.walk()):
        raise InvalidInput({"parent_id": ["would_be_circle"]})
    if _depth(by_id[parent_id], by_id) + (_height(own) if own else 1) > MAX_TOPIC_DEPTH:
        raise InvalidInput({"parent_id": ["too_deep"]})


def _depth(topic: Topic, by_id: dict[UUID, Topic]) -> int:
    steps = 1
    while topic.parent_id is not None:
        topic = by_id[topic.parent_id]
        steps += 1
    return steps


def _height(topic: Topic) -> int:
    return 1 + max((_height(child) for child in topic.children), default=0)


def _locked(session: Session, topic_id: UUID) -> TopicRow:
    row = session.get(TopicRow, topic_id, with_for_update=True)
    if row is None:
        raise TopicNotFound(f"no topic {topic_id}")
    return row


def _told(clash: IntegrityError) -> Exception:
    return InvalidInput({"slug": ["taken"]}) if violates(clash, _SLUG_TAKEN) else clash
