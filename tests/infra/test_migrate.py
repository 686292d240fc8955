"""A fleet of twelve schemas brought up by a step that fails for some, is killed, and runs again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from cilis.cli import migrate as cli
from cilis.config import settings
from cilis.infra import migrate, provisioning, schema_script
from cilis.testing import house as houses

FLEET = 12
OLD = "CREATE TABLE notes (id bigint PRIMARY KEY, text text NOT NULL)"
STEP = """
    from alembic import op
    import sqlalchemy as sa

    revision = "{revision}"
    down_revision = {down!r}

    def upgrade() -> None:
        {body}
"""
NEW_COLUMN = """op.add_column("notes", sa.Column("tag", sa.Text(), server_default="x"))
        op.create_index("notes_tag_idx", "notes", ["tag"])"""
SLOW = 'op.execute("SELECT pg_sleep(0.1)"); op.add_column("notes", sa.Column("slow", sa.Integer()))'


def write_step(folder: Path, revision: str, down: str | None, body: str) -> None:
    path = folder / "tenant" / "versions" / f"{revision}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(STEP.format(revision=revision, down=down, body=body)))


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A migrations folder of the test's own; the platform's line is the real one."""
    real = schema_script.migrations_dir()
    shutil.copytree(real / "shared", tmp_path / "shared")
    write_step(tmp_path, "t1", None, f"op.execute({OLD!r})")
    monkeypatch.setattr(migrate, "migrations_dir", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def url(house: houses.House, process: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database of the test's own on the run's server."""
    del process
    name = f"fleet_{os.getpid()}"
    with house.postgres.connect("cilis_owner", "postgres") as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    found = house.postgres.url("cilis_owner", name)
    with psycopg.connect(found) as connection:
        before = _roles(connection)
    chosen = settings().model_copy(update={"database_owner_url": found})
    monkeypatch.setattr(provisioning, "settings", lambda: chosen)
    monkeypatch.setattr(provisioning, "LOCK_WAIT", "300ms")
    yield found
    with psycopg.connect(found) as connection:
        made = _roles(connection) - before
    with house.postgres.connect("cilis_owner", "postgres") as connection:
        _drop(connection, name)
        for role in made:
            connection.execute(f"DROP ROLE {role}".encode())


def _drop(connection: psycopg.Connection[Any], name: str) -> None:
    """Drop a database, once the server's own cleaners, which nobody may end, are out of it."""
    for last in (False,) * 20 + (True,):
        try:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        except psycopg.errors.InsufficientPrivilege:
            if last:
                raise
            time.sleep(0.5)
        else:
            return


def _roles(connection: psycopg.Connection[Any]) -> set[str]:
    return {str(row[0]) for row in connection.execute("SELECT rolname FROM pg_roles")}


@pytest.fixture
def fleet(steps: Path, url: str) -> list[str]:
    """Twelve schemas at t1, the last of them in the pool."""
    migrate.make_node()
    with provisioning.owner() as connection:
        made = sorted(provisioning.prepare_schema(connection, OLD) for _ in range(FLEET))
        connection.execute("UPDATE node.revisions SET revision = 't1' WHERE id <> 'shared'")
        connection.execute(
            "INSERT INTO node.pool (id, revision, created_at) VALUES (%s, 't1', now())", (made[-1],)
        )
        for tenant in made:
            provisioning.run(connection, f"INSERT INTO t_{tenant}.notes VALUES (1, 'kept')")
    return made


def sql(statement: str) -> list[tuple[Any, ...]]:
    with provisioning.owner() as connection:
        found = connection.execute(statement.encode())
        return found.fetchall() if found.description else []


def columns(tenant: str) -> set[str]:
    return {
        row[0]
        for row in sql(
            "SELECT attname FROM pg_attribute"
            f" WHERE attrelid = 't_{tenant}.notes'::regclass AND attnum > 0 AND NOT attisdropped"
        )
    }


def revisions() -> dict[str, str]:
    return dict(sql("SELECT id, revision FROM node.revisions WHERE id <> 'shared'"))


def test_a_fleet_is_brought_up_and_a_second_run_finds_nothing(
    steps: Path, fleet: list[str]
) -> None:
    write_step(steps, "t2", "t1", NEW_COLUMN)
    told: list[tuple[int, int]] = []
    report = migrate.everything(told=lambda *place: told.append(place))
    assert (report.done, report.current, report.failed) == (FLEET, 0, {})
    assert told == [(place, FLEET) for place in range(1, FLEET + 1)]
    assert set(revisions().values()) == {"t2"}
    assert all(columns(tenant) == {"id", "text", "tag"} for tenant in fleet)
    assert sql("SELECT revision FROM node.pool") == [("t2",)]
    assert sql(f"SELECT text, tag FROM t_{fleet[0]}.notes") == [("kept", "x")]
    again = migrate.everything()
    assert (again.done, again.current, again.failed) == (0, FLEET, {})


def test_a_new_table_belongs_to_its_tenant_alone(steps: Path, fleet: list[str]) -> None:
    write_step(
        steps,
        "t2",
        "t1",
        'op.create_table("extra", sa.Column("id", sa.Integer(), primary_key=True))',
    )
    migrate.everything()
    rights = sql(
        "SELECT grantee, table_schema FROM information_schema.role_table_grants"
        " WHERE table_name = 'extra' AND grantee <> 'cilis_owner' GROUP BY 1, 2"
    )
    assert sorted(rights) == [(f"t_{tenant}", f"t_{tenant}") for tenant in fleet]


def test_the_poisoned_are_told_and_left_whole_and_the_next_run_goes_on_with_them(
    steps: Path, fleet: list[str], url: str
) -> None:
    write_step(steps, "t2", "t1", NEW_COLUMN)
    doubled, indexed, locked, strange = fleet[0], fleet[4], fleet[7], fleet[9]
    sql(f"ALTER TABLE t_{doubled}.notes ADD COLUMN tag int")
    sql(f"CREATE INDEX notes_tag_idx ON t_{indexed}.notes (text)")  # its second half fails
    sql(f"UPDATE node.revisions SET revision = 'of tomorrow' WHERE id = '{strange}'")
    with psycopg.connect(url) as busy:
        busy.execute(f"SELECT * FROM t_{locked}.notes".encode())
        report = migrate.everything()
    assert report.done == FLEET - 4
    assert set(report.failed) == {doubled, indexed, locked, strange}
    assert "already exists" in report.failed[doubled]
    assert "notes_tag_idx" in report.failed[indexed]
    assert "lock timeout" in report.failed[locked]
    assert "does not know" in report.failed[strange]
    assert columns(indexed) == columns(locked) == columns(strange) == {"id", "text"}  # no half
    told = dict(sql("SELECT id, error FROM node.revisions WHERE error <> ''"))
    assert set(told) == {doubled, indexed, locked}
    assert [revisions()[tenant] for tenant in fleet].count("t2") == FLEET - 4

    sql(f"ALTER TABLE t_{doubled}.notes DROP COLUMN tag")
    sql(f"DROP INDEX t_{indexed}.notes_tag_idx")
    sql(f"UPDATE node.revisions SET revision = 't1' WHERE id = '{strange}'")
    again = migrate.everything()
    assert (again.done, again.current, again.failed) == (4, FLEET - 4, {})
    assert all(columns(tenant) == {"id", "text", "tag"} for tenant in fleet)
    assert sql("SELECT 1 FROM node.revisions WHERE error <> ''") == []


def test_schemas_at_different_revisions_each_get_what_they_lack(
    steps: Path, fleet: list[str]
) -> None:
    write_step(steps, "t2", "t1", NEW_COLUMN)
    sql(f"UPDATE node.revisions SET revision = 't0' WHERE id = '{fleet[0]}'")
    report = migrate.everything()
    assert set(report.failed) == {fleet[0]}
    sql(f"UPDATE node.revisions SET revision = 't1' WHERE id = '{fleet[0]}'")
    write_step(steps, "t3", "t2", 'op.add_column("notes", sa.Column("late", sa.Integer()))')
    assert migrate.everything().failed == {}
    assert all(columns(tenant) == {"id", "text", "tag", "late"} for tenant in fleet)


def test_a_killed_run_leaves_nothing_half_and_the_next_one_finishes(
    steps: Path, fleet: list[str], url: str
) -> None:
    write_step(steps, "t2", "t1", SLOW)
    program = (
        "import pathlib, sys; from cilis.infra import migrate;"
        "migrate.migrations_dir = lambda: pathlib.Path(sys.argv[1]); migrate.everything(at_once=2)"
    )
    given = {**os.environ, "CILIS_DATABASE_OWNER_URL": url}  # noqa: TID251 - a child's
    run = subprocess.Popen([sys.executable, "-c", program, str(steps)], env=given)
    ends = time.monotonic() + 40
    while list(revisions().values()).count("t2") < 3:
        assert run.poll() is None
        assert time.monotonic() < ends
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    ends = time.monotonic() + 10
    while sql(
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.1)%' AND pid <> pg_backend_pid()"
    ):
        assert time.monotonic() < ends
        time.sleep(0.05)
    done = {tenant for tenant, revision in revisions().items() if revision == "t2"}
    assert 3 <= len(done) < FLEET
    for tenant in fleet:
        assert ("slow" in columns(tenant)) is (tenant in done)
    report = migrate.everything()
    assert (report.done, report.failed) == (FLEET - len(done), {})
    assert all("slow" in columns(tenant) for tenant in fleet)


def test_two_runs_do_not_meet(steps: Path, fleet: list[str], url: str) -> None:
    write_step(steps, "t2", "t1", NEW_COLUMN)
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (migrate._ONE_AT_A_TIME,))
        with pytest.raises(migrate.AlreadyRunning):
            migrate.everything()
        said = CliRunner().invoke(cli.command, [])
        assert said.exit_code == 1
        assert said.output.strip().endswith("another migration is running; wait for its end")
        assert "Traceback" not in said.output
    assert set(revisions().values()) == {"t1"}


