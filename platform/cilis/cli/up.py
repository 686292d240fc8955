"""`cilis up`: the whole marketplace on this machine, with two demo organizations."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from cilis import config
from cilis.cli.supervisor import (
    MARK,
    NoFreePort,
    Part,
    Supervisor,
    end_orphans,
    hold_port,
    program,
    wait_for_port,
)
from cilis.infra.embedded import EmbeddedFailed, Postgres, Valkey, safe_data_dir

out = Console(highlight=False, soft_wrap=True)
_OPEN = "http://{{host}}:{port}"
_SECONDS_TO_START = 180
"""All parts load at once: busy or slow machines take minutes. A dead part is told at once."""


@dataclass(frozen=True)
class Ports:
    """Where the demo's parts listen, all on 127.0.0.1."""

    web: int
    sockets: int
    standins: int
    smtp: int


@click.command(name="up")
@click.option("--data", default=".demo", type=click.Path(path_type=Path), help="Where data lies.")
@click.option("--fresh", is_flag=True, help="Forget all earlier data first.")
@click.option("--port", default=8000, show_default=True, help="First port; others follow.")
@click.option("--workers", default=2, show_default=True, help="Web worker processes.")
@click.option(
    "--tenants",
    "packs",
    default="tenants",
    type=click.Path(path_type=Path),
    help="Folder of tenant packs.",
)
@click.option("--empty", is_flag=True, help="Organizations without demo people and bookings.")
def command(data: Path, *, fresh: bool, port: int, workers: int, packs: Path, empty: bool) -> None:
    """Run the demo until Ctrl-C; the next start keeps the data."""
    began = time.monotonic()
    folder = safe_data_dir(data)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what began is ended
    with _alone(folder), contextlib.ExitStack() as ending:
        left = end_orphans(folder)
        if left:
            out.print(f"[yellow]![/] {left} processes left by an earlier run were stopped")
        if fresh:
            _forget(folder)
        try:
            ports = _ports(port, ending)
            _servers(folder, ending)
        except (EmbeddedFailed, NoFreePort) as problem:
            raise click.ClickException(str(problem)) from problem
        _environment(folder, ports)
        logins = _prepare(packs, ports, empty=empty)
        supervisor = Supervisor(lambda line: out.print(f"[yellow]![/] {line}"))
        ending.callback(_stop, supervisor)
        _start(supervisor, folder, ports, workers)
        _connect_calendars(packs, ports)
        _tell(ports, logins, time.monotonic() - began)
        supervisor.watch()


def _stop(supervisor: Supervisor) -> None:
    out.print("stopping …")
    supervisor.stop()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One demo at a time in a folder; the lock goes with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise click.ClickException(
                f"another `cilis up` already uses {folder}; stop it first, or give --data"
            ) from problem
        yield


def _forget(folder: Path) -> None:
    for remark in [*Postgres(folder).mend(), *Valkey(folder).mend()]:
        out.print(f"[yellow]![/] {remark}")
    for entry in folder.iterdir():
        if entry.name == "up.lock":
            continue
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    out.print("✓ earlier data forgotten")


def _ports(first: int, ending: contextlib.ExitStack) -> Ports:
    """The demo's ports; nobody else gets them until the end, however long the start takes."""

    def hold(wanted: int) -> int:
        port, held = hold_port(wanted)
        ending.callback(held.close)
        return port

    web = hold(first)
    sockets = hold(max(first + 1, web + 1))
    standins = hold(max(first + 2, sockets + 1))
    smtp = hold(2525)
    for wanted, got in ((first, web), (first + 1, sockets), (first + 2, standins), (2525, smtp)):
        if wanted != got:
            out.print(f"[yellow]![/] port {wanted} is in use; {got} is taken instead")
    return Ports(web, sockets, standins, smtp)


def _servers(folder: Path, ending: contextlib.ExitStack) -> None:
    given = os.environ  # noqa: TID251 - decides which servers to embed, before settings exist
    if not given.get("CILIS_DATABASE_URL"):
        postgres = Postgres(folder)
        with out.status("database …"):
            remarks = postgres.start()
        ending.callback(postgres.stop)
        for remark in remarks:
            out.print(f"[yellow]![/] {remark}")
        given["CILIS_DATABASE_URL"] = postgres.url("cilis_app")
        given["CILIS_DATABASE_OWNER_URL"] = postgres.url("cilis_owner")
        out.print("✓ database: embedded PostgreSQL 18")
    else:
        out.print("✓ database: yours, by CILIS_DATABASE_URL")
    if not given.get("CILIS_REDIS_URL"):
        valkey = Valkey(folder)
        for remark in valkey.start():
            out.print(f"[yellow]![/] {remark}")
        ending.callback(valkey.stop)
        given["CILIS_REDIS_URL"] = valkey.url
        out.print("✓ queue: embedded Valkey 9")
    else:
        out.print("✓ queue: yours, by CILIS_REDIS_URL")


