"""Sixty forms of a Host header, and other requests that end at the front door."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from cilis.infra import db, hosts, provisioning
from cilis.infra.http.front import host_name
from cilis.infra.tenancy import Tenant

GOOD = [
    "anbinh.localhost",
    "ANBINH.localhost",
    "Anbinh.LocalHost",
    "anbinh.localhost:80",
    "anbinh.localhost:8000",
    "anbinh.localhost:65535",
    "anbinh.localhost.",
    "anbinh.localhost.:80",
]
UNKNOWN = [
    "localhost",
    "example.com",
    "www.anbinh.localhost",
    "anbinh.localhost.evil.com",
    "anbinhlocalhost",
    "anbinh",
    "127.0.0.1",
    "127.0.0.1:8000",
    "0x7f000001",
    "2130706433",
    "xn--anbnh-qta.localhost",
    "anbinh-.com.localhost.x"[:6] + ".test",
    "t",
    "a.b.c.d.e.f.g",
    "console.localhost",
    "relay.localhost",
    "shared.localhost",
    "node",
    "ext",
    "anbinh.localhost.localhost",
    "1.1.1.1",
    "metadata.google.internal",
]
MALFORMED = [
    "",
    " ",
    "anbinh.localhost,khac.localhost",
    "anbinh.localhost, khac.localhost",
    "user@anbinh.localhost",
    "user:pass@anbinh.localhost",
    "anbinh localhost",
    " anbinh.localhost",
    "anbinh.localhost ",
    "anbinh.localhost\n",
    "anbinh.localhost:80\n",
    "anbinh.localhost:",
    "anbinh.localhost:abc",
    "anbinh.localhost:0",
    "anbinh.localhost:65536",
    "anbinh.localhost:-1",
    "anbinh.localhost:80:80",
    "anbinh..localhost",
    ".anbinh.localhost",
    "-anbinh.localhost",
    "anbinh-.localhost",
    "anbinh.localhost/",
    "anbinh.localhost/x",
    "anbinh.localhost?x",
    "anbinh.localhost#x",
    "http://anbinh.localhost",
    "[::1]",
    "[::1]:8000",
    "::1",
    "anbinh_x.localhost",
    "anbinh%2elocalhost",
    "anbinh\\localhost",
    "*.localhost",
    "ánbình.localhost",
    "a" * 64 + ".localhost",
    "a." * 130 + "localhost",
]


@pytest.fixture
def ask(app: Flask, tenant: Tenant) -> Callable[..., tuple[int, bytes]]:
    def send(host: str, path: str = "/healthz-not", method: str = "GET") -> tuple[int, bytes]:
        heard: list[str] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "HTTP_HOST": host,
            "SERVER_NAME": "x",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": __import__("io").BytesIO(),
            "wsgi.errors": __import__("sys").stderr,
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "REMOTE_ADDR": "127.0.0.1",
            "SCRIPT_NAME": "",
        }
        answer = app.wsgi_app(environ, lambda status, *_: heard.append(status))  # type: ignore[arg-type]
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        return int(heard[0][:3]), body

    return send


@pytest.fixture
def queries(app: Flask) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    sa.event.listen(db.engine(), "before_cursor_execute", note)
    yield seen
    sa.event.remove(db.engine(), "before_cursor_execute", note)


def test_there_are_sixty_forms() -> None:
    assert len({*GOOD, *UNKNOWN, *MALFORMED}) >= 60


@pytest.mark.parametrize("host", GOOD)
def test_odd_but_right_forms_reach_the_tenant(
    host: str, ask: Callable[..., tuple[int, bytes]]
) -> None:
    assert ask(host)[0] == 404  # the application answers: no such page


@pytest.mark.parametrize("host", UNKNOWN)
def test_an_unknown_host_gets_a_plain_answer_without_a_query(
    host: str, ask: Callable[..., tuple[int, bytes]], queries: list[str]
) -> None:
    hosts.refresh()
    queries.clear()
    assert ask(host) == (421, b"Nothing is served here.\n")
    assert queries == []


@pytest.mark.parametrize("host", MALFORMED)
def test_a_malformed_host_gets_a_plain_answer_without_a_query(
    host: str, ask: Callable[..., tuple[int, bytes]], queries: list[str]
) -> None:
    assert ask(host) == (400, b"This host name is malformed.\n")
    assert queries == []


def test_a_suspended_organization_is_closed_without_a_query(
    tenant: Tenant, ask: Callable[..., tuple[int, bytes]], queries: list[str]
) -> None:
    provisioning.set_status(tenant.slug, "suspended")
    try:
        hosts.refresh()
        queries.clear()
        assert ask(tenant.host) == (503, b"This site is closed at the moment.\n")
        assert queries == []
    finally:
        provisioning.set_status(tenant.slug, "active")
        hosts.refresh()


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW", "get", ""])
def test_a_strange_method_is_refused(method: str, ask: Callable[..., tuple[int, bytes]]) -> None:
    assert ask("anbinh.localhost", method=method)[0] == 405


def test_a_name_is_read_once() -> None:
    assert host_name("Khac.Example.:443") == "khac.example"
