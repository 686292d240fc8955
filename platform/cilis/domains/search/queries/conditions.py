"""A question's filters as conditions, one by name, so that counts can leave one out."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BIT

from cilis.domains.search.models import SearchCard, SearchOffer
from cilis.domains.search.queries.words import Condition
from cilis.domains.search.types import (
    OF_SERVICE,
    RING,
    Filter,
    Question,
    Slice,
    Span,
    cut,
    either,
    filters_of,
    spans,
)


class Filters:
    """The filters of one question over `SearchCard`, each by its name.

    Length, price and time have to fit one and the same service, so together they are one
    condition on services; it is made with or without price and time.
    """

    def __init__(self, question: Question, topic_id: UUID | None, now: datetime) -> None:
        self._question = question
        self.times = spans(question.times, now)
        self._of_services: dict[tuple[Filter, ...], Condition | None] = {}  # by what is left out
        self.names = filters_of(question)
        self._plain = {
            name: _of_card(name, question, topic_id)
            for name in self.names
            if name not in OF_SERVICE
        }

    def without(self, *left_out: Filter) -> list[Condition]:
        """All conditions but the named ones."""
        kept = [one for name, one in self._plain.items() if name not in left_out]
        offer = self._offer(left_out)
        return kept if offer is None else [*kept, offer]

    def flags(self) -> Mapping[str, Condition]:
        """Every condition under a name; see `holding`."""
        found: dict[str, Condition] = {name.value: one for name, one in self._plain.items()}
        for name in OF_SERVICE:
            if name in self.names:
                offer = self._offer((name,))
                found[f"offer_without_{name}"] = sa.true() if offer is None else offer
        whole = self._offer(())
        if whole is not None:
            found["offer"] = whole
        return found

    def holding(self, flags: Mapping[str, Condition], *left_out: Filter) -> Condition:
        """The flags that must hold when one filter is left out (at most one of the service's)."""
        wanted = [flags[name] for name in self._plain if name in flags and name not in left_out]
        special = next(
            (f"offer_without_{name}" for name in left_out if f"offer_without_{name}" in flags),
            "offer",
        )
        if special in flags:
            wanted.append(flags[special])
        return sa.and_(sa.true(), *wanted)

    def fitting_offer(self, *left_out: Filter) -> list[Condition]:
        """Conditions under which a service fits; empty if the question names none."""
        return self._offer_parts(left_out)

    def _offer(self, left_out: tuple[Filter, ...]) -> Condition | None:
        """Whether one service fits; made once, since making it costs more than a small answer."""
        if left_out not in self._of_services:
            asked = [name for name in OF_SERVICE if name in self.names and name not in left_out]
            self._of_services[left_out] = self._fitting(asked) if asked else None
        return self._of_services[left_out]

    def _fitting(self, asked: Sequence[Filter]) -> Condition:
        """Whether one service fits all of these.

        A card says at once that none of its services can; only the services of others are looked
        at. OFFSET 0 has them looked up card by card: otherwise PostgreSQL reads those of everybody
        first, however few cards are left.
        """
        one: sa.ColumnClause[int] = sa.literal_column("1")
        parts = [part for name in asked for part in self._of_offer(name)]
        fits = sa.exists(
            sa.select(one)
            .where(SearchOffer.expert_id == SearchCard.expert_id, *parts)
            .offset(sa.literal_column("0"))
        )
        if len(asked) == 1:  # mostly the card knows all of it
            (name,) = asked
            if name is Filter.TIME:
                return self._card_is_free
            if name is Filter.PRICE and len(parts) == 1:
                return self._may_fit(name)
            if name is not Filter.PRICE:
                unread, has = self._kept_of_all(name)
                return sa.or_(has, sa.and_(unread, fits))
        return sa.and_(*(self._may_fit(name) for name in asked), fits)

    def _may_fit(self, name: Filter) -> Condition:
        """What has to hold of a card if one of its services fits."""
        if name is Filter.TIME:
            part = cut(self.times)
            return has_any(slice_of(SearchCard.free, part), either(part.touched))
        if name is not Filter.PRICE:
            return sa.or_(*self._kept_of_all(name))
        low, high = self._question.price_min, self._question.price_max
        return sa.and_(
            *([SearchCard.price_max >= low] if low is not None else []),
            *([SearchCard.price_min <= high] if high is not None else []),
        )

    def _kept_of_all(self, name: Filter) -> tuple[Condition, Condition]:
        """Of a length or a mode: whether a card does not know yet, and whether it says so."""
        question = self._question
        if name is Filter.LENGTH:
            kept: sa.SQLColumnExpression[Any] = SearchCard.durations
            has = _array_op(kept, "@>", [question.duration_minutes], sa.Integer())
        else:
            kept = SearchCard.modes
            has = _array_op(kept, "@>", [question.mode], sa.Text())
        return sa.func.cardinality(kept) == 0, has

    def _offer_parts(self, left_out: tuple[Filter, ...]) -> list[Condition]:
        asked = [name for name in OF_SERVICE if name in self.names and name not in left_out]
        return [part for name in asked for part in self._of_offer(name)]

    def _of_offer(self, name: Filter) -> list[Condition]:
        question = self._question
        if name is Filter.LENGTH:
            return [SearchOffer.minutes == question.duration_minutes]
        if name is Filter.MODE:
            return [SearchOffer.mode == question.mode]
        if name is Filter.TIME:
            return [self._is_free]
        low, high = question.price_min, question.price_max
        parts = [SearchOffer.price_minor >= low] if low is not None else []
        return [*parts, SearchOffer.price_minor <= high] if high is not None else parts

    @functools.cached_property
    def _is_free(self) -> Condition:
        """Whether a service may start in one of the question's spans."""
        return _free_in(SearchOffer.free, self.times, _starts_in(self.times))

    @functools.cached_property
    def _card_is_free(self) -> Condition:
        return card_free_in(self.times)


def _of_card(name: Filter, question: Question, topic_id: UUID | None) -> Condition:
    if name is Filter.TOPIC:
        return _array_op(SearchCard.topic_ids, "@>", [topic_id], sa.Uuid())
    if name is Filter.RATING:
        return SearchCard.rating >= question.rating_min
    if name is Filter.LANGUAGES:
        return _array_op(SearchCard.languages, "&&", list(question.languages), sa.Text())
    if name is Filter.COUNTRY:
        return SearchCard.country == question.country
    return SearchCard.verified.is_(True)


def card_free_in(times: Sequence[Span]) -> Condition:
    """Whether any service of a card may start in one of these spans."""
    fits = sa.exists().where(SearchOffer.expert_id == SearchCard.expert_id, _starts_in(times))
    return _free_in(SearchCard.free, times, fits)


def _free_in(
    ring: sa.SQLColumnExpression[str], times: Sequence[Span], exact: Condition
) -> Condition:
    """Half hours decide where they can; ``exact`` decides those that a span only touches."""
    part = cut(times)
    bits = slice_of(ring, part)
    touched = has_any(bits, either(part.touched))
    if part.is_exact:
        return touched
    return sa.or_(has_any(bits, either(part.whole)), sa.and_(touched, exact))


def _starts_in(times: Sequence[Span]) -> Condition:
    """Whether a service has a start in one of these spans, to the minute.

    A row without exact starts is from before they were kept: its half hours are believed.
    """
    row, begin, last = _rows_in(times)
    unknown = sa.func.cardinality(SearchOffer.runs_since) == 0
    return sa.or_(
        unknown, sa.exists(sa.select(sa.literal(1)).select_from(row).where(begin <= last))
    )


def first_start_in(times: Sequence[Span]) -> sa.ColumnElement[datetime]:
    """The first start of a service in one of these spans."""
    row, begin, last = _rows_in(times)
    first = sa.select(sa.func.min(begin)).select_from(row).where(begin <= last).scalar_subquery()
    exact = sa.func.to_timestamp(first * sa.literal(60, sa.Double))
    return sa.func.coalesce(exact, SearchOffer.next_start_at, type_=sa.DateTime(timezone=True))


def _rows_in(times: Sequence[Span]) -> tuple[Any, sa.ColumnElement[int], sa.ColumnElement[int]]:
    """Rows of starts beside spans; where a row begins within a span, and where it ends there."""
    whole = sa.ARRAY(sa.Integer())
    rows = (
        sa.func.unnest(SearchOffer.runs_since, SearchOffer.runs_until)
        .table_valued(sa.column("since", sa.Integer), sa.column("until", sa.Integer))
        .render_derived(name="run")
    )
    asked = (
        sa.func.unnest(
            sa.literal([since for since, _ in times], whole),
            sa.literal([until for _, until in times], whole),
        )
        .table_valued(sa.column("since", sa.Integer), sa.column("until", sa.Integer))
        .render_derived(name="asked")
    )
    step = SearchOffer.step
    steps = (asked.c.since - rows.c.since + step - 1) // step
    begin = sa.func.greatest(rows.c.since, rows.c.since + steps * step, type_=sa.Integer())
    last = sa.func.least(rows.c.until, asked.c.until - 1, type_=sa.Integer())
    return rows.join(asked, sa.true()), begin, last


def slice_of(ring: sa.SQLColumnExpression[str], part: Slice) -> sa.ColumnElement[str]:
    """The part of a ring, laid out straight where it runs over the ring's end."""
    straight = ring if part.first + part.length <= RING else ring.op("||")(ring)
    return sa.func.substring(
        straight, sa.literal(part.first + 1), sa.literal(part.length), type_=BIT(varying=True)
    )


def has_any(bits: sa.ColumnElement[str], mask: str) -> Condition:
    """Whether one of the mask's bits is set; both have the same length."""
    wanted = sa.cast(sa.literal(mask), BIT(varying=True))
    return sa.func.bit_count(bits.op("&")(wanted)) > 0


def _array_op(
    column: sa.SQLColumnExpression[Any],
    operator: str,
    values: list[Any],
    kind: sa.types.TypeEngine[Any],
) -> Condition:
    """An array's operator, which only PostgreSQL's own array type would offer as a method."""
    return column.op(operator, return_type=sa.Boolean())(sa.literal(values, sa.ARRAY(kind)))
