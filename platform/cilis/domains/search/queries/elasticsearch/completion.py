"""Completion from Elasticsearch: experts by name, services by theirs, slips forgiven."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from cilis.domains.search.queries.completion import SHOWN
from cilis.domains.search.queries.elasticsearch.clauses import LISTED, Clause, begins, every, offers
from cilis.domains.search.queries.postgresql import LOOKED_AT, NEARNESS, nearest
from cilis.domains.search.types import ServiceHint, Terms, trigrams
from cilis.infra.search import TenantIndex


def begun(
    index: TenantIndex, parts: Sequence[str], seconds: float
) -> tuple[list[UUID], list[ServiceHint]]:
    """Experts and services whose names hold words that begin so; one request."""
    by_name = [begins("words_a", part) for part in parts]
    by_service = [begins("offers.words", part) for part in parts]
    answer = index.search(
        {
            "query": every([LISTED, {"bool": {"should": [every(by_name), offers(*by_service)]}}]),
            "post_filter": every(by_name),
            "sort": [{"standing": "desc"}, {"expert_id": "asc"}],
            "size": SHOWN,
            "_source": ["expert_id"],
            "aggs": {"offers": _services(by_service)},
        },
        seconds=seconds,
    )
    found = [UUID(hit["_source"]["expert_id"]) for hit in answer["hits"]["hits"]]
    buckets = answer["aggregations"]["offers"]["fitting"]["names"]["buckets"]
    return found, [
        ServiceHint(
            orjson.loads(bucket["labels"]["buckets"][0]["key"]), bucket["experts"]["doc_count"]
        )
        for bucket in buckets
    ]


def _services(by_service: list[Clause]) -> dict[str, Any]:
    """Names of fitting services, those of most experts first."""
    names = {
        "terms": {
            "field": "offers.name_key",
            "size": SHOWN,
            "order": [{"experts": "desc"}, {"_key": "asc"}],
        },
        "aggs": {
            "experts": {"reverse_nested": {}},
            "labels": {
                "terms": {"field": "offers.name_label", "size": 1, "order": {"_key": "asc"}}
            },
        },
    }
    return {
        "nested": {"path": "offers"},
        "aggs": {"fitting": {"filter": every(by_service), "aggs": {"names": names}}},
    }


def nearly(index: TenantIndex, wished: Terms, seconds: float) -> dict[UUID, int]:
    """Cards spelled nearly as typed, the nearest first, and what that is worth.

    Those that share most threes of letters are proposed, `nearest` decides, as everywhere.
    """
    threes = sorted(set(trigrams(wished.folded)))
    shared = [{"constant_score": {"filter": {"term": {"trigrams": one}}}} for one in threes]
    answer = index.search(
        {
            "query": {
                "bool": {
                    "filter": [LISTED],
                    "should": shared,
                    "minimum_should_match": math.ceil(NEARNESS * len(threes)),
                }
            },
            "sort": ["_score", {"expert_id": "asc"}],
            "size": LOOKED_AT,
            "_source": ["expert_id", "fuzzy"],
        },
        seconds=seconds,
    )
    sources = [hit["_source"] for hit in answer["hits"]["hits"]]
    return nearest(wished, ((UUID(one["expert_id"]), one["fuzzy"]) for one in sources))
