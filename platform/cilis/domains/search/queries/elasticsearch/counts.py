"""Counts: for every choice how many there would be, all others kept; as aggregations.

Like PostgreSQL they stop at so many cards for each shard, and say so.
"""

from __future__ import annotations

import itertools
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
from cilis.domains.search.queries.kept import COUNTED_UP_TO
from cilis.domains.search.types import Facets, Filter, PriceFacet, spans

_MOST_VALUES = 5_000
_BACK: dict[str, Any] = {"reverse_nested": {}}
ANYONE: dict[str, Any] = {"anyone": {"filter": {"match_all": {}}}}


def bounded(looked_at: list[Clause], aggregations: Mapping[str, Any]) -> dict[str, Any]:
    """A question that only counts, among the first of those who are looked at.

    Elasticsearch ends early by the hits it collects. The filter that everybody passes makes it
    collect them: a plain total it takes from the index, and then it would go on to the end.
    """
    return {
        "query": every(looked_at),
        "post_filter": {"match_all": {}},
        "size": 0,
        "track_total_hits": True,
        "terminate_after": COUNTED_UP_TO,
        "aggs": aggregations,
    }


def among(fitting: list[Clause], aggregations: Mapping[str, Any]) -> dict[str, Any]:
    """Aggregations over those of the cards looked at for which all of these hold."""
    return {"fitting": {"filter": every(fitting), "aggs": aggregations}}


def asked(clauses: Clauses, now: datetime) -> dict[str, Any]:
    """The aggregations of a question; over cards that the words fit."""
    found = {**ANYONE, "total": {"filter": every(clauses.without())}}
    question = clauses.question
    for at, span in enumerate(spans(question.grid, now)):
        fits = [*clauses.without(Filter.TIME), offers(free_in([span]))]
        found[f"part_{at}"] = {"filter": every(fits)}
    if not question.facets:
        return found
    found |= {
        "topics": _values(clauses, Filter.TOPIC, "topic_ids"),
        "languages": _values(clauses, Filter.LANGUAGES, "languages"),
        "countries": _values(clauses, Filter.COUNTRY, "country"),
        "modes": _of_services(clauses, Filter.MODE, "modes", "offers.mode"),
        "durations": _of_services(clauses, Filter.LENGTH, "durations", "offers.minutes"),
        "verified": {
            "filter": every([*clauses.without(Filter.VERIFIED), {"term": {"verified": True}}])
        },
        "prices": {
            "filter": every(clauses.without(Filter.PRICE)),
            "aggs": {
                "lowest": {"min": {"field": "price_min"}},
                "highest": {"max": {"field": "price_min"}},
            },
        },
    }
    for stars in RATINGS:
        enough = {"range": {"rating": {"gte": stars}}}
        found[f"rating_{stars}"] = {"filter": every([*clauses.without(Filter.RATING), enough])}
    for name in clauses.names:
        found[f"without_{name}"] = {"filter": every(clauses.without(name))}
    return found


def _values(clauses: Clauses, left_out: Filter, field: str) -> dict[str, Any]:
    return {
        "filter": every(clauses.without(left_out)),
        "aggs": {"values": {"terms": {"field": field, "size": _MOST_VALUES}}},
    }


def _of_services(clauses: Clauses, left_out: Filter, of_card: str, of_offer: str) -> dict[str, Any]:
    """Experts by a value of the services that fit all the rest; of any where nothing has to."""
    fits = clauses.fitting_offer(left_out)
    if not fits:
        return _values(clauses, left_out, of_card)
    values = {"terms": {"field": of_offer, "size": _MOST_VALUES}, "aggs": {"experts": _BACK}}
    fitting = every(fits)
    return {
        "filter": every(clauses.without(left_out)),
        "aggs": {
            "offers": {
                "nested": {"path": "offers"},
                "aggs": {"fitting": {"filter": fitting, "aggs": {"values": values}}},
            }
        },
    }


def ends_of_prices(counted: Mapping[str, Any]) -> tuple[int, int] | None:
    """The lowest and the highest price; None when there is nobody."""
    if "prices" not in counted or not counted["prices"]["doc_count"]:
        return None
    return int(counted["prices"]["lowest"]["value"]), int(counted["prices"]["highest"]["value"])


