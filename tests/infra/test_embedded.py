"""The carried servers after runs that ended badly: each is put right, and told."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from cilis.infra.embedded import EmbeddedFailed, Postgres, Valkey, run_dir, safe_data_dir
from cilis.infra.embedded.places import command_of


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A folder whose database was made and stopped cleanly once."""
    folder = safe_data_dir(Path(tempfile.gettempdir()) / f"embedded-{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    server = Postgres(folder, fast=True)
    assert server.start() == []
    server.stop()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(folder: Path, *, fast: bool = True) -> Iterator[tuple[Postgres, list[str]]]:
    server = Postgres(folder, fast=fast)
    remarks = server.start()
    try:
        yield server, remarks
    finally:
        server.stop()


def answers(server: Postgres) -> bool:
    with server.connect("cilis_app") as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_a_clean_start_says_nothing_and_keeps_the_data(made: Path) -> None:
    with running(made) as (server, remarks):
        assert remarks == []
        with server.connect("cilis_owner") as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with running(made) as (server, remarks):
        assert remarks == []
        with server.connect("cilis_owner") as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
            connection.execute("DROP TABLE kept")


def test_the_server_is_reached_by_its_socket_only(made: Path) -> None:
    with running(made) as (server, _), server.connect("postgres") as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        with pytest.raises(psycopg.OperationalError, match="authentication"):
            psycopg.connect(f"postgresql://cilis_app:wrong@/cilis?host={run_dir(made)}")
        rights = connection.execute(
            "SELECT rolname, rolsuper, rolinherit, rolcreaterole FROM pg_roles"
            " WHERE rolname IN ('cilis_app', 'cilis_owner') ORDER BY 1"
        ).fetchall()
    assert rights == [("cilis_app", False, False, False), ("cilis_owner", False, True, True)]


def test_a_half_made_folder_is_removed_made_again_and_told(made: Path) -> None:
    folder = made.with_name(f"{made.name}-half")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "pg" / "base").mkdir(parents=True)
    (folder / "pg" / "PG_VERSION").write_text("18\n")  # initdb was killed in the middle
    try:
        with running(folder) as (server, remarks):
            assert remarks == ["a half-made database folder was removed and is made again"]
            assert answers(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_server_left_by_a_killed_run_is_stopped_and_told(made: Path) -> None:
    left = Postgres(made, fast=True)
    left.start()
    pid = left.pid
    threading.Thread(target=left._process.wait, daemon=True).start()  # type: ignore[union-attr]
    with running(made) as (server, remarks):
        assert remarks == [f"a database left running by an earlier run was stopped (pid {pid})"]
        assert server.pid != pid
        assert answers(server)


def test_a_killed_server_recovers_at_once_and_nothing_acknowledged_is_lost(made: Path) -> None:
    with running(made, fast=False) as (server, _), server.connect("cilis_owner") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS written (n int)")
        connection.execute("INSERT INTO written SELECT generate_series(1, 500)")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        assert server._process is not None
        server._process.wait()
    with running(made) as (server, remarks):
        assert remarks == ["an earlier run was killed; the database recovers"]
        with server.connect("cilis_owner") as connection:
            assert connection.execute("SELECT count(*) FROM written").fetchone() == (500,)
            connection.execute("DROP TABLE written")


def test_a_process_still_at_work_for_a_killed_server_is_waited_for(made: Path) -> None:
    """Two servers on one folder would destroy it; the lock of a dead one is not thrown away."""
    with running(made) as (server, _):
        connection = psycopg.connect(server.url("cilis_app"), autocommit=True)
        pid = connection.info.backend_pid
        threading.Thread(target=_busy, args=(connection,), daemon=True).start()
        time.sleep(0.3)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        assert server._process is not None
        server._process.wait()
        threading.Timer(1, os.kill, (pid, signal.SIGTERM)).start()
        with running(made) as (again, _remarks):
            assert _gone(pid)
            assert answers(again)
        connection.close()


def _busy(connection: psycopg.Connection[object]) -> None:
    with contextlib.suppress(psycopg.Error):
        connection.execute("SELECT count(*) FROM generate_series(1, 1000000000)")


def _gone(pid: int) -> bool:
    return not command_of(pid)


def test_a_lock_whose_number_belongs_to_another_program_is_no_reason_to_end_it(made: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    (made / "pg" / "postmaster.pid").write_text(f"{stranger.pid}\n/elsewhere\n")
    try:
        with running(made) as (server, remarks):
            assert remarks == ["an earlier run was killed; the database recovers"]
            assert answers(server)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_of_another_folder_is_no_reason_to_end_it(made: Path) -> None:
    other = made.with_name(f"{made.name}-other")
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(made, other, symlinks=True, ignore=shutil.ignore_patterns("run"))
    for path in [other / "pg", *(other / "pg").rglob("*")]:
        stat = (made / path.relative_to(other)).stat()
        os.chown(path, stat.st_uid, stat.st_gid)
    try:
        with running(other) as (theirs, _):
            (made / "pg" / "postmaster.pid").write_text(f"{theirs.pid}\n{other}\n")
            with running(made) as (ours, _remarks):
                assert answers(ours)
            assert answers(theirs)
    finally:
        shutil.rmtree(other, ignore_errors=True)


def test_a_server_that_cannot_start_says_why(made: Path) -> None:
    setting = made / "pg" / "postgresql.conf"
    before = setting.read_text()
    setting.write_text(before + "\nno_such_setting = 1\n")
    try:
        with pytest.raises(EmbeddedFailed, match="no_such_setting"):
            Postgres(made, fast=True).start()
    finally:
        setting.write_text(before)


def test_a_socket_never_gets_too_long_a_path() -> None:
    deep = Path("/var/lib") / ("x" * 120)
    assert len(str(run_dir(deep) / ".s.PGSQL.5432")) < 107
    assert run_dir(Path("/var/lib/short")) == Path("/var/lib/short/run")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another place")
def test_root_keeps_its_data_outside_every_home() -> None:
    place = safe_data_dir(Path.home() / ".demo")
    assert not place.is_relative_to(Path.home())
    assert place != safe_data_dir(Path.home() / ".other")


def test_the_queue_answers_keeps_nothing_and_ends(made: Path) -> None:
    queue = Valkey(made)
    assert queue.start() == []
    client = redis.Redis.from_url(queue.url)
    assert client.ping()
    client.close()
    queue.stop()
    assert queue.pid is None
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(queue.url).ping()


def test_a_queue_left_by_a_killed_run_is_stopped_and_told(made: Path) -> None:
    left = Valkey(made)
    left.start()
    pid = left.pid
    assert left._process is not None
    threading.Thread(target=left._process.wait, daemon=True).start()
    queue = Valkey(made)
    assert queue.start() == [f"a queue left running by an earlier run was stopped (pid {pid})"]
    assert queue.pid != pid
    queue.stop()
