"""Counts: for every choice how many there would be, all others kept; as aggregations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from cilis.domains.search.queries.elasticsearch.clauses import (
    Clause,
    Clauses,
    every,
    free_in,
    offers,
)
from cilis.domains.search.queries.facets import PRICE_STEPS, RATINGS
from cilis.domains.search.types import Facets, PriceFacet, spans

_MOST_VALUES = 5_000


def asked(clauses: Clauses, now: datetime) -> dict[str, Any]:
    """The aggregations of a question; over all cards that the words fit."""
    found: dict[str, Any] = {"anyone": {"filter": {"match_all": {}}}}
    question = clauses.question
    for at, span in enumerate(spans(question.grid, now)):
        fits = [*_rest(clauses, "time"), offers(free_in([span]))]
        found[f"part_{at}"] = {"filter": every(fits)}
    if not question.facets:
        return found
    found |= {
        "topics": _values(clauses, "topic", "topic_ids"),
        "languages": _values(clauses, "languages", "languages"),
        "verified": {"filter": every([*_rest(clauses, "verified"), {"term": {"verified": True}}])},
        "prices": {
            "filter": every(_rest(clauses, "price")),
            "aggs": {
                "lowest": {"min": {"field": "price_min"}},
                "highest": {"max": {"field": "price_min"}},
            },
        },
    }
    for stars in RATINGS:
        enough = {"range": {"rating": {"gte": stars}}}
        found[f"rating_{stars}"] = {"filter": every([*_rest(clauses, "rating"), enough])}
    for name in clauses.names:
        found[f"without_{name}"] = {"filter": every(_rest(clauses, name))}
    return found


def _rest(clauses: Clauses, left_out: str) -> list[Clause]:
    return clauses.without(left_out)


def _values(clauses: Clauses, left_out: str, field: str) -> dict[str, Any]:
    return {
        "filter": every(_rest(clauses, left_out)),
        "aggs": {"values": {"terms": {"field": field, "size": _MOST_VALUES}}},
    }


def ends_of_prices(counted: Mapping[str, Any]) -> tuple[int, int] | None:
    """The lowest and the highest price; None when there is nobody."""
    if "prices" not in counted or not counted["prices"]["doc_count"]:
        return None
    return int(counted["prices"]["lowest"]["value"]), int(counted["prices"]["highest"]["value"])


def price_steps(ends: tuple[int, int]) -> dict[str, Any]:
    """The histogram as a second question's aggregation, in whole numbers like everywhere."""
    lowest, highest = ends
    width = max(highest - lowest, 1)
    edges = [lowest + -(-step * width // PRICE_STEPS) for step in range(PRICE_STEPS)]
    ranges: list[dict[str, Any]] = [
        {"key": str(step), "from": edge} for step, edge in enumerate(edges)
    ]
    for step, edge in enumerate(edges[1:]):
        ranges[step]["to"] = edge
    return {"steps": {"range": {"field": "price_min", "ranges": ranges, "keyed": True}}}


def facets(
    clauses: Clauses, counted: Mapping[str, Any], ends: tuple[int, int] | None, steps: Any
) -> Facets:
    """The facets that the answers hold."""
    prices = None
    if ends is not None:
        buckets = steps["steps"]["buckets"]
        counts = tuple(buckets[str(step)]["doc_count"] for step in range(PRICE_STEPS))
        prices = PriceFacet(*ends, counts)
    return Facets(
        topics={UUID(key): number for key, number in _counts(counted["topics"])},
        languages=dict(_counts(counted["languages"])),
        ratings={stars: counted[f"rating_{stars}"]["doc_count"] for stars in RATINGS},
        verified=counted["verified"]["doc_count"],
        prices=prices,
        parts=tuple(counted[f"part_{at}"]["doc_count"] for at in range(len(clauses.question.grid))),
        loosened={name: counted[f"without_{name}"]["doc_count"] for name in clauses.names},
    )


def _counts(found: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [(bucket["key"], bucket["doc_count"]) for bucket in found["values"]["buckets"]]
