"""Questions and completion through the API against the same requests by hand, in Elasticsearch.

And filling an index from the copy against sending the same documents with nothing around it.
Elasticsearch is a node of its own with 1 GB of heap on this machine; without Java and Maven these
ratios are left out.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import urllib3
from flask import Flask
from tests.support.elasticsearch.server import Elasticsearch, Lacking

from cilis.domains import search
from cilis.domains.search.queries import kept
from cilis.domains.search.types.documents import KIND, MAPPING
from cilis.infra import hosts, indices
from cilis.infra import search as infra_search
from cilis.infra.tenancy import Tenant, serving
from cilis.testing.scene import open_scene
from loadtests.ratios.many_experts import fill
from loadtests.ratios.measure import Ratio, compare
from loadtests.ratios.questions import (
    EXPERTS,
    SUGGESTIONS,
    Asked,
    answer,
    beginnings,
    p99,
    questions,
    seconds_of,
)
from loadtests.ratios.stage import stage

FEW, MANY = 10_000, 100_000
GOAL, GROWTH, BULK = 1.5, 3.0, 0.7
Request = tuple[str, bytes]


def measure() -> list[Ratio]:
    """Medians at ten thousand experts and at ten times that, growth, and the speed of filling."""
    try:
        with elasticsearch() as server:
            return _measure(server)
    except Lacking as problem:
        sys.stderr.write(f"left out: {problem}\n")
        return []


@contextmanager
def elasticsearch() -> Iterator[Elasticsearch]:
    """A node with 1 GB of heap; raises Lacking."""
    server = Elasticsearch(heap="1g")
    try:
        server.start()
        yield server
    finally:
        server.close()


def _measure(server: Elasticsearch) -> list[Ratio]:
    with stage() as (house, app, small):
        open_scene()
        fill(small, FEW)
        large = hosts.by_slug(house.tenants[1].slug)
        with serving(large):
            open_scene()
            fill(large, MANY)
        with connected(server, small, large):
            put(small)
            bulk = against_bulk(server, small)
            put(large)
            return [
                bulk,
                against("search_elasticsearch", server, app, small, EXPERTS, questions()),
                against("search_elasticsearch_100k", server, app, large, EXPERTS, questions()),
                against("completion_elasticsearch", server, app, small, SUGGESTIONS, beginnings()),
                against(
                    "completion_elasticsearch_100k", server, app, large, SUGGESTIONS, beginnings()
                ),
                growth("search_growth_elasticsearch_100k", app, small, large),
            ]


@contextmanager
def connected(server: Elasticsearch, *own: Tenant) -> Iterator[None]:
    """Elasticsearch answers, with an index for each tenant, and may take its time."""
    infra_search.connect(server.url, own=[one.slug for one in own], seconds=30)
    try:
        yield
    finally:
        infra_search.disconnect()


def put(tenant: Tenant) -> float:
    """Fill the tenant's index from the copy and let it answer; documents a second.

    It keeps no answers ready, as `kept` keeps none: real visitors differ in what they choose.
    """
    with serving(tenant):
        index, _ = indices.begin(KIND, tenant, MAPPING)
        rate = fill_index(index)
        client = infra_search.connection.connection().client
        client.indices.put_settings(index=index, settings={"index.requests.cache.enable": False})
        indices.finish(KIND, tenant, index)
        infra_search.TenantIndex(KIND).refresh()
    return rate


def fill_index(index: str) -> float:
    """Documents a second from the copy into an index."""
    began = time.perf_counter()
    count = search.bring_everybody(index=index)
    return count / (time.perf_counter() - began)


def against(
    name: str, server: Elasticsearch, app: Flask, tenant: Tenant, path: str, asked: list[Asked]
) -> Ratio:
    """The median answer of the API ÷ that of the same requests, sent by hand."""
    with serving(tenant):
        sent = [_requests(app, tenant, path, question) for question in asked]
    pool = urllib3.PoolManager(retries=False, timeout=30)

    def by_hand() -> float:
        took = []
        for requests in sent * 4:
            began = time.perf_counter()
            for address, body in requests:
                _post(pool, server.url + address, body)
            took.append(time.perf_counter() - began)
        return statistics.median(took)

    return compare(
        name, GOAL, "lower", "s (p50)",
        lambda: statistics.median(seconds_of(app, tenant, path, asked)), by_hand,
    )  # fmt: skip


def growth(name: str, app: Flask, small: Tenant, large: Tenant) -> Ratio:
    """The p99 of the large tenant ÷ that of the small one."""
    return compare(
        name, GROWTH, "lower", "s (p99)",
        lambda: p99(seconds_of(app, large, EXPERTS, questions())),
        lambda: p99(seconds_of(app, small, EXPERTS, questions())),
    )  # fmt: skip


def against_bulk(server: Elasticsearch, tenant: Tenant) -> Ratio:
    """Documents a second from the copy ÷ the same documents sent again, each into a new index."""
    bare = bare_bulk(server, tenant)

    def ours() -> float:
        with serving(tenant), _new_index(tenant) as index:
            return fill_index(index)

    return compare("index_bulk", BULK, "higher", "documents/s", ours, bare)


def bare_bulk(server: Elasticsearch, tenant: Tenant) -> Callable[[], float]:
    """Sends a tenant's documents, made before, into a new index; documents a second."""
    with serving(tenant):
        bodies = _bulks(tenant)
    pool = urllib3.PoolManager(retries=False, timeout=60)
    count = sum(body.count(b'{"index":') for body in bodies)

    def send() -> float:
        with serving(tenant), _new_index(tenant) as index:
            began = time.perf_counter()
            for body in bodies:
                address = f"{server.url}/{index}/_bulk?routing={tenant.id}"
                assert not _post(pool, address, body, "application/x-ndjson")["errors"]
            return count / (time.perf_counter() - began)

    return send


