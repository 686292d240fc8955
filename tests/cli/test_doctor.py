"""`cilis doctor`: every broken part has its line, its remedy, and ends with 1; none a traceback."""

from __future__ import annotations

import http.server
import importlib.metadata
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from click.testing import CliRunner, Result
from tests.support.elasticsearch.server import Elasticsearch
from typing_extensions import override

from cilis import config
from cilis.cli import doctor
from cilis.infra.embedded import run_dir
from cilis.kit import http as kit_http
from cilis.testing import house as houses


@pytest.fixture
def ask(
    house: houses.House, process: object, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Result]]:
    """The doctor with some settings changed; environment and guard as before afterwards."""
    del house, process
    before = kit_http.allow_networks("")
    kit_http.allow_networks(before)

    def examine(**changes: str) -> Result:
        for name, value in changes.items():
            monkeypatch.setenv(f"CILIS_{name.upper()}", value)
        config.settings.cache_clear()
        return CliRunner().invoke(doctor.command, [])

    yield examine
    monkeypatch.undo()
    config.settings.cache_clear()
    kit_http.allow_networks(before)


def lines(said: Result) -> list[str]:
    assert "Traceback" not in said.output
    assert said.exception is None or isinstance(said.exception, SystemExit)
    return said.output.splitlines()


def fault(said: Result, part: str, remedy: str) -> str:
    """The line of the part that is broken; its remedy stands below it; the end is 1."""
    shown = lines(said)
    assert said.exit_code == 1
    place = next(number for number, line in enumerate(shown) if line.startswith(f"✗ {part}"))
    assert remedy in shown[place + 1]
    assert shown[place + 1].startswith("  → ")
    return shown[place]


def test_a_sound_house_has_no_fault(ask: Callable[..., Result]) -> None:
    said = ask()
    assert said.exit_code == 0, said.output
    assert [line for line in lines(said) if not line.startswith("✓")] == []
    parts = [line.partition(":")[0] for line in lines(said)]
    assert parts == [
        f"✓ {name}"
        for name in ("secret keys", "database", "owner", "queue", "files", "search", "plugins")
    ]


def test_the_owners_address_may_be_absent(ask: Callable[..., Result]) -> None:
    said = ask(database_owner_url="")
    assert said.exit_code == 0
    assert "right for web" in said.output


@pytest.mark.parametrize(
    ("name", "value"),
    [("POOL_SIZE", "many"), ("WEB_STATEMENT_MS", "1"), ("PUBLIC_ORIGIN_FORM", "x")],
)
def test_a_setting_that_cannot_be_read(ask: Callable[..., Result], name: str, value: str) -> None:
    said = ask(**{name.lower(): value})
    assert said.exit_code == 1
    assert lines(said)[0].startswith(f"✗ CILIS_{name}: ")
    assert lines(said)[1] == "  → see .env.example"


def test_settings_that_are_missing_are_all_named(
    ask: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEYS"):
        monkeypatch.delenv(f"CILIS_{name}")
    said = ask()
    assert said.exit_code == 1
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEYS"):
        assert f"✗ CILIS_{name}: " in said.output


@pytest.mark.parametrize("keys", ["", ",", "short", f"{'k' * 32},short"])
def test_weak_keys(ask: Callable[..., Result], keys: str) -> None:
    fault(ask(secret_keys=keys), "secret keys", "cilis secrets new")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://cilis_app:x@127.0.0.1:1/cilis", "postgresql://cilis_app@/cilis?host=/nowhere",
        "rubbish", "", "http://x", "postgresql://x:notaport/y",
    ],
)  # fmt: skip
def test_no_database(ask: Callable[..., Result], url: str) -> None:
    fault(ask(database_url=url), "database:", "CILIS_DATABASE_URL")


def test_a_wrong_password_is_not_repeated(ask: Callable[..., Result], house: houses.House) -> None:
    url = f"postgresql://cilis_app:geheim@/cilis?host={run_dir(house.postgres.data)}"
    said = ask(database_url=url)
    assert "authentication failed" in fault(said, "database:", "CILIS_DATABASE_URL")
    assert "geheim" not in said.output


