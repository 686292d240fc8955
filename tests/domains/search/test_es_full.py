"""Elasticsearch has no room (429): writers wait and lose nothing, questions go to PostgreSQL."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
import urllib3
from flask import Flask
from tests.domains.experts.test_api import Program
from tests.domains.search.conftest import connected, expert, find
from tests.support.elasticsearch.fixtures import started
from tests.support.elasticsearch.server import Elasticsearch

from cilis.domains import search
from cilis.domains.search import service
from cilis.domains.search.service.index import known_versions
from cilis.domains.search.types.documents import KIND, MAPPING
from cilis.infra import indices
from cilis.infra import search as infra_search
from cilis.infra.search import Document, Full, TenantIndex
from cilis.infra.tenancy import Tenant
from cilis.kit import ids

pytestmark = pytest.mark.timeout(1_900)
WRITERS, EACH = 6, 400
_FULL = {
    "es_rejected_execution_exception": "rejected execution of coordinating operation",
    "circuit_breaking_exception": "[parent] Data too large, data for [<http_request>]",
}
_addresses = itertools.count(1)


@pytest.fixture(scope="module")
def narrow() -> Iterator[Elasticsearch]:
    """A real node with room for little more than one bulk, and one question at a time."""
    yield from started(
        Elasticsearch(
            settings={
                "indexing_pressure.memory.limit": "900kb",
                "thread_pool.search.size": 1,
                "thread_pool.search.queue_size": 1,
            }
        )
    )


def stats(server: Elasticsearch, *path: str) -> int:
    """A figure of the node's own."""
    answer = urllib3.request("GET", f"{server.url}/_nodes/stats/thread_pool,indexing_pressure")
    (node,) = answer.json()["nodes"].values()
    for part in path:
        node = node[part]
    return int(node)


def rejected_bulks(server: Elasticsearch) -> int:
    return stats(server, "indexing_pressure", "memory", "total", "coordinating_rejections")


def documents(count: int) -> list[Document]:
    """Some 2 kB each, as experts have it."""
    made = [ids.new() for _ in range(count)]
    return [
        Document(str(one), 1, {"expert_id": str(one), "listed": False, "fuzzy": "x" * 2_000})
        for one in made
    ]


def write_at_once(index: str, given: list[list[Document]]) -> list[int]:
    """As many writers as there are lists, all beginning together."""
    together = threading.Barrier(len(given))

    def write(mine: list[Document]) -> int:
        together.wait()
        return TenantIndex(KIND, index=index).write(mine)

    with ThreadPoolExecutor(len(given)) as pool:
        return [
            one.result() for one in [pool.submit(copy_context().run, write, it) for it in given]
        ]


def lacking(index: str, given: list[list[Document]]) -> set[UUID]:
    """What of it the index does not have."""
    TenantIndex(KIND, index=index).refresh()
    there: set[UUID] = set()
    wanted = [UUID(one.id) for mine in given for one in mine]
    for start in range(0, len(wanted), 500):
        there |= set(known_versions(wanted[start : start + 500], index=index))
    return set(wanted) - there


def test_many_writers_at_once_are_slowed_down_and_all_arrives(
    narrow: Elasticsearch, tenant: Tenant
) -> None:
    given = [documents(EACH) for _ in range(WRITERS)]
    with connected(narrow):
        index, _ = indices.begin(KIND, None, MAPPING)
        before = rejected_bulks(narrow)
        assert write_at_once(index, given) == [EACH] * WRITERS
        assert rejected_bulks(narrow) > before, "the node had room for all: nothing was tried"
        assert infra_search.breaker.may_call()
        assert lacking(index, given) == set()


