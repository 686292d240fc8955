"""Counts: the total, and for every choice how many there would be, all others kept.

One pass: cards that the words fit get one flag for each filter, then everything is counted from
the flags. Counting stops at `COUNTED_UP_TO` cards and says so, so that a broad question over a
million experts costs no more than one over some thousands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from cilis.domains.search.models import SearchCard, SearchOffer
from cilis.domains.search.queries.conditions import (
    Filters,
    card_free_in,
    has_any,
    slice_of,
)
from cilis.domains.search.queries.kept import COUNTED_UP_TO, Counted
from cilis.domains.search.queries.words import Condition, Words
from cilis.domains.search.types import (
    Facets,
    Filter,
    PriceFacet,
    Question,
    Slice,
    Span,
    cut,
    spans,
)

RATINGS = (4.5, 4.0, 3.5, 3.0)
PRICE_STEPS = 12


def count(
    session: Session, question: Question, filters: Filters, words: Words, now: datetime
) -> Counted:
    """Count everything that the page around a list shows; one query."""
    asked_parts = spans(question.grid, now)
    part = cut(asked_parts) if asked_parts else None
    base = _base(filters, words, part, asked_parts, narrow=not question.facets)
    flags = {name: base.c[f"is_{name}"] for name in filters.flags()} if question.facets else {}
    asked: dict[str, sa.ColumnElement[Any]] = {
        "looked_at": sa.select(sa.func.count()).select_from(base).scalar_subquery(),
        "total": _number(base, filters.holding(flags)),
    }
    if question.facets:
        asked |= _facets(base, question, filters, flags)
        asked |= {
            f"without_{name}": _number(base, filters.holding(flags, name)) for name in filters.names
        }
    if part:
        asked["parts"] = _parts(base, part, filters.holding(flags, Filter.TIME))
    pairs = [part for name, value in asked.items() for part in (sa.literal(name), value)]
    row: Mapping[str, Any] = session.execute(
        sa.select(sa.cast(sa.func.jsonb_build_object(*pairs), JSONB))
    ).scalar_one()
    facets = _as_facets(row, filters) if question.facets else Facets()
    return Counted(row["total"], facets, row["looked_at"])


def _base(
    filters: Filters, words: Words, part: Slice | None, times: Sequence[Span], *, narrow: bool
) -> sa.CTE:
    """What is counted: narrow rows on purpose, so that many thousands stay in memory.

    A part of a day that half hours cannot decide, mostly the one that has begun, is decided here.
    """
    flags = {} if narrow else filters.flags()
    wanted = sa.select(
        SearchCard.expert_id,
        SearchCard.topic_ids,
        SearchCard.languages,
        SearchCard.country,
        SearchCard.modes,
        SearchCard.durations,
        SearchCard.rating,
        SearchCard.verified,
        SearchCard.price_min,
        *([slice_of(SearchCard.free, part).label("free")] if part else []),
        *(card_free_in([times[at]]).label(f"part_{at}") for at in _undecided(part)),
        *(flag.label(f"is_{name}") for name, flag in flags.items()),
    ).where(SearchCard.listed, words.condition())
    if narrow:
        wanted = wanted.where(*filters.without())
    return wanted.limit(COUNTED_UP_TO).cte("base").prefix_with("MATERIALIZED", dialect="*")


def _undecided(part: Slice | None) -> list[int]:
    masks = zip(part.whole, part.touched, strict=True) if part else ()
    return [at for at, (whole, touched) in enumerate(masks) if whole != touched]


def _facets(
    base: sa.CTE, question: Question, filters: Filters, flags: Mapping[str, Condition]
) -> dict[str, sa.ColumnElement[Any]]:
    def rest(left_out: Filter) -> Condition:
        return filters.holding(flags, left_out)

    unnest = sa.func.unnest
    modes = _of_services(base, base.c.modes, SearchOffer.mode, filters.fitting_offer(Filter.MODE))
    durations = _of_services(
        base, base.c.durations, SearchOffer.minutes, filters.fitting_offer(Filter.LENGTH)
    )
    price: sa.ColumnElement[int] = base.c.price_min
    if question.names_service:
        fits = filters.fitting_offer(Filter.PRICE)
        price = _offers(base, sa.func.min(SearchOffer.price_minor), fits).scalar_subquery()
    return {
        "topics": _each(base, unnest(base.c.topic_ids), rest(Filter.TOPIC)),
        "languages": _each(base, unnest(base.c.languages), rest(Filter.LANGUAGES)),
        "countries": _each(
            base, base.c.country, sa.and_(base.c.country != "", rest(Filter.COUNTRY))
        ),
        "modes": _each(base, unnest(modes), rest(Filter.MODE)),
        "durations": _each(base, unnest(durations), rest(Filter.LENGTH)),
        "ratings": _at_least(base, rest(Filter.RATING)),
        "verified": _number(base, sa.and_(base.c.verified, rest(Filter.VERIFIED))),
        "prices": _prices(base, price, rest(Filter.PRICE)),
    }


def _of_services(
    base: sa.CTE,
    every: sa.ColumnElement[Any],
    of_offer: sa.SQLColumnExpression[Any],
    fits: list[Condition],
) -> sa.ColumnElement[Any]:
    """The values of a column among an expert's fitting services, of an expert who has one.

    ``every`` are those of all its services: where there is just one, or nothing has to fit, no
    service is looked at. It is empty of an expert who was not read since it is kept.
    """
    number = sa.func.cardinality(every)
    known = number == 1 if fits else number > 0
    found = sa.func.array(_offers(base, of_offer, fits).distinct().scalar_subquery())
    return sa.case((known, every), else_=found)


def _offers(
    base: sa.CTE, of_offer: sa.SQLColumnExpression[Any], fits: list[Condition]
) -> sa.Select[Any]:
    fitting = sa.select(of_offer).where(SearchOffer.expert_id == base.c.expert_id, *fits)
    return fitting.correlate(base)


def _number(base: sa.CTE, condition: Condition) -> sa.ColumnElement[int]:
    return sa.select(sa.func.count()).select_from(base).where(condition).scalar_subquery()


def _each(
    base: sa.CTE, column: sa.ColumnElement[Any], condition: Condition
) -> sa.ColumnElement[Any]:
    """{value: how many}; the column may be the elements of an array."""
    value = column.label("value")
    inner = (
        sa.select(value, sa.func.count().label("number"))
        .select_from(base)
        .where(condition)
        .group_by(value)
        .subquery()
    )
    return sa.select(
        sa.func.coalesce(
            sa.func.jsonb_object_agg(inner.c.value, inner.c.number), sa.text("'{}'::jsonb")
        )
    ).scalar_subquery()


def _at_least(base: sa.CTE, condition: Condition) -> sa.ColumnElement[Any]:
    counts = [
        sa.func.count().filter(base.c.rating >= sa.literal(stars, sa.Double)) for stars in RATINGS
    ]
    return (
        sa.select(sa.func.jsonb_build_array(*counts))
        .select_from(base)
        .where(condition)
        .scalar_subquery()
    )


def _prices(
    base: sa.CTE, price: sa.ColumnElement[Any], condition: Condition
) -> sa.ColumnElement[Any]:
    """[lowest, highest, [how many in each step]]; null when there is nobody."""
    priced = sa.select(price.label("price")).select_from(base).where(condition).cte("priced")
    ends = sa.select(
        sa.func.min(priced.c.price).label("lowest"), sa.func.max(priced.c.price).label("highest")
    ).cte("price_ends")
    # Whole numbers throughout: every engine puts a price into the same step.
    width = sa.func.greatest(ends.c.highest - ends.c.lowest, 1, type_=sa.BigInteger())
    place = (priced.c.price - ends.c.lowest) * PRICE_STEPS // width
    step = (sa.func.least(place, PRICE_STEPS - 1, type_=sa.BigInteger()) + 1).label("step")
    inner = (
        sa.select(step, sa.func.count().label("number"))
        .select_from(priced.join(ends, sa.true()))
        .group_by(step)
        .subquery()
    )
    steps = sa.select(sa.func.jsonb_object_agg(inner.c.step, inner.c.number)).scalar_subquery()
    return (
        sa.select(sa.func.jsonb_build_array(ends.c.lowest, ends.c.highest, steps))
        .select_from(ends)
        .scalar_subquery()
    )


def _parts(base: sa.CTE, part: Slice, condition: Condition) -> sa.ColumnElement[Any]:
    undecided = _undecided(part)
    free = [
        base.c[f"part_{at}"] if at in undecided else has_any(base.c.free, mask)
        for at, mask in enumerate(part.touched)
    ]
    counts = [sa.func.count().filter(one) for one in free]
    return (
        sa.select(sa.func.jsonb_build_array(*counts))
        .select_from(base)
        .where(condition)
        .scalar_subquery()
    )


def _as_facets(row: Mapping[str, Any], filters: Filters) -> Facets:
    lowest, highest, steps = row["prices"]
    prices = None
    if lowest is not None:
        counts = tuple((steps or {}).get(str(step), 0) for step in range(1, PRICE_STEPS + 1))
        prices = PriceFacet(lowest, highest, counts)
    return Facets(
        topics={UUID(value): number for value, number in row["topics"].items()},
        languages=row["languages"],
        countries=row["countries"],
        modes={value: number for value, number in row["modes"].items() if value},
        durations={int(value): number for value, number in row["durations"].items()},
        ratings=dict(zip(RATINGS, row["ratings"], strict=True)),
        verified=row["verified"],
        prices=prices,
        parts=tuple(row.get("parts") or ()),
        loosened={name.value: row[f"without_{name}"] for name in filters.names},
    )
