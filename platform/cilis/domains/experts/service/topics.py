"""The tree of topics, as the admin shapes it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.experts import queries
from cilis.domains.experts.errors import TopicInUse, TopicNotFound
from cilis.domains.experts.events import TopicChanged, TopicMerged
from cilis.domains.experts.models import ExpertTopic, TopicRow
from cilis.domains.experts.queries.topics import every
from cilis.domains.experts.service.changes import check_languages, distinct, filled
from cilis.domains.experts.types import MAX_ALIASES, MAX_TOPIC_DEPTH, Topic, TopicWish
from cilis.infra import audit, idempotency
from cilis.infra.db import transaction, violates
from cilis.infra.outbox import emit
from cilis.kit import ids, text
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

_SLUG_TAKEN = "topics_slug_key"
_LONGEST_SLUG = 60


def add_topic(wish: TopicWish, viewer: Viewer) -> Topic:
    """Add a topic below another or at the root, last unless a position is given.

    Raises:
        InvalidInput: the address is taken, the parent does not fit, or the name in the
            organization's own language is missing.
    """
    try:
        with transaction() as session:
            tree = _lock_tree(session)
            row = TopicRow(id=ids.new(), slug="", parent_id=None)
            _write(session, row, wish, tree)
            row.position = _last(tree, wish.parent_id) if wish.position is None else wish.position
            session.add(row)
            session.flush()
            _record(session, "experts.topic_added", row, viewer)
            idempotency.made(session, row.id)
            return queries.topic(session, row.id)
    except IntegrityError as clash:
        raise _told(clash) from clash


def edit_topic(topic_id: UUID, wish: TopicWish, viewer: Viewer) -> Topic:
    """Change a topic's words or place; its experts are found by the new ones soon after.

    Raises:
        TopicNotFound: unknown id.
        InvalidInput: as for a new one, or the new parent lies below the topic itself.
    """
    try:
        with transaction() as session:
            tree = _lock_tree(session)
            row = _locked(session, topic_id)
            moved = row.parent_id != wish.parent_id
            _write(session, row, wish, tree)
            if wish.position is not None:
                row.position = wish.position
            elif moved:
                row.position = _last(tree, wish.parent_id)
            session.flush()
            _record(session, "experts.topic_changed", row, viewer)
            emit(session, TopicChanged(topic_id=row.id), subject=row.id)
            return queries.topic(session, row.id)
    except IntegrityError as clash:
        raise _told(clash) from clash


def place_topic(topic_id: UUID, parent_id: UUID | None, place: int, viewer: Viewer) -> Topic:
    """Hang a topic below another (None: at the root), as the ``place``-th there from 0.

    Raises:
        TopicNotFound: unknown id.
        InvalidInput: on ``parent_id``: unknown, below the topic itself, or too deep.
    """
    with transaction() as session:
        tree = _lock_tree(session)
        row = _locked(session, topic_id)
        _check_place(tree, topic_id, parent_id)
        moved = row.parent_id != parent_id
        row.parent_id = parent_id
        beside = [one.id for one in tree if one.parent_id == parent_id and one.id != topic_id]
        beside.insert(max(0, place), topic_id)
        for position, sibling in enumerate(beside):
            found = session.get(TopicRow, sibling)
            if found is not None:
                found.position = position
        session.flush()
        _record(session, "experts.topic_placed", row, viewer)
        if moved:  # who asks for the parent finds other experts now
            emit(session, TopicChanged(topic_id=row.id), subject=row.id)
        return queries.topic(session, topic_id)


def merge_topic(topic_id: UUID, into_id: UUID, viewer: Viewer) -> Topic:
    """Make one topic of two: experts, branches and words go over, the first one disappears.

    Its names stay as other words of the second one, so that people still find it by them.

    Raises:
        TopicNotFound: unknown id.
        InvalidInput: on ``into_id``: unknown, the same, below it, or its branches would lie
            too deep.
    """
    with transaction() as session:
        tree = _lock_tree(session)
        row = _locked(session, topic_id)
        _check_merger(tree, topic_id, into_id)
        target = _locked(session, into_id)
        words = [*target.aliases, *row.names.values(), *row.aliases]
        target.aliases = _other_words(words, target)
        _move_branches(session, tree, row.id, into_id)
        _move_experts(session, row.id, into_id)
        session.delete(row)
        session.flush()
        _record(session, "experts.topic_merged", row, viewer, into=str(into_id))
        emit(session, TopicChanged(topic_id=into_id), subject=into_id)
        emit(session, TopicMerged(topic_id=topic_id, into_id=into_id), subject=into_id)
        idempotency.made(session, into_id)
        return queries.topic(session, into_id)


def remove_topic(topic_id: UUID, viewer: Viewer) -> None:
    """Take a topic out of the tree.

    Raises:
        TopicNotFound: unknown id.
        TopicInUse: ``experts`` chose it, or ``topics`` hang below it.
    """
    with transaction() as session:
        tree = _lock_tree(session)
        row = _locked(session, topic_id)
        chosen = queries.topic_usage(session).get(topic_id, 0)
        below = sum(1 for one in tree if one.parent_id == topic_id)
        if chosen or below:
            raise TopicInUse(str(topic_id), experts=chosen, topics=below)
        session.delete(row)
        _record(session, "experts.topic_removed", row, viewer)


def _write(session: Session, row: TopicRow, wish: TopicWish, tree: Sequence[Topic]) -> None:
    names = filled(wish.names)
    check_languages(session, {"names": names})
    own = tenants.organization(session).default_language
    if own not in names:
        raise InvalidInput({f"names.{own}": ["required"]})
    _check_place(tree, row.id, wish.parent_id)
    row.parent_id = wish.parent_id
    row.slug = wish.slug or row.slug or text.slug(names[own], _LONGEST_SLUG) or row.id.hex[:12]
    row.names = names
    row.icon = wish.icon
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


def _check_merger(tree: Sequence[Topic], topic_id: UUID, into_id: UUID) -> None:
    by_id = {topic.id: topic for topic in tree}
    own = by_id[topic_id]
    if into_id not in by_id or into_id == topic_id:
        raise InvalidInput({"into_id": ["not_a_choice"]})
    if any(below.id == into_id for below in own.walk()):
        raise InvalidInput({"into_id": ["would_be_circle"]})
    if _depth(by_id[into_id], by_id) + _height(own) - 1 > MAX_TOPIC_DEPTH:
        raise InvalidInput({"into_id": ["too_deep"]})


def _move_branches(session: Session, tree: Sequence[Topic], from_id: UUID, into_id: UUID) -> None:
    start = _last(tree, into_id)
    branches = [one.id for one in tree if one.parent_id == from_id]
    for position, branch_id in enumerate(branches, start):
        session.execute(
            sa.update(TopicRow)
            .where(TopicRow.id == branch_id)
            .values(parent_id=into_id, position=position)
        )


def _move_experts(session: Session, from_id: UUID, into_id: UUID) -> None:
    has_both = (
        sa.select(ExpertTopic.expert_id).where(ExpertTopic.topic_id == into_id).scalar_subquery()
    )
    of_first = ExpertTopic.topic_id == from_id
    doubled = sa.delete(ExpertTopic).where(of_first, ExpertTopic.expert_id.in_(has_both))
    session.execute(doubled.execution_options(synchronize_session=False))
    moved = sa.update(ExpertTopic).where(of_first).values(topic_id=into_id)
    session.execute(moved.execution_options(synchronize_session=False))


def _other_words(words: Sequence[str], target: TopicRow) -> list[str]:
    """The words without the topic's own names and without repeats, whatever their accents."""
    known = {text.fold(name) for name in target.names.values()}
    kept: list[str] = []
    for word in words:
        if text.fold(word) not in known:
            known.add(text.fold(word))
            kept.append(word)
    return kept[:MAX_ALIASES]


