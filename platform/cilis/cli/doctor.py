"""`cilis doctor`: asks every outside part and says what is wrong and how to mend it."""

from __future__ import annotations

import base64
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click
import psycopg
import redis
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from cilis.config import Settings, settings
from cilis.infra.storage import FileGone, StorageAway, of_settings
from cilis.kit import crypto, http

out = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Finding:
    """What a check found; ``remedy`` is empty when all is well."""

    part: str
    fine: bool
    text: str
    remedy: str = ""


@click.command(name="doctor")
def command() -> None:
    """Check settings, database, queue, files, search and plugins; ends with 1 on a fault."""
    try:
        chosen = settings()
    except ValidationError as problem:
        for error in problem.errors():
            name = "_".join(str(part) for part in error["loc"]).upper()
            out.print(f"[red]✗[/] CILIS_{name}: {escape(error['msg'])}\n  → see .env.example")
        raise SystemExit(1) from None
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _keys,
        _database,
        _owner,
        _queue,
        _files,
        _search,
        _extensions,
    )
    failed = False
    for check in checks:
        for finding in check(chosen):
            failed |= not finding.fine
            mark = "[green]✓[/]" if finding.fine else "[red]✗[/]"
            out.print(f"{mark} {finding.part}: {escape(finding.text)}")
            if finding.remedy:
                out.print(f"  → {escape(finding.remedy)}")
    raise SystemExit(1 if failed else 0)


def _keys(chosen: Settings) -> Iterator[Finding]:
    weak = [key for key in chosen.secret_list() if len(key) < 32]
    if weak or not chosen.secret_list():
        yield Finding(
            "secret keys",
            fine=False,
            text="missing or too short",
            remedy="run `cilis secrets new` and put it first in CILIS_SECRET_KEYS",
        )
        return
    yield Finding("secret keys", fine=True, text=f"{len(chosen.secret_list())} key(s)")


