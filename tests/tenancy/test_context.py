"""The tenant that code serves: never left over, never guessed."""

from __future__ import annotations

import asyncio
import io
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
import sqlalchemy as sa
from flask import Flask

from cilis.hooks.manager import Plugins
from cilis.infra import audit
from cilis.infra.db import reading, transaction
from cilis.infra.http.front import Front
from cilis.infra.tenancy import PLATFORM, NoTenant, Tenant, current_tenant, is_serving, serving
from cilis.infra.tenant_models import AuditEntry


def test_nobody_is_served_by_default() -> None:
    assert not is_serving()
    with pytest.raises(NoTenant):
        current_tenant()


def test_what_was_before_comes_back_after_an_exception(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    with pytest.raises(KeyError), serving(other_tenant):
        with pytest.raises(ValueError, match="inner"), serving(PLATFORM):
            raise ValueError("inner")
        assert current_tenant() == other_tenant
        raise KeyError
    assert current_tenant() == tenant


def test_a_new_thread_serves_nobody(tenant: Tenant) -> None:
    seen: list[bool] = []
    thread = threading.Thread(target=lambda: seen.append(is_serving()))
    thread.start()
    thread.join()
    assert seen == [False]


def test_a_thread_of_a_pool_keeps_nothing_of_its_last_work(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    def work(who: Tenant, *, fail: bool) -> str:
        with serving(who):
            if fail:
                raise KeyError
            return current_tenant().id

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work, tenant, fail=False).result() == tenant.id
        assert pool.submit(work, other_tenant, fail=True).exception()
        assert pool.submit(is_serving).result() is False
        with pytest.raises(NoTenant):
            pool.submit(current_tenant).result()


def test_coroutines_side_by_side_do_not_mix(tenant: Tenant, other_tenant: Tenant) -> None:
    async def one(who: Tenant) -> bool:
        with serving(who):
            for _ in range(20):
                await asyncio.sleep(0)
                if current_tenant() != who:
                    return False
        return True

    async def all_() -> list[bool]:
        return await asyncio.gather(*(one(who) for who in [tenant, other_tenant] * 10))

    assert all(asyncio.run(all_()))
    assert current_tenant() == tenant


def test_threads_side_by_side_read_their_own_rows_even_after_failures(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    for who in (tenant, other_tenant):
        with serving(who), transaction() as session:
            for _ in range(3):
                audit.record(session, f"tests.{who.slug}", None, actor=None)

    def work(seed: int) -> int:
        chance, wrong = random.Random(seed), 0
        for _ in range(25):
            who = chance.choice((tenant, other_tenant))
            try:
                with serving(who), reading() as session:
                    found = set(session.scalars(sa.select(AuditEntry.action)))
                    wrong += found != {f"tests.{who.slug}"}
                    if chance.random() < 0.3:
                        raise KeyError
            except KeyError:
                wrong += is_serving()
        return wrong

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) == 0


def test_a_transaction_left_by_an_exception_leaves_no_mark(tenant: Tenant) -> None:
    with pytest.raises(KeyError), transaction():
        raise KeyError
    with pytest.raises(KeyError), reading():
        raise KeyError
    with transaction():
        pass


def test_a_plugin_runs_in_the_tenant_of_its_caller(tenant: Tenant, other_tenant: Tenant) -> None:
    found = Plugins()
    assert found.call("payments", "x", 5, lambda: current_tenant().id) == tenant.id
    with serving(other_tenant):
        assert found.call("payments", "x", 5, lambda: current_tenant().id) == other_tenant.id


def _ask(app: Front, host: str) -> tuple[str, bytes]:
    heard: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "HTTP_HOST": host,
        "SERVER_NAME": "x", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
    }  # fmt: skip
    body = b"".join(app(environ, lambda status, *_: heard.append(status)))  # type: ignore[arg-type]
    return heard[0], body


def test_requests_side_by_side_get_their_own_tenant_and_leave_none(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    app = Flask("tests", root_path="/")
    chance = random.Random(5)

    @app.get("/")
    def who() -> str:
        before = current_tenant().slug
        time.sleep(chance.random() / 200)
        if chance.random() < 0.2:
            raise RuntimeError(before)
        return f"{before} {current_tenant().slug}"

    app.register_error_handler(RuntimeError, lambda problem: f"{problem} {current_tenant().slug}")
    front = Front(app.wsgi_app)

    def work(place: int) -> bool:
        who_ = (tenant, other_tenant)[place % 2]
        status, body = _ask(front, who_.host)
        return (
            status == "200 OK" and body.decode() == f"{who_.slug} {who_.slug}" and not is_serving()
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))


def test_the_context_may_be_handed_on_but_only_by_hand(tenant: Tenant) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(copy_context().run, current_tenant).result() == tenant
        assert pool.submit(is_serving).result() is False
