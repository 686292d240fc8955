"""A question's filters as conditions, one by name, so that counts can leave one out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BIT, TSQUERY

from cilis.domains.search.models import SearchCard, SearchOffer
from cilis.domains.search.types import RING, Matched, Question, Slice, Terms, Window, cut
from cilis.kit import clock

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Words:
    """How the typed words are to be taken."""

    terms: Terms | None = None
    matched: Matched = Matched.ALL
    near: tuple[UUID, ...] = ()

    def condition(self) -> Condition:
        """Cards that the words fit; everything without words."""
        if self.terms is None:
            return sa.true()
        if self.matched is Matched.NEAR:
            return SearchCard.expert_id.in_(self.near)
        return SearchCard.words.op("@@", return_type=sa.Boolean())(self._query())

    def relevance(self) -> sa.ColumnElement[float]:
        """0 to about 1: how well the words fit."""
        if self.terms is None:
            return sa.literal(0.0, sa.Double)
        if self.matched is Matched.NEAR:
            return sa.cast(sa.func.word_similarity(self.terms.folded, SearchCard.fuzzy), sa.Double)
        rank = sa.cast(sa.func.ts_rank(SearchCard.words, self._query()), sa.Double)
        if not self.terms.exact:
            return rank
        exact = SearchCard.words.op("@@", return_type=sa.Boolean())(tsquery(self.terms.exact))
        bonus, nothing = sa.literal(0.25, sa.Double), sa.literal(0.0, sa.Double)
        return rank + sa.case((exact, bonus), else_=nothing)

    def _query(self) -> sa.ColumnElement[str]:
        assert self.terms is not None  # noqa: S101 - the callers looked; mypy cannot see it
        return tsquery(self.terms.some if self.matched is Matched.SOME else self.terms.every)


class Filters:
    """The filters of one question over `SearchCard`, each by its name.

    Length, price and time have to fit one and the same service, so together they are one
    condition on services; it is made with or without price and time.
    """

    def __init__(self, question: Question, topic_id: UUID | None) -> None:
        self._question = question
        self._now = clock.now()
        self._plain: dict[str, Condition] = {}
        if topic_id is not None:
            self._plain["topic"] = _array_op(SearchCard.topic_ids, "@>", [topic_id], sa.Uuid())
        if question.rating_min is not None:
            self._plain["rating"] = SearchCard.rating >= question.rating_min
        if question.languages:
            self._plain["languages"] = _array_op(
                SearchCard.languages, "&&", list(question.languages), sa.Text()
            )
        if question.verified:
            self._plain["verified"] = SearchCard.verified.is_(True)

    @property
    def names(self) -> list[str]:
        """The filters that are on."""
        on = list(self._plain)
        if self._question.has_price:
            on.append("price")
        if self._question.times:
            on.append("time")
        if self._question.duration_minutes is not None:
            on.append("length")
        return on

    def without(self, *left_out: str) -> list[Condition]:
        """All conditions but the named ones."""
        kept = [one for name, one in self._plain.items() if name not in left_out]
        offer = self._offer(left_out)
        return kept if offer is None else [*kept, offer]

    def flags(self) -> Mapping[str, Condition]:
        """Every condition under a name; see `holding`."""
        found = dict(self._plain)
        for name in ("price", "time", "length"):
            if name in self.names:
                offer = self._offer((name,))
                found[f"offer_without_{name}"] = sa.true() if offer is None else offer
        whole = self._offer(())
        if whole is not None:
            found["offer"] = whole
        return found

    def holding(self, flags: Mapping[str, Condition], *left_out: str) -> Condition:
        """The flags that must hold when one filter is left out (at most one of the service's)."""
        wanted = [flags[name] for name in self._plain if name in flags and name not in left_out]
        special = next(
            (f"offer_without_{name}" for name in left_out if f"offer_without_{name}" in flags),
            "offer",
        )
        if special in flags:
            wanted.append(flags[special])
        return sa.and_(sa.true(), *wanted)

    def fitting_offer(self) -> list[Condition]:
        """Conditions under which a service fits; empty if the question names none."""
        return self._offer_parts(())

    def _offer(self, left_out: tuple[str, ...]) -> Condition | None:
        parts = self._offer_parts(left_out)
        if not parts:
            return None
        times = "time" not in left_out and self._question.times
        if times and len(parts) == 1:  # any service will do: the card knows without looking
            return free_in(SearchCard.free, self._question.times, self._now)
        fits = sa.exists().where(SearchOffer.expert_id == SearchCard.expert_id, *parts)
        if self._question.price_max is not None and "price" not in left_out:
            return sa.and_(SearchCard.price_min <= self._question.price_max, fits)
        return fits

    def _offer_parts(self, left_out: tuple[str, ...]) -> list[Condition]:
        question = self._question
        parts: list[Condition] = []
        if question.duration_minutes is not None and "length" not in left_out:
            parts.append(SearchOffer.minutes == question.duration_minutes)
        if "price" not in left_out:
            if question.price_min is not None:
                parts.append(SearchOffer.price_minor >= question.price_min)
            if question.price_max is not None:
                parts.append(SearchOffer.price_minor <= question.price_max)
        if question.times and "time" not in left_out:
            parts.append(free_in(SearchOffer.free, question.times, self._now))
        return parts


def free_in(
    ring: sa.SQLColumnExpression[str], windows: tuple[Window, ...], now: datetime
) -> Condition:
    """Whether a ring has a start in one of these windows."""
    part = cut(windows, now)
    return has_any(slice_of(ring, part), part.either)


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


def tsquery(text: str) -> sa.ColumnElement[str]:
    """A tsquery that we wrote ourselves; its words are letters and digits only."""
    return sa.cast(sa.literal(text), TSQUERY)


def _array_op(
    column: sa.SQLColumnExpression[Any],
    operator: str,
    values: list[Any],
    kind: sa.types.TypeEngine[Any],
) -> Condition:
    """An array's operator, which only PostgreSQL's own array type would offer as a method."""
    return column.op(operator, return_type=sa.Boolean())(sa.literal(values, sa.ARRAY(kind)))
