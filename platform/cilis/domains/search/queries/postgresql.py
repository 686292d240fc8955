"""PostgreSQL as the engine: full text, trigrams, rings of free time.

However many experts there are, a question costs at most eight queries: topics, words (two when a
synonym was asked for and nobody says it as typed), nearness (two), page, counts, and one more when
nothing was found.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import experts
from cilis.domains.search.models import SearchCard
from cilis.domains.search.queries import completion
from cilis.domains.search.queries.asked import met_by, with_synonyms
from cilis.domains.search.queries.conditions import Filters
from cilis.domains.search.queries.facets import count
from cilis.domains.search.queries.kept import keep, kept
from cilis.domains.search.queries.pages import page
from cilis.domains.search.queries.synonyms import matching
from cilis.domains.search.queries.words import WORTH, Words, has_words
from cilis.domains.search.types import (
    Facets,
    Matched,
    Question,
    Results,
    Suggestions,
    Terms,
    nearness,
    terms,
)
from cilis.infra.db import reading
from cilis.kit import clock
from cilis.kit.errors import InvalidInput

NEARNESS = 0.45  # from which a name counts as "spelled nearly so"
LOOKED_AT = 500  # candidates that an index may propose
_PROPOSED = "0.4"
_KEPT = 200


class PostgresqlEngine:
    """Answers from the room's own tables."""

    name = "postgresql"

    def find(self, question: Question) -> Results:
        """One page of ids in order, with counts if asked for."""
        with reading() as session:
            return self._find(session, question)

    def complete(self, text: str) -> Suggestions:
        """What somebody who typed this far may mean."""
        with reading() as session:
            return _complete(session, text)

    def _find(self, session: Session, question: Question) -> Results:
        now = clock.now()
        filters = Filters(question, topic_id(session, question.topic_slug), now)
        words = _words(session, question.words)
        ids, cursor = page(session, question, filters, words)
        counted = kept(self.name, question)
        if counted is None:
            counted = keep(self.name, question, count(session, question, filters, words, now))
        results = Results(
            ids=ids,
            total=counted.total_beside(len(ids)),
            total_is_exact=counted.exact,
            next_cursor=cursor,
            facets=counted.facets if question.facets else None,
            matched=words.matched,
            engine=self.name,
        )
        if results.total or words.terms is None:
            return results
        plain = dataclasses.replace(question, facets=False, grid=())
        others = count(session, plain, filters, Words(), now)
        return nothing_found(question, results, others.total, _complete(session, question.words))


def nothing_found(
    question: Question, results: Results, without_words: int, meant: Suggestions
) -> Results:
    """Nothing found: how many there would be without the words, and what was meant."""
    facets = results.facets
    if question.facets:
        facets = facets or Facets()
        loosened = {**facets.loosened, "words": without_words}
        facets = dataclasses.replace(facets, loosened=loosened)
    return dataclasses.replace(results, facets=facets, suggestions=meant)


def _complete(session: Session, text: str) -> Suggestions:
    found = completion.complete(session, text)
    wished = terms(text)
    if found or wished is None or len(wished.folded) < completion.SHORTEST_SLIP:
        return found
    return completion.from_near(session, list(_nearly(session, wished)))


def _nearly(session: Session, wished: Terms) -> dict[UUID, int]:
    """Cards spelled nearly as typed, the nearest first; a bounded number is looked at.

    The index proposes, by a measure of its own that is a little more generous; ours decides.
    """
    session.execute(
        sa.select(sa.func.set_config("pg_trgm.word_similarity_threshold", _PROPOSED, sa.true()))
    )
    offered = session.execute(
        sa.select(SearchCard.expert_id, SearchCard.fuzzy)
        .where(
            SearchCard.listed,
            SearchCard.fuzzy.op("%>", return_type=sa.Boolean())(wished.folded),
        )
        .limit(LOOKED_AT)
    )
    return nearest(wished, ((row.expert_id, row.fuzzy) for row in offered))


def nearest(wished: Terms, offered: Iterable[tuple[UUID, str]]) -> dict[UUID, int]:
    """Of (expert, text) pairs those spelled nearly as typed, the nearest first, and their worth."""
    found = [(nearness(wished.folded, text), expert_id) for expert_id, text in offered]
    best = sorted((-near, expert_id) for near, expert_id in found if near >= NEARNESS)[:_KEPT]
    return {expert_id: round(-near * WORTH["A"]) for near, expert_id in best}


def _words(session: Session, typed: str) -> Words:
    """Take the words as they are if that finds anybody; else nearly so; else some of them."""
    plain = with_synonyms(session, typed, ())
    if plain is None:
        return Words()
    groups, row = _said(session, typed, plain)
    wished = with_synonyms(session, typed, groups) if groups else plain
    if wished is None or row.every:  # a synonym beside the typed word takes nobody away
        return Words(wished)
    if groups:
        row = session.execute(sa.select(*_found_by(wished))).one()
        if row.every:
            return Words(wished)
    near = _nearly(session, wished)
    if near:
        return Words(wished, Matched.NEAR, near)
    return Words(wished, Matched.SOME if row.some else Matched.ALL)


def _said(session: Session, typed: str, plain: Terms) -> tuple[list[list[str]], sa.Row[Any]]:
    """The groups of synonyms that were asked for, and whether anybody says it as typed."""
    group = matching(met_by(typed)).subquery()
    groups = sa.select(sa.func.jsonb_agg(sa.func.to_jsonb(group.c.words))).scalar_subquery()
    row = session.execute(sa.select(groups.label("groups"), *_found_by(plain))).one()
    return row.groups or [], row


def _found_by(wished: Terms) -> list[sa.Label[bool]]:
    return [_any(wished.every).label("every"), _any(wished.some).label("some")]


def _any(query: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(SearchCard.listed, has_words(SearchCard.words, query))


def topic_id(session: Session, slug: str | None) -> UUID | None:
    """The id of a topic by its address; raises InvalidInput on ``topic``."""
    if not slug:
        return None
    try:
        return experts.topic_by_slug(session, slug).id
    except experts.TopicNotFound as problem:
        raise InvalidInput({"topic": ["unknown_topic"]}) from problem