def test_without_another_try_writers_would_lose_theirs(
    narrow: Elasticsearch, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what is refused above is truly refused."""
    given = [documents(EACH) for _ in range(WRITERS)]
    monkeypatch.setattr(infra_search.index, "PAUSES", ())
    with connected(narrow):
        index, _ = indices.begin(KIND, None, MAPPING)
        with pytest.raises(Full):
            for _ in range(20):
                write_at_once(index, given)


def test_questions_without_room_are_answered_by_postgresql(
    narrow: Elasticsearch, tenant: Tenant, app: Flask, topics: dict[str, UUID]
) -> None:
    del topics
    with connected(narrow):
        service.read_again(expert(f"Thuế {number}") for number in range(8))
        search.rebuild_all([tenant])
        before = stats(narrow, "thread_pool", "search", "rejected")
        until = time.monotonic() + 20
        answers: list[dict[str, Any]] = []

        def visit() -> None:
            while time.monotonic() < until and not both(answers):
                infra_search.breaker.reset()  # or questions are kept away, as they should be
                answers.append(ask(app, tenant))

        visitors = [threading.Thread(target=copy_context().run, args=(visit,)) for _ in range(8)]
        for one in visitors:
            one.start()
        for one in visitors:
            one.join()
        assert {one["status"] for one in answers} == {200}
        assert {one["total"] for one in answers} == {8}
        assert both(answers)
        assert stats(narrow, "thread_pool", "search", "rejected") > before


def both(answers: list[dict[str, Any]]) -> bool:
    return {one["is_fallback"] for one in list(answers)} == {False, True}


def ask(app: Flask, tenant: Tenant) -> dict[str, Any]:
    """One search through the whole application, from another address each time."""
    number = next(_addresses)
    place = {"REMOTE_ADDR": f"10.8.{number // 250}.{number % 250}"}
    answer = Program(app, tenant)(
        "GET", "experts", query_string={"words": "thue"}, environ_base=place
    )
    found: dict[str, Any] = answer.get_json()
    return {"status": answer.status_code, **found}


class Gate:
    """Before a real server: says 429 to so many of its requests, in its words, and passes the rest."""

    def __init__(self, server: Elasticsearch, kind: str) -> None:
        self.refuse, self.refused = 0, 0
        gate, body = self, _body(kind)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = self.path.partition("?")[0]
                if gate.refuse > 0 and asked.endswith(("_bulk", "_search")):
                    gate.refuse, gate.refused = gate.refuse - 1, gate.refused + 1
                    self._answer(429, {"Content-Type": "application/json"}, body)
                    return
                names = ("Content-Type", "Accept")
                headers = {name: self.headers[name] for name in names if name in self.headers}
                answer = urllib3.request(
                    self.command,
                    server.url + self.path,
                    body=given or None,
                    headers=headers,
                    timeout=60,
                    retries=False,
                )
                kept = {
                    name: answer.headers[name]
                    for name in ("Content-Type", "X-elastic-product")
                    if name in answer.headers
                }
                self._answer(answer.status, kept, answer.data)

            def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
                self.send_response(status)
                for name, value in {"X-elastic-product": "Elasticsearch", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815 - the library's names

            def log_message(self, *_: Any) -> None:
                """Nothing is written."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _body(kind: str) -> bytes:
    import orjson

    cause = {"type": kind, "reason": _FULL[kind]}
    return orjson.dumps({"error": {"root_cause": [cause], **cause}, "status": 429})


@contextmanager
def gated(server: Elasticsearch, kind: str) -> Iterator[Gate]:
    gate = Gate(server, kind)
    try:
        with connected(gate):  # type: ignore[arg-type]  # it has an address, all that is asked
            yield gate
    finally:
        gate.close()


@pytest.fixture(params=list(_FULL))
def gate(request: pytest.FixtureRequest, narrow: Elasticsearch, tenant: Tenant) -> Iterator[Gate]:
    with gated(narrow, request.param) as made:
        yield made


@pytest.fixture
def few(topics: dict[str, UUID]) -> int:
    del topics
    service.read_again(expert(f"Thuế {number}") for number in range(5))
    return 5


def test_a_whole_bulk_refused_is_sent_again(
    gate: Gate, tenant: Tenant, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(infra_search.index, "PAUSES", (0.05, 0.1, 0.2))
    gate.refuse = 3
    assert search.rebuild_all([tenant]) == {tenant.slug: few}
    assert (gate.refuse, gate.refused) == (0, 3)
    assert service.verify().is_clean
    TenantIndex(KIND).refresh()
    assert (find("thue").total, find("thue").engine) == (few, "elasticsearch")


def test_it_stays_full_and_a_later_try_goes_on(
    gate: Gate, tenant: Tenant, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(infra_search.index, "PAUSES", (0.01, 0.02))
    gate.refuse = 1_000
    with pytest.raises(Full, match="stays full"):
        search.rebuild_all([tenant])
    assert gate.refused == 3
    assert find("thue").total == few  # PostgreSQL's
    gate.refuse = 0
    infra_search.breaker.reset()
    assert search.rebuild_all([tenant]) == {tenant.slug: few}
    assert service.verify().is_clean


def test_what_an_event_could_not_bring_comes_later(
    gate: Gate,
    tenant: Tenant,
    few: int,
    deliver: Callable[[], int],
    clock_forward: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from datetime import timedelta

    monkeypatch.setattr(infra_search.index, "PAUSES", (0.01,))
    search.rebuild_all([tenant])
    gate.refuse = 2
    expert("Thuế mới")
    deliver()
    assert gate.refused == 2
    infra_search.breaker.reset()
    clock_forward(timedelta(minutes=10))
    deliver()
    assert service.verify().is_clean
    TenantIndex(KIND).refresh()
    assert (find("thue").total, find("thue").engine) == (few + 1, "elasticsearch")


def test_questions_refused_leave_it_alone_for_a_while(gate: Gate, tenant: Tenant, few: int) -> None:
    search.rebuild_all([tenant])
    gate.refuse = 1_000
    for _ in range(9):
        found = find("thue")
        assert (found.total, found.engine, found.is_fallback) == (few, "postgresql", True)
    assert gate.refused <= 4, "asked on and on, though it is full"