def of_service_ends(
    looked_at: list[Clause], rest: list[Clause], fitting: list[Clause]
) -> dict[str, Any]:
    """The same ends where a kind of service is named, as a question.

    An expert's price is then the least of the services that fit: among those for whom the ``rest``
    holds the dearest comes first.
    """
    dearest = {"order": "desc", "mode": "min", "nested": _nested(fitting)}
    lowest = {"min": {"field": "offers.price"}}
    offered = {
        "nested": {"path": "offers"},
        "aggs": {"fitting": {"filter": every(fitting), "aggs": {"lowest": lowest}}},
    }
    holds = {"constant_score": {"filter": every(rest)}}
    return {
        **bounded(looked_at, among(rest, {"offers": offered})),
        "query": {"bool": {"filter": looked_at, "should": [holds]}},
        "size": 1,
        "sort": ["_score", {"offers.price": dearest}],
    }


def _nested(fitting: list[Clause]) -> dict[str, Any]:
    return {"path": "offers", "filter": every(fitting)}


def ends_of_services(answer: Mapping[str, Any]) -> tuple[int, int] | None:
    """What `of_service_ends` found."""
    fitting = answer["aggregations"]["fitting"]
    if not fitting["doc_count"]:
        return None
    lowest = fitting["offers"]["fitting"]["lowest"]["value"]
    return int(lowest), int(answer["hits"]["hits"][0]["sort"][1])


def price_steps(ends: tuple[int, int], fitting: list[Clause]) -> dict[str, Any]:
    """The histogram as a second question's aggregations, in whole numbers like everywhere.

    ``fitting``: what a service has to fit, where a kind of service is named.
    """
    lowest, highest = ends
    width = max(highest - lowest, 1)
    edges = [lowest + -(-step * width // PRICE_STEPS) for step in range(1, PRICE_STEPS)]
    if not fitting:
        bounds = itertools.pairwise([lowest, *edges, highest + 1])
        ranges = [{"from": since, "to": until} for since, until in bounds]
        return {"steps": {"range": {"field": "price_min", "ranges": ranges}}}
    # An expert's least price lies below an edge where any fitting service's does.
    return {
        f"below_{at}": {"filter": offers(*fitting, {"range": {"offers.price": {"lt": edge}}})}
        for at, edge in enumerate(edges)
    }


def price_facet(ends: tuple[int, int], counted: Mapping[str, Any]) -> PriceFacet:
    """The histogram that `price_steps` counted, among those who fit."""
    if "steps" in counted:
        buckets = counted["steps"]["buckets"]
        return PriceFacet(*ends, tuple(bucket["doc_count"] for bucket in buckets))
    below = [counted[f"below_{at}"]["doc_count"] for at in range(PRICE_STEPS - 1)]
    edges = [0, *below, counted["doc_count"]]
    return PriceFacet(*ends, tuple(more - less for less, more in itertools.pairwise(edges)))


def facets(clauses: Clauses, counted: Mapping[str, Any], prices: PriceFacet | None) -> Facets:
    """The facets that the answers hold."""
    return Facets(
        topics={UUID(key): number for key, number in _counts(counted["topics"])},
        languages=dict(_counts(counted["languages"])),
        countries={key: number for key, number in _counts(counted["countries"]) if key},
        modes=dict(_counts_of_services(counted["modes"])),
        durations={int(key): n for key, n in _counts_of_services(counted["durations"])},
        ratings={stars: counted[f"rating_{stars}"]["doc_count"] for stars in RATINGS},
        verified=counted["verified"]["doc_count"],
        prices=prices,
        parts=tuple(counted[f"part_{at}"]["doc_count"] for at in range(len(clauses.question.grid))),
        loosened={name.value: counted[f"without_{name}"]["doc_count"] for name in clauses.names},
    )


def _counts(found: Mapping[str, Any]) -> list[tuple[Any, int]]:
    return [(bucket["key"], bucket["doc_count"]) for bucket in found["values"]["buckets"]]


def _counts_of_services(found: Mapping[str, Any]) -> list[tuple[Any, int]]:
    if "values" in found:
        return _counts(found)
    buckets = found["offers"]["fitting"]["values"]["buckets"]
    return [(bucket["key"], bucket["experts"]["doc_count"]) for bucket in buckets]
