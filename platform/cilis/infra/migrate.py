"""Brings databases to the current schema: the node once, then every tenant, several at a time.

Two lines of history: ``shared`` (with ``node``) and ``tenant``. A step is compiled to SQL once by
Alembic and then run in every tenant that stands at the same revision, each in a transaction of
its own; what fails is told and left for the next run, the others go on.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError

from cilis.infra import provisioning
from cilis.infra.schema_script import grants, migrations_dir
from cilis.kit import clock

Line = Literal["shared", "tenant"]
_LIMITS = "SET LOCAL statement_timeout TO '5s'; "
_ONE_AT_A_TIME = 7_310_001  # the advisory lock of this program


class AlreadyRunning(RuntimeError):
    """Another run is migrating this installation at this moment."""


@dataclass
class Report:
    """What a run did."""

    shared: str = ""
    done: int = 0
    current: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def everything(*, at_once: int = 4, told: Callable[[int, int], None] = lambda *_: None) -> Report:
    """Make the node if it is new, bring ``shared`` up, then all tenants; repeatable.

    Args:
        at_once: how many tenants are migrated at a time.
        told: called with (finished, all) after each tenant.

    Returns:
        The report; ``failed`` maps a tenant's id to the reason.
    """
    report = Report()
    with provisioning.owner() as connection:
        _alone(connection)
        provisioning.bootstrap(connection)
        report.shared = _shared(connection)
        provisioning.grant_node(connection)
        waiting, report.current = _behind(connection)
        scripts, report.failed = _scripts(waiting)
        ready = [(start, tenant_id) for start, tenant_id in waiting if start in scripts]
        with ThreadPoolExecutor(at_once) as pool:
            jobs = [
                pool.submit(_migrate_tenant, tenant_id, scripts[start])
                for start, tenant_id in ready
            ]
            for place, ((_, tenant_id), job) in enumerate(zip(ready, jobs, strict=True), 1):
                problem = job.result()
                if problem:
                    report.failed[tenant_id] = problem
                else:
                    report.done += 1
                told(place, len(jobs))
    return report


def _alone(connection: psycopg.Connection[Any]) -> None:
    """Keep other runs away until the connection ends; raises AlreadyRunning."""
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", (_ONE_AT_A_TIME,))
    except psycopg.errors.LockNotAvailable as problem:
        raise AlreadyRunning("another migration is running; wait for its end") from problem


def _scripts(waiting: Sequence[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """SQL by the revision it starts from; and who stands at a revision unknown to this code."""
    found: dict[str, str] = {}
    strange: dict[str, str] = {}
    for start, tenant_id in waiting:
        try:
            if start not in found:
                found[start] = compile_steps("tenant", start)
        except RevisionError:
            strange[tenant_id] = f"stands at revision {start}, which this version does not know"
    return found, strange


def make_node() -> None:
    """Bring only ``shared`` and ``node`` up."""
    with provisioning.owner() as connection:
        provisioning.bootstrap(connection)
        _shared(connection)
        provisioning.grant_node(connection)


def history(line: Line) -> ScriptDirectory:
    """Alembic's view of one line."""
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(migrations_dir() / line / "versions"))
    return ScriptDirectory.from_config(config)


def head(line: Line) -> str:
    """The newest revision of a line."""
    return history(line).get_current_head() or "base"


def compile_steps(line: Line, start: str) -> str:
    """The SQL that leads from a revision ("base": nothing) to the head, in one piece."""
    out = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": out}
    )
    with Operations.context(context):
        for step in _steps(line, start):
            step.module.upgrade()
    return out.getvalue()


def _steps(line: Line, start: str) -> Sequence[Script]:
    found = list(history(line).iterate_revisions("head", start))
    return list(reversed(found))


def _shared(connection: psycopg.Connection[Any]) -> str:
    known = connection.execute("SELECT to_regclass('node.revisions') IS NOT NULL").fetchone()
    start = "base"
    if known and known[0]:
        row = connection.execute(
            "SELECT revision FROM node.revisions WHERE id = 'shared'"
        ).fetchone()
        start = str(row[0]) if row else "base"
    newest = head("shared")
    if start != newest:
        with connection.transaction():
            provisioning.run(
                connection,
                _LIMITS + "SET LOCAL search_path TO shared, ext; " + compile_steps("shared", start),
            )
            connection.execute(
                "INSERT INTO node.revisions (id, revision, migrated_at, error)"
                " VALUES ('shared', %s, %s, '') ON CONFLICT (id)"
                " DO UPDATE SET revision = excluded.revision, migrated_at = excluded.migrated_at",
                (newest, clock.now()),
            )
    return newest


def _behind(connection: psycopg.Connection[Any]) -> tuple[list[tuple[str, str]], int]:
    """(revision, tenant id) of every schema behind the head, in one query; and how many are not."""
    newest = head("tenant")
    rows = connection.execute(
        "SELECT revision, id FROM node.revisions"
        " WHERE id <> 'shared' AND revision <> %s ORDER BY id",
        (newest,),
    ).fetchall()
    count = connection.execute(
        "SELECT count(*) FROM node.revisions WHERE id <> 'shared' AND revision = %s", (newest,)
    ).fetchone()
    return [(str(row[0]), str(row[1])) for row in rows], int(count[0]) if count else 0


def _migrate_tenant(tenant_id: str, script: str) -> str:
    """Bring one tenant up in a transaction of its own; returns what went wrong, or nothing."""
    try:
        with provisioning.owner() as connection:
            try:
                _step(connection, tenant_id, script)
            except psycopg.Error as problem:
                reason = _first_line(problem)
                connection.execute(
                    "UPDATE node.revisions SET error = %s WHERE id = %s", (reason, tenant_id)
                )
                return reason
    except psycopg.Error as problem:  # the server went away: the next run goes on from here
        return _first_line(problem)
    return ""


def _step(connection: psycopg.Connection[Any], tenant_id: str, script: str) -> None:
    name, newest = f"t_{tenant_id}", head("tenant")
    with connection.transaction():
        provisioning.run(connection, f"{_LIMITS}SET LOCAL search_path TO {name}, ext; {script}")
        provisioning.run(connection, grants(name, name))
        connection.execute(
            "UPDATE node.revisions SET revision = %s, migrated_at = %s, error = '' WHERE id = %s",
            (newest, clock.now(), tenant_id),
        )
        connection.execute("UPDATE node.pool SET revision = %s WHERE id = %s", (newest, tenant_id))


def _first_line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0]