def _depth(topic: Topic, by_id: dict[UUID, Topic]) -> int:
    steps = 1
    while topic.parent_id is not None:
        topic = by_id[topic.parent_id]
        steps += 1
    return steps


def _height(topic: Topic) -> int:
    return 1 + max((_height(child) for child in topic.children), default=0)


def _last(tree: Sequence[Topic], parent_id: UUID | None) -> int:
    """The position behind all who hang there."""
    return 1 + max((one.position for one in tree if one.parent_id == parent_id), default=-1)


def _lock_tree(session: Session) -> Sequence[Topic]:
    """The whole tree, which nobody else reshapes until the transaction ends.

    Two moves at once could hang two topics on each other; experts may choose meanwhile.
    """
    rows = sa.select(TopicRow.id).order_by(TopicRow.id)
    session.execute(rows.with_for_update(key_share=True))
    return every(session)


def _locked(session: Session, topic_id: UUID) -> TopicRow:
    row = session.get(TopicRow, topic_id, with_for_update=True)
    if row is None:
        raise TopicNotFound(f"no topic {topic_id}")
    return row


def _record(session: Session, action: str, row: TopicRow, viewer: Viewer, **more: str) -> None:
    audit.record(session, action, row.id, actor=viewer.person, detail={"slug": row.slug, **more})


def _told(clash: IntegrityError) -> Exception:
    return InvalidInput({"slug": ["taken"]}) if violates(clash, _SLUG_TAKEN) else clash