@contextmanager
def _new_index(tenant: Tenant) -> Iterator[str]:
    index, _ = indices.begin(KIND, tenant, MAPPING)
    yield index
    indices.drop(index)


def _bulks(tenant: Tenant) -> list[bytes]:
    """What filling sends, request by request."""
    with _new_index(tenant) as index, _overheard("bulk") as heard:
        search.bring_everybody(index=index)
    return [b"\n".join(given["operations"]) + b"\n" for given in heard]


def _requests(app: Flask, tenant: Tenant, path: str, question: Asked) -> list[Request]:
    """What the engine sends for a question; and that it is the one that answers."""
    kept.forget()
    with _overheard("perform_request") as heard:
        found = answer(app, tenant, path, question)
    assert not found.get("is_fallback"), "PostgreSQL answered"
    assert path == SUGGESTIONS or found["total"] > 0, question
    assert heard
    return [(given["path"], orjson.dumps(given["body"])) for given in heard]


@contextmanager
def _overheard(method: str) -> Iterator[list[dict[str, Any]]]:
    """What is given to a method of Elasticsearch's client meanwhile."""
    kind = type(infra_search.connection.connection().client)
    plain: Callable[..., Any] = getattr(kind, method)
    heard: list[dict[str, Any]] = []

    def listen(self: Any, *given: Any, **named: Any) -> Any:
        if given:
            named = {"path": given[1], **named}
            heard.append(named)
            return plain(self, *given, **{k: v for k, v in named.items() if k != "path"})
        heard.append(named)
        return plain(self, **named)

    setattr(kind, method, listen)
    try:
        yield heard
    finally:
        setattr(kind, method, plain)


def _post(
    pool: urllib3.PoolManager, url: str, body: bytes, kind: str = "application/json"
) -> dict[str, Any]:
    answered = pool.request("POST", url, body=body, headers={"content-type": kind})
    assert answered.status == 200, answered.data[:500]
    found: dict[str, Any] = orjson.loads(answered.data)
    return found
