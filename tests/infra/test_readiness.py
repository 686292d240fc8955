"""What a cluster's probes are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from cilis.config import settings
from cilis.domains import tenants
from cilis.infra import db, readiness
from cilis.infra.tenancy import Tenant


@pytest.fixture
def asked_anew(tenant: Tenant) -> Iterator[None]:
    del tenant
    readiness.forget()
    yield
    readiness.forget()


@pytest.fixture
def no_database(asked_anew: None) -> Iterator[None]:
    kept = db.engine()
    options = {**db.engine_options(1), "connect_args": {"connect_timeout": 1}}
    db.bind(
        sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/x", **options), statement_ms=1
    )
    yield
    db.bind(kept, statement_ms=settings().web_statement_ms)


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize("host", ["10.0.3.7:8000", "anything.example", "not a host"])
def test_ready_while_the_database_answers_whatever_the_host(app: Flask, host: str) -> None:
    answer = app.test_client().get("/readyz", headers={"Host": host})
    assert (answer.status_code, answer.text) == (200, "ready\n")


@pytest.mark.usefixtures("no_database")
def test_not_ready_without_a_database_but_alive(app: Flask) -> None:
    probe = app.test_client()
    assert probe.get("/readyz").status_code == 503
    assert probe.get("/healthz").status_code == 200


@pytest.mark.usefixtures("asked_anew")
def test_many_probes_are_one_question(app: Flask) -> None:
    seen: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    try:
        for _ in range(20):
            app.test_client().get("/readyz")
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)
    assert sum("routing_version" in statement for statement in seen) <= 3  # 1, and hosts' own look


def test_who_has_no_port_touches_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "alive"
    readiness.beat()  # nowhere, unless told where
    assert not file.exists()
    monkeypatch.setenv("CILIS_HEARTBEAT_FILE", str(file))
    settings.cache_clear()
    try:
        readiness.beat()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert file.exists()


@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("path", ["/", "/account", "/nothing-is-here"])
def test_a_page_without_a_database_says_so_in_its_readers_language(
    app: Flask, tenant: Tenant, path: str
) -> None:
    tenants.forget_organizations()
    headers = {"Host": tenant.host, "Accept-Language": "vi"}
    answer = app.test_client().get(path, headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert '<html lang="vi">' in answer.text
    assert "Xin thử lại sau giây lát" in answer.text


@pytest.mark.usefixtures("no_database")
def test_a_program_without_a_database_gets_a_problem(app: Flask, tenant: Tenant) -> None:
    tenants.forget_organizations()
    answer = app.test_client().get("/api/v1/organization", headers={"Host": tenant.host})
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["code"] == "database_unavailable"