def test_the_command_tells_who_failed_and_ends_with_1(steps: Path, fleet: list[str]) -> None:
    write_step(steps, "t2", "t1", NEW_COLUMN)
    sql(f"ALTER TABLE t_{fleet[2]}.notes ADD COLUMN tag int")
    said = CliRunner().invoke(cli.command, ["--at-once", "2"])
    assert said.exit_code == 1
    assert f"t_{fleet[2]} failed:" in said.output
    assert f"{FLEET - 1} migrated, 0 were current" in said.output
    sql(f"ALTER TABLE t_{fleet[2]}.notes DROP COLUMN tag")
    said = CliRunner().invoke(cli.command, [])
    assert said.exit_code == 0
    assert f"1 migrated, {FLEET - 1} were current" in said.output


def test_work_goes_on_while_the_fleet_is_migrated(steps: Path, fleet: list[str], url: str) -> None:
    """Readers and writers of the old shape see no error and no long wait."""
    write_step(steps, "t2", "t1", NEW_COLUMN)
    stop, slowest = threading.Event(), [0.0]

    def work() -> int:
        rounds = 0
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.is_set():
                for tenant in fleet:
                    began = time.monotonic()
                    connection.execute(f"SELECT id, text FROM t_{tenant}.notes".encode())
                    connection.execute(f"UPDATE t_{tenant}.notes SET text = 'kept'".encode())
                    slowest[0] = max(slowest[0], time.monotonic() - began)
                rounds += 1
        return rounds

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(work) for _ in range(2)]
        report = migrate.everything()
        stop.set()
        assert all(job.result(10) > 0 for job in jobs)
    assert report.failed == {}
    assert slowest[0] < 2