def _environment(folder: Path, ports: Ports) -> None:
    keys = folder / "secret_keys"
    if not keys.exists():
        keys.touch(mode=0o600)
        keys.write_text(secrets.token_urlsafe(48))
    for name, value in {
        "SECRET_KEYS": keys.read_text(),
        "DATA_DIR": str(folder / "data"),
        "PUBLIC_ORIGIN_FORM": _OPEN.format(port=ports.web),
        "SOCKET_ORIGIN_FORM": _OPEN.format(port=ports.sockets),
        "EGRESS_ALLOW": "127.0.0.0/8",
        "TESTING": "1",
        "HOLDS_PER_ADDRESS": "1000/hour",
        "SIGN_UPS_PER_ADDRESS": "1000/hour",
    }.items():
        os.environ.setdefault(f"CILIS_{name}", value)  # noqa: TID251 - for this and its children
    config.settings.cache_clear()


def _prepare(packs: Path, ports: Ports, *, empty: bool) -> list[tuple[str, str, str, str]]:
    from cilis.app import prepare_process  # noqa: PLC0415 - settings are known only now
    from cilis.cli import demo  # noqa: PLC0415

    with out.status("schema …"):
        demo.make_ready()
    prepare_process("worker")
    logins = demo.organizations(packs, ports, out, empty=empty)
    out.print("✓ organizations: ready")
    _search()
    return logins


def _search() -> None:
    """Bring everybody to an Elasticsearch that was given and knows nobody yet."""
    from cilis.domains import search  # noqa: PLC0415 - settings are known only now
    from cilis.infra import hosts  # noqa: PLC0415
    from cilis.infra.search import SearchAway  # noqa: PLC0415

    try:
        with out.status("search …"):
            made = search.build_if_missing(hosts.everyone())
    except SearchAway as problem:
        out.print(f"[yellow]![/] search: {problem}; PostgreSQL answers")
        return
    if made:
        out.print("✓ search: Elasticsearch, by CILIS_ELASTICSEARCH_URL")


def _start(supervisor: Supervisor, folder: Path, ports: Ports, workers: int) -> None:
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    full = {**os.environ, MARK: str(folder)}  # noqa: TID251 - handed to the children
    plain = {name: value for name, value in full.items() if name != "CILIS_DATABASE_OWNER_URL"}
    standins = [
        sys.executable,
        "-m",
        "cilis.testing.standins",
        "--port",
        str(ports.standins),
        "--smtp-port",
        str(ports.smtp),
        "--state",
        str(folder / "standins"),
        "--follow-clock",
        "--held-ports",
    ]
    listening: list[tuple[Part, int]] = [
        (Part("stand-ins", standins, plain, logs / "standins.log"), ports.standins),
        (
            Part(
                "web",
                program("serve", "web", "--port", str(ports.web), "--workers", str(workers)),
                plain,
                logs / "web.log",
            ),
            ports.web,
        ),
        (
            Part(
                "sockets",
                program("serve", "sockets", "--port", str(ports.sockets)),
                {**plain, "GUNICORN_CMD_ARGS": "--reuse-port"},  # this process holds the port
                logs / "sockets.log",
            ),
            ports.sockets,
        ),
    ]
    quiet = [
        Part("worker", program("serve", "worker", "--beat"), full, logs / "worker.log"),
        Part("courier", program("serve", "courier"), plain, logs / "courier.log"),
        Part("relay", program("serve", "relay"), plain, logs / "relay.log"),
    ]
    for part in [*(part for part, _ in listening), *quiet]:
        supervisor.run(part)
    for part, port in listening:
        with out.status(f"{part.name} …"):
            if not wait_for_port(port, _SECONDS_TO_START, part):
                tail = part.log.read_text(errors="replace")[-1500:]
                raise click.ClickException(
                    f"{part.name} does not start; the end of its log:\n{tail}"
                )
        out.print(f"✓ {part.name}: 127.0.0.1:{port}")
    for part in quiet:
        out.print(f"✓ {part.name}: running")


def _connect_calendars(packs: Path, ports: Ports) -> None:
    from cilis.cli import demo  # noqa: PLC0415 - settings are known only now

    with out.status("calendars elsewhere …"):
        demo.connect_calendars(packs, ports, out)


def _tell(ports: Ports, logins: list[tuple[str, str, str, str]], seconds: float) -> None:
    out.print(f"\n[bold]Ready[/] after {seconds:.0f} s. Ctrl-C stops it; the data stays.\n")
    seen = set()
    for slug, role, email, password in logins:
        if slug not in seen:
            seen.add(slug)
            out.print(f"[bold]http://{slug}.localhost:{ports.web}[/]")
        out.print(f"    {role:<8} {email:<34} {password}")
    out.print(f"\nStand-ins (payment pages, rooms, mail): http://localhost:{ports.standins}")
