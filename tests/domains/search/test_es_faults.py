"""Elasticsearch hangs, dies, comes back: no search fails, and in the end the index is the truth."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from tests.domains.experts.test_api import Program
from tests.domains.search.conftest import connected, expert, find
from tests.support.elasticsearch.server import Elasticsearch

from cilis.domains import search
from cilis.domains.search import service
from cilis.infra import search as infra_search
from cilis.infra.breaker import Breaker
from cilis.infra.tenancy import Tenant
from cilis.testing.fixtures import Browser, browser_on

pytestmark = pytest.mark.timeout(1_900)
Deliver = Callable[[], int]
Forward = Callable[[timedelta], None]
_addresses = itertools.count(1)
LIMIT = 1.0


@pytest.fixture
def elastic(
    elasticsearch_server: Elasticsearch, tenant: Tenant, topics: dict[str, UUID]
) -> Iterator[Elasticsearch]:
    """Eight experts in an index that has one second for an answer."""
    del topics
    with connected(elasticsearch_server, seconds=LIMIT):
        service.read_again(expert(f"Thuế {number}") for number in range(8))
        search.rebuild_all([tenant])
        yield elasticsearch_server
        infra_search.connect("")  # what is left belongs to a server that a test may have killed
        infra_search.connect(elasticsearch_server.url)


@pytest.fixture
def ask(app: Flask, tenant: Tenant) -> Callable[[], dict[str, Any]]:
    """One search through the whole application, from another address each time."""

    def send() -> dict[str, Any]:
        program = Program(app, tenant)
        place = {"REMOTE_ADDR": f"10.9.{next(_addresses) // 250}.{next(_addresses) % 250}"}
        began = time.monotonic()
        answer = program("GET", "experts", query_string={"words": "thue"}, environ_base=place)
        took = time.monotonic() - began
        found: dict[str, Any] = answer.get_json()
        return {"status": answer.status_code, "seconds": took, **found}

    return send


def back(seconds: float = 60) -> None:
    """Wait until Elasticsearch answers questions again, through the breaker's pauses."""
    until = time.monotonic() + seconds
    while find("thue").is_fallback:
        assert time.monotonic() < until
        time.sleep(0.3)


def during(load: Callable[[], dict[str, Any]], act: Callable[[], None]) -> list[dict[str, Any]]:
    """What four visitors were answered who searched all the while that something happened."""
    from contextvars import copy_context

    stop, found = threading.Event(), list[dict[str, Any]]()

    def visit() -> None:
        while not stop.is_set():
            found.append(load())

    visitors = [threading.Thread(target=copy_context().run, args=(visit,)) for _ in range(4)]
    for one in visitors:
        one.start()
    try:
        act()
    finally:
        stop.set()
        for one in visitors:
            one.join()
    return found


def test_it_hangs_and_goes_on(
    elastic: Elasticsearch,
    ask: Callable[[], dict[str, Any]],
    deliver: Deliver,
    clock_forward: Forward,
) -> None:
    back()

    def hang() -> None:
        time.sleep(1)
        elastic.pause()
        try:
            time.sleep(6)
            expert("Thuế khi vắng")
            deliver()  # the index does not hear of it; its receipt waits
        finally:
            elastic.resume()
        time.sleep(1)

    answers = during(ask, hang)
    assert {one["status"] for one in answers} == {200}
    assert {one["total"] for one in answers} <= {8, 9}
    assert {one["is_fallback"] for one in answers} == {False, True}
    back()
    clock_forward(timedelta(minutes=10))
    deliver()
    assert service.verify().is_clean
    infra_search.TenantIndex("experts").refresh()
    assert (find("thue").total, find("thue").engine) == (9, "elasticsearch")


def test_it_is_killed_and_comes_back(
    elastic: Elasticsearch,
    ask: Callable[[], dict[str, Any]],
    deliver: Deliver,
    clock_forward: Forward,
) -> None:
    back()

    def die() -> None:
        time.sleep(1)
        elastic.kill()
        time.sleep(2)
        expert("Thuế khi vắng")
        deliver()
        elastic.start()

    answers = during(ask, die)
    assert {one["status"] for one in answers} == {200}
    assert {one["is_fallback"] for one in answers} == {False, True}
    back()
    clock_forward(timedelta(minutes=10))
    deliver()
    assert service.verify().is_clean


def test_when_it_hangs_a_page_takes_its_limit_once_and_then_no_time(
    elastic: Elasticsearch, app: Flask, tenant: Tenant, ask: Callable[[], dict[str, Any]]
) -> None:
    back()
    plain = min(ask()["seconds"] for _ in range(3))
    elastic.pause()
    try:
        slow = [ask()["seconds"] for _ in range(3)]
        quick = [ask()["seconds"] for _ in range(3)]
        page = reserve(browser_on(app, tenant))
    finally:
        elastic.resume()
    assert max(slow) < LIMIT + 2  # the machine may be busy; what PostgreSQL takes comes on top
    assert min(quick) < LIMIT / 2 + plain
    assert "Tìm kiếm đang chạy bằng hệ thống dự phòng" in page


def reserve(visitor: Browser) -> str:
    answer = visitor.get("/experts?q=thue", headers={"Accept-Language": "vi"})
    assert answer.status_code == 200
    assert str(answer.text).count('class="card expert"') == 8
    return str(answer.text)


def test_a_limit_too_short_is_only_slow(
    elasticsearch_server: Elasticsearch, tenant: Tenant
) -> None:
    with connected(elasticsearch_server):
        search.rebuild_all([tenant])
        url = elasticsearch_server.url
        prefix = infra_search.connection.connection().prefix
        infra_search.connect(url, prefix=prefix, seconds=0.000_001)
        assert find().is_fallback
        infra_search.connect(url, prefix=prefix, seconds=30)


def test_nobody_there_at_all(tenant: Tenant, topics: dict[str, UUID], expert_found: Any) -> None:
    expert_found("Lê An")
    infra_search.connect("http://127.0.0.1:1")
    try:
        for _ in range(6):
            found = find("an")
            assert (found.total, found.engine, found.is_fallback) == (1, "postgresql", True)
            assert [one.title for one in search.complete("le").experts] == ["Lê An"]
    finally:
        infra_search.disconnect()


class TestBreaker:
    def test_opens_after_some_failures_in_a_row(self) -> None:
        one = Breaker(failures=2, pause=60)
        one.failed()
        one.worked()
        one.failed()
        assert one.may_call()
        one.failed()
        assert not one.may_call()

    def test_half_open_lets_one_try_at_a_time(self) -> None:
        one = Breaker(failures=1, pause=0.05)
        one.failed()
        assert not one.may_call()
        time.sleep(0.06)
        assert [one.may_call() for _ in range(3)] == [True, False, False]
        one.worked()
        assert [one.may_call() for _ in range(3)] == [True, True, True]

    def test_pauses_grow_and_end_with_success(self) -> None:
        one = Breaker(failures=1, pause=0.01, longest=0.04)
        for _ in range(9):
            one.failed()
        time.sleep(0.05)
        assert one.may_call()
        one.worked()
        one.failed()
        time.sleep(0.02)
        assert one.may_call()
