"""`make load`: seed an organization, start real servers, let people loose, check, report."""

from __future__ import annotations

import argparse
import csv
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from rich.progress import Progress

from cilis.cli import seed
from cilis.cli.bulk.people import PASSWORD as SEEDED
from cilis.infra import db, hosts, provisioning, relay
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.testing import house as houses
from cilis.testing.running import Running
from cilis.testing.scene import PASSWORD, open_scene, switch_on
from cilis.testing.standins.control import StandIns
from loadtests.journeys.stage import Stage

HERE = Path(__file__).parent
KINDS = ("standins", "web", "sockets", "worker", "courier", "relay")
SETTLE = 60.0
LARGE = 50_000
"""Rows from which on a table must be read by an index only."""


@dataclass(frozen=True)
class Size:
    """How much there is and how many come."""

    bookings: int
    clients: int
    experts: int
    visitors: int
    seconds: int


SIZES = {
    "small": Size(5_000, 1_000, 20, 8, 20),
    "medium": Size(100_000, 20_000, 120, 16, 60),
    "large": Size(1_000_000, 200_000, 1_000, 24, 180),
}


def main() -> int:
    """One round; 1 when any answer was wrong."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("size", choices=[*SIZES], default="small", nargs="?")
    name = parser.parse_args().size
    size = SIZES[name]
    house = houses.build(("load",))
    running = Running(house, first_port=19_000)
    try:
        return _round(house, running, name, size)
    finally:
        running.stop()
        house.stop()


def _round(house: houses.House, running: Running, name: str, size: Size) -> int:
    from cilis.app import create_app  # noqa: PLC0415 - settings first

    create_app()
    tenant = hosts.by_slug(house.tenants[0].slug)
    running.start("standins")
    stand_ins = StandIns(f"http://127.0.0.1:{running.ports['standins']}", running.ports["smtp"])
    running.environment()
    with serving(tenant), Progress() as bar:
        scene = open_scene()
        switch_on(scene, stand_ins, f"http://127.0.0.1:{running.ports['web']}")
        began = time.monotonic()
        rows = seed.seed(tenant, size.bookings, size.clients, size.experts, bar)
        seeded = time.monotonic() - began
    sys.stderr.write(f"{rows} rows in {seeded:.0f} s; starting the servers …\n")
    for kind in KINDS[1:]:
        running.start(kind, holds_per_address="100000/hour", trusted_proxies="1")
    running.until_alive()  # who pays in the first second is answered as everybody later
    stage = Stage(
        tenant.host, running.ports["web"], running.ports["sockets"], running.ports["standins"],
        SEEDED, size.clients, size.experts, scene.emails["admin"], PASSWORD,
    )  # fmt: skip
    folder = HERE / "report" / name
    folder.mkdir(parents=True, exist_ok=True)
    stage.write(house.folder / "stage.json")
    before = _scans(tenant)
    code = _locust(stage, size, folder, house.folder / "stage.json")
    read_whole = {
        table: count - before[table] for table, count in _scans(tenant).items() if table in before
    }
    problems = [
        f"{table}, a large table, was read whole {count} times"
        for table, count in read_whole.items()
        if count
    ]
    problems += _problems(tenant, folder, code)
    _write(folder, name, size, (rows, seeded), problems)
    if name != "small":
        shutil.copy(folder / "README.md", HERE / "report" / "README.md")
    sys.stderr.write((folder / "README.md").read_text())
    return 1 if problems else 0


def _locust(stage: Stage, size: Size, folder: Path, file: Path) -> int:
    command = [
        sys.executable, "-m", "locust", "-f", str(HERE / "locustfile.py"), "--headless",
        "--host", f"http://127.0.0.1:{stage.web}", "--users", str(size.visitors),
        "--spawn-rate", "4", "--run-time", f"{size.seconds}s", "--stop-timeout", "30",
        "--csv", str(folder / "locust"), "--only-summary", "--exit-code-on-error", "0",
    ]  # fmt: skip
    environment = {**os.environ, "LOAD_STAGE": str(file), "PYTHONPATH": str(HERE.parent)}
    done = subprocess.run(
        command, env=environment, cwd=HERE.parent, check=False, timeout=size.seconds + 120,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode


def _scans(tenant: Tenant) -> dict[str, int]:
    """How often each large table of the organization was read from begin to end."""
    time.sleep(1.5)  # backends report what they did within a second
    with provisioning.owner() as connection:
        found = connection.execute(
            "SELECT relname, seq_scan FROM pg_stat_user_tables"
            " WHERE schemaname = %s AND n_live_tup > %s",
            (tenant.schema, LARGE),
        ).fetchall()
    return {str(table): int(count) for table, count in found}


def _problems(tenant: Tenant, folder: Path, code: int) -> list[str]:
    """What was wrong: failed answers, and what the database says afterwards."""
    found = [f"locust ended with {code}"] if code else []
    found += [
        f"{row['Method']} {row['Name']}: {row['Error']} ({row['Occurrences']} times)"
        for row in _rows(folder / "locust_failures.csv")
    ]
    ends = time.monotonic() + SETTLE
    while relay.age().total_seconds() > 1 and time.monotonic() < ends:
        time.sleep(0.5)
    with serving(tenant), db.patience(60_000), reading() as session:
        for what, question in _NEVER.items():
            count = session.scalar(sa.text(question))
            if count:
                found.append(f"{count} {what}")
    dead = relay.dead_letters()
    return found + [f"dead letter: {letter.listener} {letter.error}" for letter in dead[:5]]


_NEVER = {
    "overlapping claims": (
        "SELECT count(*) FROM (SELECT lower(during) < lag(upper(during)) OVER ("
        " PARTITION BY expert_id ORDER BY lower(during)) AS clash FROM claims WHERE live) AS pairs"
        " WHERE clash"
    ),
    "captured payments without a booking that has them": (
        "SELECT count(*) FROM attempts WHERE state = 'captured' AND NOT EXISTS ("
        " SELECT 1 FROM bookings WHERE bookings.id = attempts.subject_id"
        " AND (bookings.paid_attempt_id = attempts.id OR bookings.refund_minor IS NOT NULL))"
    ),
    "messages with the number of another": (
        "SELECT count(*) - count(DISTINCT (conversation_id, number)) FROM messages"
    ),
}


def _write(
    folder: Path, name: str, size: Size, seeded: tuple[int, float], problems: list[str]
) -> None:
    rows, seconds = seeded
    lines = [
        f"# Load, {name} round",
        "",
        (
            f"{_machine()}, {datetime.now(UTC):%Y-%m-%d}. One organization with {size.clients:,} clients, "
            f"{size.experts:,} experts and {size.bookings:,} bookings ({rows:,} rows, copied in "
            f"{seconds:.0f} s); {size.visitors} visitors for {size.seconds} s against two web workers, one "
            "worker, a courier, relay, sockets and the stand-ins, all on the same machine as Locust itself. "
            "Times in milliseconds."
        ),
        "",
        "| endpoint | requests | failed | p50 | p90 | p95 | p99 | most |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {' '.join(part for part in (row['Type'], row['Name']) if part)} "
        f"| {row['Request Count']} | {row['Failure Count']} "
        f"| {row['50%']} | {row['90%']} | {row['95%']} | {row['99%']} | {row['100%']} |"
        for row in sorted(_rows(folder / "locust_stats.csv"), key=_order)
    ]
    right = "Every answer was right, and no large table was read whole."
    lines += ["", right if not problems else "## Wrong", ""]
    lines += [f"- {problem}" for problem in problems]
    (folder / "README.md").write_text("\n".join(lines).rstrip() + "\n")


def _order(row: dict[str, str]) -> tuple[bool, bool, str]:
    """Pages, then operations, then the sum."""
    name = row["Name"]
    return name == "Aggregated", name.startswith("/api"), name


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.is_file():
        return []
    with file.open(newline="") as source:
        return list(csv.DictReader(source))


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
