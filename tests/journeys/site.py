"""The real demo as a child process: started, read, moved in time, ended without a trace."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TypeVar

from tests.journeys.cast import Organization

from cilis.cli.supervisor import free_port
from cilis.infra.embedded import safe_data_dir
from cilis.kit import clock
from cilis.testing.client import Client
from cilis.testing.standins.control import StandIns

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "tests" / ".artifacts"
STARTS = 240.0
ENDS = 45.0
PATIENCE = 30.0
T = TypeVar("T")


class SiteFailed(AssertionError):
    """The demo did not start, or did not end as it should."""


@dataclass
class Site:
    """A running `cilis up`."""

    folder: Path
    said: str
    process: subprocess.Popen[bytes] | None = None
    moved: timedelta = field(default_factory=timedelta)

    def __post_init__(self) -> None:
        web = re.search(r"http://\w+\.localhost:(\d+)", self.said)
        standins = re.search(r"Stand-ins .*http://localhost:(\d+)", self.said)
        assert web is not None, self.said
        assert standins is not None, self.said
        self.port = int(web[1])
        self.standins = StandIns(f"http://127.0.0.1:{standins[1]}", 0)
        self._log_ins = re.findall(r"^ {4}(\w+) +(\S+@\S+) +(\S+)$", self.said, re.MULTILINE)

    def origin(self, organization: Organization) -> str:
        """Where an organization's pages are."""
        return f"http://{organization.host}:{self.port}"

    def log_in(self, email: str) -> tuple[str, str]:
        """E-mail and password as the demo printed them."""
        for _, known, password in self._log_ins:
            if known == email:
                return known, password
        raise SiteFailed(f"the demo does not tell a log-in for {email}:\n{self.said}")

    def log_ins(self) -> list[tuple[str, str, str]]:
        """(role, e-mail, password) of everybody the demo tells of."""
        return list(self._log_ins)

    def client(self, organization: Organization) -> Client:
        """A program that talks to an organization."""
        return Client(organization.host, self.port, seconds=40)

    def now(self) -> datetime:
        """What time it is there."""
        return clock.now() + self.moved

    def wait_until(self, moment: datetime) -> None:
        """Let time pass there, by the command an operator uses."""
        seconds = int((moment - self.now()).total_seconds())
        if seconds <= 0:
            return
        self.run("clock", "--data", str(self.folder), "forward", f"{seconds}s")
        self.moved += timedelta(seconds=seconds)
        time.sleep(1.5)  # "every process follows within a second"

    def run(self, *arguments: str) -> str:
        """Run `cilis` beside the demo."""
        done = subprocess.run(
            [sys.executable, "-m", "cilis", *arguments],
            cwd=ROOT, env=_environment(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout


def start(folder: Path) -> Site:
    """Start the demo with its data in a new folder and read what it prints until it is ready."""
    output = folder.with_suffix(".out")
    with output.open("wb") as out:
        process = _up(folder, out)
    ends = time.monotonic() + STARTS
    while time.monotonic() < ends:
        said = output.read_text(errors="replace")
        if "Ready" in said and "Stand-ins" in said:
            return Site(folder, said, process)
        if process.poll() is not None:
            raise SiteFailed(f"`cilis up` ended with {process.returncode}:\n{said}")
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    raise SiteFailed(f"not ready after {STARTS:.0f} s:\n{output.read_text(errors='replace')}")


def stop(site: Site) -> None:
    """Ctrl-C; nothing of it may go on."""
    process = site.process
    if process is None:
        return
    family = _family(process.pid)
    assert len(family) > 5, f"the demo had lost its children before it was stopped: {family}"
    process.send_signal(signal.SIGINT)
    try:
        code = process.wait(ENDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise SiteFailed(
            f"still running {ENDS:.0f} s after Ctrl-C: {_family(process.pid)}"
        ) from None
    finally:
        _keep_logs(site)
    left = {pid: words for pid, words in family.items() if _processes().get(pid) == words}
    assert not left, f"left behind: {left}"
    assert code == 0, f"`cilis up` ended with {code}"
    shutil.rmtree(safe_data_dir(site.folder))


def wait_for(found: Callable[[], T | None], what: str, seconds: float = PATIENCE) -> T:
    """Ask again and again until there is an answer."""
    ends = time.monotonic() + seconds
    while True:
        answer = found()
        if answer:
            return answer
        if time.monotonic() > ends:
            raise AssertionError(f"waited {seconds:g} s for {what}")
        time.sleep(0.2)


def _up(folder: Path, out: IO[bytes]) -> subprocess.Popen[bytes]:
    port = free_port(18_600 + os.getpid() % 400)
    arguments = ["up", "--data", str(folder), "--port", str(port), "--workers", "2"]
    return subprocess.Popen(
        [sys.executable, "-m", "cilis", *arguments],
        cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, stdout=out,
        stderr=subprocess.STDOUT,
    )  # fmt: skip


def _environment() -> dict[str, str]:
    """Ours without the settings of other tests, so that the demo embeds its own servers."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CILIS_")}  # noqa: TID251


def _processes() -> dict[int, str]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,args="], capture_output=True, text=True, check=True
    )
    rows = (line.strip().partition(" ") for line in listed.stdout.splitlines())
    return {int(pid): words.strip() for pid, _, words in rows if "<defunct>" not in words}


def _family(ancestor: int) -> dict[int, str]:
    """All that descend from a process, and how they were started."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    parents = {int(pid): int(ppid) for pid, ppid in map(str.split, listed.stdout.splitlines())}
    found, names = {ancestor}, _processes()
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return {pid: names[pid] for pid in found - {ancestor} if pid in names}


def _keep_logs(site: Site) -> None:
    logs = safe_data_dir(site.folder) / "logs"
    if logs.is_dir():
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        shutil.copytree(logs, ARTIFACTS / "logs", dirs_exist_ok=True)
