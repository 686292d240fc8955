"""Completion: topics, experts and services that begin with what was typed."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import experts
from cilis.domains.search.models import SearchCard, SearchOffer
from cilis.domains.search.queries.words import has_words
from cilis.domains.search.types import (
    ExpertHint,
    ServiceHint,
    Suggestions,
    TopicHint,
)
from cilis.domains.search.types.terms import prefixes
from cilis.domains.search.types.words import tokens
from cilis.kit.text import fold

SHOWN = 5
SHORTEST_SLIP = 4  # letters from which a slip is looked for
_LOOKED_AT = 300  # a short beginning fits many; so many are compared


def complete(session: Session, text: str) -> Suggestions:
    """What begins so; at most five of each kind, four queries."""
    begun = prefixes(text)
    if not begun:
        return Suggestions()
    # With so few rows wanted the planner hopes to meet them soon, and where nothing begins so it
    # reads everything; the indexes know at once.
    session.execute(sa.select(sa.func.set_config("enable_seqscan", "off", sa.true())))
    found = session.execute(sa.union_all(_by_name(begun), _by_service(begun))).all()
    named_so = sorted((-row.standing, row.expert_id) for row in found if row.names is None)
    services = _services([(row.names, row.expert_id) for row in found if row.names is not None])
    return shown(session, text, [expert_id for _, expert_id in named_so], services)


def shown(
    session: Session, text: str, expert_ids: Sequence[UUID], services: Sequence[ServiceHint]
) -> Suggestions:
    """What an engine found, with the experts read again and the topics that begin so."""
    return Suggestions(
        topics=_topics(session, text),
        experts=_shown(expert_ids, experts.cards(session, expert_ids)),
        services=tuple(services),
    )


def from_near(session: Session, ids: Sequence[UUID]) -> Suggestions:
    """Experts that are spelled nearly as typed, and the topics they share."""
    cards = experts.cards(session, ids[:50])
    shared = Counter(topic_id for card in cards.values() for topic_id in card.topic_ids)
    every = [node for root in experts.topics(session) for node in root.walk()]
    likely = sorted((node for node in every if shared[node.id]), key=lambda node: -shared[node.id])
    return Suggestions(
        topics=tuple(_hint(topic) for topic in likely[:2]),
        experts=_shown(ids[:SHOWN], cards),
        near=True,
    )


def _topics(session: Session, text: str) -> tuple[TopicHint, ...]:
    typed = [fold(word) for word in tokens(text)]
    found: list[tuple[bool, TopicHint]] = []
    for root in experts.topics(session):
        for topic in root.walk():
            names = [*topic.names.values(), *topic.aliases]
            if any(_begins(typed, name) for name in names):
                first = any(_folded(name).startswith(typed[0]) for name in topic.names.values())
                found.append((not first, _hint(topic)))
    found.sort(key=lambda pair: pair[0])
    return tuple(hint for _, hint in found[:SHOWN])


def _begins(typed: Sequence[str], name: str) -> bool:
    """Whether every typed word begins a word of the name."""
    words = _folded_words(name)
    return all(any(word.startswith(part) for word in words) for part in typed)


# Every letter typed goes through the names of all topics, which hardly ever change.
_folded = functools.lru_cache(maxsize=20_000)(fold)


@functools.lru_cache(maxsize=20_000)
def _folded_words(name: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in tokens(name))


def _by_name(begun: str) -> sa.Select[Any]:
    """Experts by the beginnings of their names: words of weight A (index: names)."""
    names = sa.func.ts_filter(SearchCard.words, sa.literal_column("'{a}'"))
    offered = (
        sa.select(SearchCard.expert_id, SearchCard.standing)
        .where(SearchCard.listed, has_words(names, begun))
        .limit(_LOOKED_AT)
        .subquery()
    )
    best = (
        sa.select(offered.c.expert_id, offered.c.standing)
        .order_by(offered.c.standing.desc(), offered.c.expert_id)
        .limit(SHOWN)
        .subquery()
    )
    return sa.select(
        best.c.expert_id, best.c.standing, sa.null().cast(SearchOffer.names.type).label("names")
    )


def _by_service(begun: str) -> sa.Select[Any]:
    """Services by the beginnings of their words."""
    offered = (
        sa.select(SearchOffer.expert_id, sa.literal(0.0).label("standing"), SearchOffer.names)
        .where(has_words(SearchOffer.words, begun))
        .limit(_LOOKED_AT)
        .subquery()
    )
    return sa.select(offered.c.expert_id, offered.c.standing, offered.c.names)


def _shown(ids: Sequence[UUID], cards: Mapping[UUID, experts.ExpertCard]) -> tuple[ExpertHint, ...]:
    return tuple(_expert(cards[one]) for one in ids if one in cards and cards[one].listed)


def _services(offered: Sequence[tuple[Mapping[str, str], UUID]]) -> tuple[ServiceHint, ...]:
    labels: dict[str, str] = {}
    offering: dict[str, set[UUID]] = {}
    for names, expert_id in offered:
        key, label = named(names)
        labels[key] = min(label, labels.get(key, label))
        offering.setdefault(key, set()).add(expert_id)
    best = sorted(offering, key=lambda key: (-len(offering[key]), key))[:SHOWN]
    return tuple(ServiceHint(orjson.loads(labels[key]), len(offering[key])) for key in best)


def named(names: Mapping[str, str]) -> tuple[str, str]:
    """What is the same for services of the same name, however it is written; and the name.

    The second is the name in all languages, as one text.
    """
    return _named(tuple(names.items()))


@functools.lru_cache(maxsize=20_000)
def _named(names: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    by_language = dict(names)
    key = "\n".join(sorted(fold(name) for name in by_language.values()))
    return key, orjson.dumps(by_language, option=orjson.OPT_SORT_KEYS).decode()


def _hint(topic: experts.Topic) -> TopicHint:
    return TopicHint(topic.id, topic.slug, topic.names, topic.icon)


def _expert(card: experts.ExpertCard) -> ExpertHint:
    return ExpertHint(card.id, card.slug, card.title, card.headline, card.picture_key)