def _database(chosen: Settings) -> Iterator[Finding]:
    try:
        with psycopg.connect(chosen.database_url, autocommit=True, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
            lower = connection.execute("SELECT lower('Đ')").fetchone()
            rights = connection.execute(
                "SELECT rolsuper, rolinherit FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            known = connection.execute("SELECT to_regnamespace('node') IS NOT NULL").fetchone()
    except psycopg.Error as problem:  # also an address that is none
        yield Finding(
            "database",
            fine=False,
            text=_first_line(problem),
            remedy="check CILIS_DATABASE_URL and that PostgreSQL ≥ 15 runs there",
        )
        return
    yield Finding(
        "database",
        fine=version >= 15,
        text=f"PostgreSQL {version}",
        remedy="" if version >= 15 else "PostgreSQL 15 or newer is needed",
    )
    if lower is None or lower[0] != "đ":
        yield Finding(
            "database text",
            fine=False,
            text="lower('Đ') is not 'đ'",
            remedy="create the database with encoding UTF8 and a UTF-8 locale (C.UTF-8)",
        )
    if rights is not None and (rights[0] or rights[1]):
        yield Finding(
            "database role",
            fine=False,
            text="the application's role has rights of its own",
            remedy="ALTER ROLE cilis_app NOSUPERUSER NOINHERIT",
        )
    if not (known and known[0]):
        yield Finding("schema", fine=False, text="not made yet", remedy="run `cilis migrate`")


def _owner(chosen: Settings) -> Iterator[Finding]:
    if not chosen.database_owner_url:
        yield Finding("owner", fine=True, text="not set here (right for web and sockets)")
        return
    try:
        with psycopg.connect(chosen.database_owner_url, connect_timeout=5) as connection:
            row = connection.execute(
                "SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as problem:
        yield Finding(
            "owner",
            fine=False,
            text=_first_line(problem),
            remedy="check CILIS_DATABASE_OWNER_URL",
        )
        return
    able = bool(row and row[0])
    yield Finding(
        "owner",
        fine=able,
        text="may make roles" if able else "may not make roles",
        remedy="" if able else "ALTER ROLE cilis_owner CREATEROLE",
    )


def _queue(chosen: Settings) -> Iterator[Finding]:
    try:
        info: Any = redis.Redis.from_url(chosen.redis_url, socket_timeout=2).info()
    except (redis.RedisError, ValueError) as problem:
        yield Finding(
            "queue",
            fine=False,
            text=_first_line(problem),
            remedy="check CILIS_REDIS_URL; Redis ≥ 6.2 or Valkey is needed",
        )
        return
    version = str(info["redis_version"])
    recent = tuple(int(part) for part in version.split(".")[:2]) >= (6, 2)
    yield Finding(
        "queue",
        fine=recent,
        text=f"{info.get('server_name', 'redis')} {version}",
        remedy="" if recent else "Redis ≥ 6.2 or Valkey is needed",
    )


def _files(chosen: Settings) -> Iterator[Finding]:
    if chosen.s3_bucket:
        yield _bucket(chosen)
        return
    folder = chosen.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as problem:
        yield Finding(
            "files",
            fine=False,
            text=str(problem),
            remedy=f"make {folder} writable, or set CILIS_DATA_DIR",
        )
        return
    home = Path.home()
    if os.geteuid() == 0 and folder.resolve().is_relative_to(home):
        yield Finding(
            "files",
            fine=True,
            text=f"{folder} lies below root's home; "
            "embedded servers keep their data under /var/lib instead",
        )
        return
    opened = bool(folder.stat().st_mode & stat.S_IWOTH)
    yield Finding(
        "files",
        fine=not opened,
        text=str(folder),
        remedy="chmod o-w on it: anybody may write there" if opened else "",
    )


def _bucket(chosen: Settings) -> Finding:
    """Write, read, delete and look for one object, as the house does."""
    name = f"bucket {chosen.s3_bucket}"
    probe = f"doctor/private/{crypto.token(192)}"
    try:
        store = of_settings(chosen)
        store.put(probe, b"probe", "text/plain")
        try:
            read = store.get(probe)
        finally:
            store.delete(probe)
        kept = store.has(probe)  # without the right to list, what is missing is refused
    except ImportError:
        return Finding("files", fine=False, text=name, remedy="pip install 'cilis[s3]'")
    except (StorageAway, FileGone, ValueError) as problem:
        return Finding(
            "files",
            fine=False,
            text=_first_line(problem),
            remedy="check CILIS_S3_BUCKET, _ENDPOINT, _REGION and the keys; they must let us put, "
            "get, delete and list objects",
        )
    fine = read == b"probe" and not kept
    remedy = "" if fine else "it gives other bytes back, or keeps what was deleted: take another"
    return Finding("files", fine=fine, text=name, remedy=remedy)


def _search(chosen: Settings) -> Iterator[Finding]:
    if not chosen.elasticsearch_url:
        yield Finding("search", fine=True, text="PostgreSQL answers")
        return
    try:
        http.allow_networks(chosen.egress_allow)
        version = str(_from_engine(chosen, "").json()["version"]["number"])
        alias = f"/_alias/{chosen.elasticsearch_prefix}-experts"
        is_built = _from_engine(chosen, alias).status != 404
    except (http.HttpFailed, KeyError, TypeError, IndexError) as problem:
        said = isinstance(problem, http.HttpFailed)
        yield Finding(
            "search",
            fine=False,
            text=_first_line(problem) if said else "something else answers there",
            remedy="check CILIS_ELASTICSEARCH_URL; until then PostgreSQL answers",
        )
        return
    right = version.startswith("8.")
    yield Finding(
        "search",
        fine=right,
        text=f"Elasticsearch {version}",
        remedy="" if right else "version 8 is needed",
    )
    if right and not is_built:
        yield Finding(
            "search index",
            fine=False,
            text="not made yet",
            remedy="run `cilis search rebuild`; until then PostgreSQL answers",
        )


def _from_engine(chosen: Settings, path: str) -> http.HttpAnswer:
    """What Elasticsearch says; a name and password in its address go along as a header."""
    parts = urlsplit(chosen.elasticsearch_url)
    name, _, place = parts.netloc.rpartition("@")
    headers = {}
    if name:
        pair = base64.b64encode(unquote(name).encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    url = parts._replace(netloc=place, path=parts.path.rstrip("/") + path).geturl()
    return http.request("GET", url, headers=headers, seconds=3)


def _extensions(chosen: Settings) -> Iterator[Finding]:
    from cilis.hooks.manager import BrokenPlugin, Plugins  # noqa: PLC0415

    del chosen
    loaded = Plugins()
    try:
        loaded.load_installed()
    except BrokenPlugin as problem:
        yield Finding("plugins", fine=False, text=str(problem), remedy="mend or uninstall it")
        return
    names = [f"{kind}/{key}" for kind, key, _ in loaded.offers()]
    yield Finding(
        "plugins",
        fine=bool(names),
        text=", ".join(names) or "none",
        remedy="" if names else "pip install -e plugins/payment_vnpay …",
    )


def _first_line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0]


__all__ = ["Finding", "command"]
