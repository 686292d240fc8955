"""One page of ids: keyset paging, so that rows coming and going never shift the others."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.search.models import SearchCard, SearchOffer
from cilis.domains.search.queries.conditions import Filters, first_start_in
from cilis.domains.search.queries.marks import DESCENDING, last_of, mark
from cilis.domains.search.queries.words import Words
from cilis.domains.search.types import Question, Sort


def page(
    session: Session, question: Question, filters: Filters, words: Words
) -> tuple[tuple[UUID, ...], str | None]:
    """The ids of one page, and the mark of the next one; raises InvalidInput on ``cursor``."""
    key: sa.Label[Any] = _key(question, filters, words).label("key")
    falling = question.sort in DESCENDING
    wanted = sa.select(SearchCard.expert_id, key).where(
        SearchCard.listed, words.condition(), *filters.without()
    )
    if question.cursor:
        place = sa.tuple_(key.element, SearchCard.expert_id)
        last = sa.tuple_(*_literals(last_of(question, has_words=words.terms is not None)))
        wanted = wanted.where(place < last if falling else place > last)
    if falling:
        wanted = wanted.order_by(key.desc(), SearchCard.expert_id.desc())
    else:
        wanted = wanted.order_by(key, SearchCard.expert_id)
    rows = session.execute(wanted.limit(question.limit + 1)).all()
    shown = rows[: question.limit]
    ids = tuple(row.expert_id for row in shown)
    if len(rows) <= question.limit or not shown:
        return ids, None
    return ids, mark(question, shown[-1].key, ids[-1])


def _key(question: Question, filters: Filters, words: Words) -> sa.SQLColumnExpression[Any]:
    """What the page is sorted by. No part of it depends on the time of asking."""
    if question.sort is Sort.SOONEST:
        first = first_start_in(filters.times) if question.times else SearchOffer.next_start_at
        return _of_fitting(first, SearchCard.next_start_at, filters)
    if question.sort is Sort.PRICE:
        return _of_fitting(SearchOffer.price_minor, SearchCard.price_min, filters)
    if question.sort is Sort.RATING:
        return SearchCard.stars
    if question.sort is Sort.EXPERIENCE:
        return SearchCard.experience_years
    if words.terms is None:
        return SearchCard.standing
    return words.relevance()


def _of_fitting(
    of_offer: sa.SQLColumnExpression[Any], of_card: sa.SQLColumnExpression[Any], filters: Filters
) -> sa.SQLColumnExpression[Any]:
    """The least value among the services that fit; the card's own when any service does."""
    fitting = filters.fitting_offer()
    if not fitting:
        return of_card
    return (
        sa.select(sa.func.min(of_offer))
        .where(SearchOffer.expert_id == SearchCard.expert_id, *fitting)
        .correlate(SearchCard)
        .scalar_subquery()
    )


def _literals(last: tuple[Any, UUID]) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[UUID]]:
    value, expert_id = last
    kind: sa.types.TypeEngine[Any] = sa.Double()
    if isinstance(value, datetime):
        kind = sa.DateTime(timezone=True)
    elif isinstance(value, int):
        kind = sa.BigInteger()
    return sa.literal(value, kind), sa.literal(expert_id, sa.Uuid())
