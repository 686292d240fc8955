"""One page of ids: keyset paging, so that rows coming and going never shift the others."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.search.models import SearchCard, SearchOffer
from cilis.domains.search.queries.conditions import Filters, Words
from cilis.domains.search.types import Question, Sort
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import decode_cursor, encode_cursor

_DESCENDING = frozenset({Sort.BEST, Sort.RATING, Sort.EXPERIENCE})
_SHARE_OF_STANDING = 0.2  # against words that fit


def page(
    session: Session, question: Question, filters: Filters, words: Words
) -> tuple[tuple[UUID, ...], str | None]:
    """The ids of one page, and the mark of the next one; raises InvalidInput on ``cursor``."""
    key: sa.Label[Any] = _key(question, filters, words).label("key")
    falling = question.sort in _DESCENDING
    wanted = sa.select(SearchCard.expert_id, key).where(
        SearchCard.listed, words.condition(), *filters.without()
    )
    if question.cursor:
        place = sa.tuple_(key.element, SearchCard.expert_id)
        last = sa.tuple_(*_last(question))
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
    return ids, encode_cursor(question.sort.value, _plain(shown[-1].key), str(ids[-1]))


def _key(question: Question, filters: Filters, words: Words) -> sa.SQLColumnExpression[Any]:
    """What the page is sorted by. No part of it depends on the time of asking."""
    if question.sort is Sort.SOONEST:
        return _of_fitting(SearchOffer.next_start_at, SearchCard.next_start_at, filters)
    if question.sort is Sort.PRICE:
        return _of_fitting(SearchOffer.price_minor, SearchCard.price_min, filters)
    if question.sort is Sort.RATING:
        return SearchCard.stars
    if question.sort is Sort.EXPERIENCE:
        return SearchCard.experience_years
    if words.terms is None:
        return SearchCard.standing
    return words.relevance() + SearchCard.standing * sa.literal(_SHARE_OF_STANDING, sa.Double)


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


def _last(question: Question) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[UUID]]:
    wrong = InvalidInput({"cursor": ["not_a_cursor"]})
    sort, value, last = decode_cursor(question.cursor or "", 3)
    if sort != question.sort.value:
        raise wrong
    try:
        expert_id = UUID(last)
        if question.sort is Sort.SOONEST:
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                raise wrong
            return sa.literal(at, sa.DateTime(timezone=True)), sa.literal(expert_id, sa.Uuid())
        if question.sort in {Sort.PRICE, Sort.EXPERIENCE}:
            return _number(int(value)), sa.literal(expert_id, sa.Uuid())
        return sa.literal(float(value), sa.Double), sa.literal(expert_id, sa.Uuid())
    except (TypeError, ValueError, AttributeError, OverflowError) as problem:
        raise wrong from problem


def _number(value: int) -> sa.ColumnElement[int]:
    if abs(value) >= 2**62:
        raise ValueError(value)
    return sa.literal(value, sa.BigInteger)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