@pytest.fixture
def narrow(house: houses.House) -> Iterator[str]:
    """A database whose rules of text know only English letters."""
    with house.postgres.connect("postgres", "postgres") as connection:
        connection.execute(
            "CREATE DATABASE narrow TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc"
            " LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    yield house.postgres.url("cilis_app", "narrow")
    with house.postgres.connect("postgres", "postgres") as connection:
        connection.execute("DROP DATABASE narrow WITH (FORCE)")


def test_a_database_without_vietnamese_letters(ask: Callable[..., Result], narrow: str) -> None:
    said = ask(database_url=narrow)
    fault(said, "database text", "encoding UTF8 and a UTF-8 locale")
    fault(said, "schema", "cilis migrate")  # and nothing is in it


def test_an_application_with_rights_of_its_own(
    ask: Callable[..., Result], house: houses.House
) -> None:
    said = ask(database_url=house.postgres.url("postgres"))
    fault(said, "database role", "NOSUPERUSER NOINHERIT")
    said = ask(database_url=house.postgres.url("cilis_owner"))
    fault(said, "database role", "NOSUPERUSER NOINHERIT")


def test_an_owner_without_rights(ask: Callable[..., Result], house: houses.House) -> None:
    said = ask(database_owner_url=house.postgres.url("cilis_app"))
    fault(said, "owner", "CREATEROLE")
    fault(ask(database_owner_url="rubbish"), "owner", "CILIS_DATABASE_OWNER_URL")


@pytest.mark.parametrize(
    "url", ["unix:///nowhere/valkey.sock", "redis://127.0.0.1:1", "rubbish", "", "http://x"]
)
def test_no_queue(ask: Callable[..., Result], url: str) -> None:
    fault(ask(redis_url=url), "queue", "CILIS_REDIS_URL")


def test_an_old_queue(ask: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    old = SimpleNamespace(info=lambda: {"redis_version": "6.0.16"})
    monkeypatch.setattr(redis.Redis, "from_url", lambda *_, **__: old)
    assert "6.0.16" in fault(ask(), "queue", "Redis ≥ 6.2 or Valkey is needed")


def test_a_folder_that_cannot_be_written(ask: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    fault(ask(data_dir=str(tmp_path / "file" / "data")), "files", "CILIS_DATA_DIR")


def test_a_folder_that_anybody_may_write(ask: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    fault(ask(data_dir=str(tmp_path / "open")), "files", "chmod o-w")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps embedded data elsewhere")
def test_root_is_told_where_embedded_data_go(
    ask: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    said = ask(data_dir=str(tmp_path / "data"))
    assert said.exit_code == 0
    assert "/var/lib" in said.output


class Search(http.server.BaseHTTPRequestHandler):
    answer: Any = None

    def do_GET(self) -> None:
        body = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def engine() -> Iterator[Callable[[Any], str]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Search)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()

    def answering(answer: Any) -> str:
        Search.answer = answer
        return f"http://127.0.0.1:{server.server_port}"

    yield answering
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_sound_search_engine(ask: Callable[..., Result], engine: Callable[[Any], str]) -> None:
    said = ask(elasticsearch_url=engine({"version": {"number": "8.19.1"}}))
    assert said.exit_code == 0
    assert "Elasticsearch 8.19.1" in said.output


@pytest.mark.timeout(1_900)  # the first time it is fetched
def test_an_engine_without_an_index(
    ask: Callable[..., Result], elasticsearch_server: Elasticsearch
) -> None:
    said = ask(elasticsearch_url=elasticsearch_server.url, elasticsearch_prefix="nothing-yet")
    fault(said, "search index", "cilis search rebuild")


@pytest.mark.parametrize(
    "answer", [b"<html>", b"", [], {}, {"version": None}, {"version": []}, "x", 1]
)
def test_something_else_at_its_address(
    ask: Callable[..., Result], engine: Callable[[Any], str], answer: Any
) -> None:
    fault(ask(elasticsearch_url=engine(answer)), "search", "CILIS_ELASTICSEARCH_URL")


def test_an_engine_of_another_version(
    ask: Callable[..., Result], engine: Callable[[Any], str]
) -> None:
    fault(ask(elasticsearch_url=engine({"version": {"number": "9.0.0"}})), "search", "version 8")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "rubbish", "http://10.0.0.1:9200"])
def test_no_engine(ask: Callable[..., Result], url: str) -> None:
    said = ask(elasticsearch_url=url)
    assert "until then PostgreSQL answers" in said.output
    fault(said, "search", "CILIS_ELASTICSEARCH_URL")


def test_a_broken_plugin_is_named(
    ask: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load() -> object:
        raise ImportError("no module named left_pad [/x] [red]")

    broken = SimpleNamespace(name="payment_acme", load=load)
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: [broken])
    found = fault(ask(), "plugins", "mend or uninstall it")
    assert "payment_acme" in found
    assert found.endswith("left_pad [/x] [red]")


def test_no_plugin_at_all(ask: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: [])
    fault(ask(), "plugins", "pip install")


def test_every_check_is_run_although_the_first_one_fails(ask: Callable[..., Result]) -> None:
    said = ask(secret_keys="x", redis_url="redis://127.0.0.1:1")
    fault(said, "secret keys", "cilis secrets new")
    fault(said, "queue", "CILIS_REDIS_URL")
    assert "✓ plugins" in said.output


def test_a_finding_knows_its_remedy() -> None:
    assert doctor.Finding("x", fine=True, text="y").remedy == ""
