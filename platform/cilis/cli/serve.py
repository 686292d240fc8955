"""`cilis serve`: run one process kind; `cilis up` and the chart both start these."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click


def _become(*arguments: str) -> None:
    """Replace this process, so that a signal reaches the server itself."""
    program = str(Path(sys.executable).with_name(arguments[0]))
    os.execv(program, [program, *arguments[1:]])  # noqa: S606 - our own programs, no shell


@click.group(name="serve")
def command() -> None:
    """Run one kind of process."""


@command.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=2, show_default=True)
@click.option("--threads", default=4, show_default=True, help="Requests at a time in each worker.")
@click.option("--grace", default=15, show_default=True, help="Seconds to finish at the end.")
def web(host: str, port: int, workers: int, threads: int, grace: int) -> None:
    """Pages, API and gateways' notices."""
    from cilis.web.assets import BUILD  # noqa: PLC0415

    BUILD.mkdir(parents=True, exist_ok=True)
    _become(
        "granian",
        "--interface",
        "wsgi",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--blocking-threads",
        str(threads),
        "--respawn-failed-workers",
        "--backpressure",
        "512",
        "--no-ws",
        "--log-level",
        "warning",
        "--static-path-route",
        "/static",
        "--static-path-mount",
        str(BUILD),
        "--static-path-expires",
        "31536000",
        "--workers-kill-timeout",
        str(grace),
        "cilis.wsgi:application",
    )


@command.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True)
def sockets(host: str, port: int) -> None:
    """Live pages (WebSocket)."""
    _become(
        "gunicorn",
        "--worker-class",
        "gevent",
        "--workers",
        "1",
        "--worker-connections",
        "5000",
        "--bind",
        f"{host}:{port}",
        "--log-level",
        "warning",
        "--graceful-timeout",
        "5",
        "cilis.sockets:application_for_server()",
    )


@command.command()
@click.option("--concurrency", default=2, show_default=True)
@click.option("--beat/--no-beat", default=False, help="Also run the clock of platform tasks.")
def worker(concurrency: int, beat: bool) -> None:
    """Deliveries and heavy work."""
    from cilis.config import settings  # noqa: PLC0415
    from cilis.infra.tasks import QUICK, SLOW  # noqa: PLC0415

    schedule = settings().data_dir / "beat"
    schedule.parent.mkdir(parents=True, exist_ok=True)
    more = ("--beat", "--schedule", str(schedule)) if beat else ()
    _work(f"{QUICK},{SLOW}", concurrency, *more)


@command.command()
@click.option("--concurrency", default=1, show_default=True)
def courier(concurrency: int) -> None:
    """Only what open pages and bookings wait for; mails and gateways never hold it up."""
    from cilis.infra.tasks import QUICK  # noqa: PLC0415

    _work(QUICK, concurrency)


def _work(lanes: str, concurrency: int, *more: str) -> None:
    _become(
        "celery",
        "-A",
        "cilis.worker",
        "worker",
        "--queues",
        lanes,
        "--concurrency",
        str(concurrency),
        "--loglevel",
        "WARNING",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
        *more,
    )


@command.command()
def beat() -> None:
    """The clock of platform tasks; exactly one may run."""
    _become(
        "celery",
        "-A",
        "cilis.worker",
        "beat",
        "--loglevel",
        "WARNING",
        "--scheduler",
        "cilis.infra.heartbeat:BeatingScheduler",
        "--schedule",
        f"{tempfile.gettempdir()}/beat",
        "--pidfile",
        "",
    )


@command.command()
def relay() -> None:
    """Carries the outbox to the workers; two may run."""
    from cilis.relay import run_for_ever  # noqa: PLC0415

    run_for_ever()
