"""The topics of a tenant's pack."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.experts.events import TopicChanged
from cilis.domains.experts.models import TopicRow
from cilis.domains.experts.types import TopicImport
from cilis.infra.outbox import emit
from cilis.kit import ids


def import_topics(
    session: Session, topics: Sequence[TopicImport], *, write: bool = True
) -> list[tuple[str, str]]:
    """Make the tree hold these topics; returns ("add" | "change", slug) of what differs.

    Topics that an admin added beside the pack stay.
    """
    known = {row.slug: row for row in session.scalars(sa.select(TopicRow))}
    return _level(session, topics, None, known, write=write)


def _level(
    session: Session,
    topics: Sequence[TopicImport],
    parent_id: UUID | None,
    known: dict[str, TopicRow],
    *,
    write: bool,
) -> list[tuple[str, str]]:
    done: list[tuple[str, str]] = []
    for position, topic in enumerate(topics):
        row = known.get(topic.slug)
        wanted = {
            "parent_id": parent_id,
            "names": dict(topic.names),
            "icon": topic.icon,
            "position": position,
            "aliases": list(topic.aliases),
        }
        if row is None:
            done.append(("add", topic.slug))
            row = TopicRow(id=ids.new(), slug=topic.slug, **wanted)
            if write:
                session.add(row)
                session.flush()
        elif any(getattr(row, name) != value for name, value in wanted.items()):
            done.append(("change", topic.slug))
            if write:
                for name, value in wanted.items():
                    setattr(row, name, value)
                emit(session, TopicChanged(topic_id=row.id), subject=row.id)
        done += _level(session, topic.children, row.id, known, write=write)
    return done


def _pack_part(session: Session | None, pack: tenants.Pack, *, write: bool) -> list[tenants.Change]:
    wanted = [_as_import(topic) for topic in pack.topics]
    if session is None:
        found = [("add", one.slug) for top in wanted for one in _flat(top)]
    else:
        found = import_topics(session, wanted, write=write)
    return [tenants.Change("fields", act, slug) for act, slug in found]


def _as_import(topic: tenants.PackTopic) -> TopicImport:
    return TopicImport(
        slug=topic.slug,
        names=topic.names,
        icon=topic.icon,
        aliases=tuple(getattr(topic, "aliases", ())),
        children=[_as_import(child) for child in topic.children],
    )


def _flat(topic: TopicImport) -> list[TopicImport]:
    return [topic, *(one for child in topic.children for one in _flat(child))]


tenants.pack_part("fields", _pack_part)
