"""The wall between tenants where one connection serves many: PgBouncer in transaction mode."""

from __future__ import annotations

import os
import pwd
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from cilis.infra import audit, db
from cilis.infra.db import reading, transaction
from cilis.infra.embedded import run_dir
from cilis.infra.tenancy import NoTenant, Tenant, serving
from cilis.infra.tenant_models import AuditEntry
from cilis.testing import house as houses

THREADS, READS, SERVERS = 20, 260, 3
PROGRAM = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")


@dataclass(frozen=True)
class Pooler:
    """A running PgBouncer; ``url`` is the application's address through it."""

    url: str

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url, autocommit=True, prepare_threshold=None)


@pytest.fixture(scope="module")
def pooler(house: houses.House) -> Iterator[Pooler]:
    if PROGRAM is None:
        absent = "pgbouncer is not installed (apt-get install pgbouncer)"
        if os.environ.get("CI") == "true":  # noqa: TID251 - the machine's, not the platform's
            pytest.fail(absent)
        pytest.skip(absent)
    folder = Path(tempfile.mkdtemp(prefix="pooler-"))
    direct = house.postgres.url("cilis_app")
    found = re.match(r"postgresql://cilis_app:([^@]+)@", direct)
    assert found is not None
    (folder / "users.txt").write_text(f'"cilis_app" "{found[1]}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\ncilis = host={run_dir(house.postgres.data)} dbname=cilis\n"
        f"[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {folder}\n"
        f"auth_type = scram-sha-256\nauth_file = {folder}/users.txt\npool_mode = transaction\n"
        f"default_pool_size = {SERVERS}\nmax_client_conn = 100\nlogfile = {folder}/log\n"
    )
    command = [PROGRAM, "-q", str(folder / "pgbouncer.ini")]
    if os.geteuid() == 0:  # it refuses root
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.iterdir()):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        command[1:1] = ["-u", "nobody"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    made = Pooler(re.sub(r"host=.*", f"host={folder}&port=6432", direct))
    try:
        _wait(made, process, folder)
        yield made
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(made: Pooler, process: subprocess.Popen[bytes], folder: Path) -> None:
    ends = time.monotonic() + 10
    while True:
        try:
            made.connect().close()
        except psycopg.OperationalError as problem:
            if process.poll() is not None or time.monotonic() > ends:
                said = (folder / "log").read_text() if (folder / "log").exists() else ""
                raise AssertionError(f"pgbouncer does not start: {problem}\n{said}") from problem
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def pooled(pooler: Pooler, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    """The whole application speaks through the pooler."""
    engine = sa.create_engine(db.dialect_url(pooler.url), **db.engine_options(THREADS))
    monkeypatch.setattr(db, "_engine", engine)
    yield tenant
    engine.dispose()


def _fill(*tenants: Tenant) -> None:
    for who in tenants:
        with serving(who), transaction() as session:
            for _ in range(5):
                audit.record(session, f"tests.{who.id}", None, actor=None)


@pytest.mark.timeout(120)
def test_no_foreign_row_in_five_thousand_mixed_reads(pooled: Tenant, other_tenant: Tenant) -> None:
    both = (pooled, other_tenant)
    _fill(*both)

    def read(who: Tenant, chance: random.Random) -> set[str]:
        with serving(who), reading() as session:
            if chance.random() < 0.5:
                found = session.scalars(sa.select(AuditEntry.action)).all()
            else:
                found = session.scalars(sa.text("SELECT action FROM audit_entries")).all()
            if chance.random() < 0.05:
                raise KeyError
        return set(found)

    def work(seed: int) -> tuple[int, int]:
        chance = random.Random(seed)
        foreign = done = 0
        while done < READS:
            who = chance.choice(both)
            kind = chance.random()
            try:
                if kind < 0.04:
                    with serving(who), transaction() as session:
                        audit.record(session, f"tests.{who.id}", None, actor=None)
                elif kind < 0.06:
                    with serving(who), pytest.raises(sa.exc.DBAPIError), transaction() as session:
                        session.execute(sa.text("SELECT * FROM no_such_table"))
                else:
                    foreign += read(who, chance) != {f"tests.{who.id}"}
                    done += 1
            except KeyError:
                done += 1
        return done, foreign

    with ThreadPoolExecutor(THREADS) as pool:
        jobs = [pool.submit(Context().run, work, seed) for seed in range(THREADS)]
        results = [job.result(100) for job in jobs]
    assert sum(done for done, _ in results) >= 5_000
    assert sum(foreign for _, foreign in results) == 0


def test_the_connections_are_really_shared_and_keep_what_is_not_local(pooler: Pooler) -> None:
    """The control: what a session sets for itself is found by somebody else."""
    clients = [pooler.connect() for _ in range(SERVERS * 4)]
    try:
        clients[0].execute("SET application_name TO 'left-over'")
        names = [client.execute("SHOW application_name").fetchone() for client in clients]
        pids = {client.execute("SELECT pg_backend_pid()").fetchone() for client in clients}
        assert len(pids) <= SERVERS
        assert ("left-over",) in names[1:]
        clients[0].execute("RESET application_name")
    finally:
        for client in clients:
            client.close()


def test_a_forgotten_tenant_is_an_error_never_rows(
    pooled: Tenant, other_tenant: Tenant, pooler: Pooler
) -> None:
    _fill(pooled, other_tenant)
    for who in (pooled, other_tenant):
        with serving(who), reading():
            pass
    with pytest.raises(NoTenant):
        Context().run(_read_nobody)
    clients = [pooler.connect() for _ in range(SERVERS * 2)]
    try:
        for client in clients:
            with pytest.raises(psycopg.errors.UndefinedTable):
                client.execute("SELECT * FROM audit_entries")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                client.execute(f"SELECT * FROM {pooled.schema}.audit_entries".encode())
            assert client.execute("SELECT current_user").fetchone() == ("cilis_app",)
    finally:
        for client in clients:
            client.close()


def _read_nobody() -> None:
    with reading():
        pass


def test_limits_and_read_only_end_with_the_transaction(pooled: Tenant, pooler: Pooler) -> None:
    with pytest.raises(db.DatabaseGone), db.patience(100), reading() as session:
        session.execute(sa.text("SELECT pg_sleep(3)"))
    for _ in range(SERVERS * 2):
        with pooler.connect() as client:
            found = client.execute(
                "SELECT current_setting('statement_timeout'), current_setting('transaction_read_only')"
            ).fetchone()
        assert found == ("0", "off")


def test_a_closed_wall_stays_closed_for_another_schema(
    pooled: Tenant, other_tenant: Tenant
) -> None:
    _fill(other_tenant)
    with pytest.raises(sa.exc.ProgrammingError) as refused, reading() as session:
        session.execute(sa.text(f"SELECT * FROM {other_tenant.schema}.audit_entries"))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
