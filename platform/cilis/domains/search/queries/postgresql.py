"""PostgreSQL as the engine: full text, trigrams, rings of free time.

However many experts there are, a question costs at most seven queries: topics, words, nearness
(two), page, counts, and one more when nothing was found.
"""

from __future__ import annotations

import dataclasses
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import experts
from cilis.domains.search.models import SearchCard
from cilis.domains.search.queries import completion
from cilis.domains.search.queries.conditions import Filters, Words, tsquery
from cilis.domains.search.queries.facets import Counted, count
from cilis.domains.search.queries.pages import page
from cilis.domains.search.types import Facets, Matched, Question, Results, Suggestions, Terms, terms
from cilis.kit.errors import InvalidInput

NEARNESS = 0.45  # word_similarity from which a name counts as "spelled nearly so"
_LOOKED_AT = 500  # candidates that the trigram index may offer
_KEPT = 200


class PostgresqlEngine:
    """Answers from the room's own tables."""

    name = "postgresql"

    def find(self, session: Session, question: Question) -> Results:
        """One page of ids in order, with counts if asked for."""
        filters = Filters(question, _topic_id(session, question.topic_slug))
        words = _words(session, terms(question.words))
        ids, cursor = page(session, question, filters, words)
        counted = count(session, question, filters, words)
        results = Results(
            ids=ids,
            total=counted.total,
            total_is_exact=counted.exact,
            next_cursor=cursor,
            facets=counted.facets if question.facets else None,
            matched=words.matched,
            engine=self.name,
        )
        if counted.total or words.terms is None:
            return results
        return self._empty(session, question, filters, results)

    def complete(self, session: Session, text: str) -> Suggestions:
        """What somebody who typed this far may mean."""
        found = completion.complete(session, text)
        wished = terms(text)
        if found or wished is None or len(wished.folded) < 4:
            return found
        near = nearly(session, wished)
        return completion.from_near(session, near)

    def _empty(
        self, session: Session, question: Question, filters: Filters, results: Results
    ) -> Results:
        """Nothing found: how many there would be without the words, and what was meant."""
        plain = dataclasses.replace(question, facets=False, grid=())
        others: Counted = count(session, plain, filters, Words())
        facets = results.facets or Facets()
        return dataclasses.replace(
            results,
            facets=dataclasses.replace(facets, loosened={**facets.loosened, "words": others.total})
            if question.facets
            else None,
            suggestions=self.complete(session, question.words),
        )


def nearly(session: Session, wished: Terms) -> tuple[UUID, ...]:
    """Cards spelled nearly as typed, the nearest first; a bounded number is looked at."""
    session.execute(
        sa.select(sa.func.set_config("pg_trgm.word_similarity_threshold", str(NEARNESS), sa.true()))
    )
    offered = (
        sa.select(SearchCard.expert_id, SearchCard.fuzzy)
        .where(
            SearchCard.listed,
            SearchCard.fuzzy.op("%>", return_type=sa.Boolean())(wished.folded),
        )
        .limit(_LOOKED_AT)
        .subquery()
    )
    nearness = sa.func.word_similarity(wished.folded, offered.c.fuzzy)
    rows = session.scalars(
        sa.select(offered.c.expert_id).order_by(nearness.desc(), offered.c.expert_id).limit(_KEPT)
    )
    return tuple(rows)


def _words(session: Session, wished: Terms | None) -> Words:
    """Take the words as they are if that finds anybody; else nearly so; else some of them."""
    if wished is None:
        return Words()
    row = session.execute(sa.select(_any(wished.every), _any(wished.some))).one()
    if row[0]:
        return Words(wished)
    near = nearly(session, wished)
    if near:
        return Words(wished, Matched.NEAR, near)
    return Words(wished, Matched.SOME if row[1] else Matched.ALL)


def _any(query: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        SearchCard.listed, SearchCard.words.op("@@", return_type=sa.Boolean())(tsquery(query))
    )


def _topic_id(session: Session, slug: str | None) -> UUID | None:
    if not slug:
        return None
    try:
        return experts.topic_by_slug(session, slug).id
    except experts.TopicNotFound as problem:
        raise InvalidInput({"topic": ["unknown_topic"]}) from problem
