"""A million experts: questions against the engines by hand and against ten thousand; filling.

Only in the large round (`make ratios SIZE=large`): some half an hour and 20 GB of disk.
"""

from __future__ import annotations

import statistics
import sys

from flask import Flask
from tests.support.elasticsearch.server import Elasticsearch, Lacking

from cilis.infra import db, hosts
from cilis.infra.search import SearchAway
from cilis.infra.tenancy import Tenant, serving
from cilis.testing.scene import open_scene
from loadtests.ratios.many_experts import fill
from loadtests.ratios.measure import Ratio, compare
from loadtests.ratios.questions import (
    EXPERTS,
    SUGGESTIONS,
    beginnings,
    p99,
    questions,
    seconds_of,
)
from loadtests.ratios.search_elasticsearch import (
    BULK,
    FEW,
    GROWTH,
    against,
    bare_bulk,
    connected,
    elasticsearch,
    put,
)
from loadtests.ratios.search_postgresql import against as by_statements
from loadtests.ratios.stage import stage

MILLION = 1_000_000
_BARE_ROUNDS = 3


def measure() -> list[Ratio]:
    """Both engines' p99 at a million ÷ at ten thousand; documents a second of the first index."""
    with stage() as (house, app, small):
        open_scene()
        fill(small, FEW)
        large = hosts.by_slug(house.tenants[1].slug)
        with serving(large):
            open_scene()
            fill(large, MILLION)
        url = house.postgres.url("cilis_owner")
        with db.patience(30_000):  # what takes longer than a page may is to be seen, not refused
            found = [
                _growth("search_growth_postgresql_1m", app, small, large),
                by_statements("search_postgresql_1m", url, app, large, EXPERTS, questions()),
                by_statements(
                    "completion_postgresql_1m", url, app, large, SUGGESTIONS, beginnings()
                ),
            ]
            try:
                with elasticsearch() as server:
                    return [*found, *_with_elasticsearch(server, app, small, large)]
            except (Lacking, AssertionError, SearchAway) as problem:
                sys.stderr.write(f"left out: {problem}\n")
                return found


def _with_elasticsearch(
    server: Elasticsearch, app: Flask, small: Tenant, large: Tenant
) -> list[Ratio]:
    with connected(server, small, large):
        put(small)
        send = bare_bulk(server, small)
        bare = [send() for _ in range(_BARE_ROUNDS)]
        rate, expected = put(large), statistics.median(bare)
        filling = Ratio(
            name="index_bulk_1m", value=rate / expected, goal=BULK, better="higher", ours=rate,
            baseline=expected, unit="documents/s", rounds=1, spread=max(bare) / min(bare),
        )  # fmt: skip
        return [
            filling,
            _growth("search_growth_elasticsearch", app, small, large),
            against("search_elasticsearch_1m", server, app, large, EXPERTS, questions()),
            against("completion_elasticsearch_1m", server, app, large, SUGGESTIONS, beginnings()),
        ]


def _growth(name: str, app: Flask, small: Tenant, large: Tenant) -> Ratio:
    return compare(
        name, GROWTH, "lower", "s (p99)",
        lambda: p99(seconds_of(app, large, EXPERTS, questions())),
        lambda: p99(seconds_of(app, small, EXPERTS, questions())),
    )  # fmt: skip
