"""Starts the processes of a demo, watches them, restarts what dies, stops all cleanly."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRACE = 12.0
MARK = "CILIS_UP"
"""The variable by which a later run knows the processes of one that was killed."""


class NoFreePort(RuntimeError):
    """Too many neighbouring ports are in use; the message says what to do."""


@dataclass
class Part:
    """One child process, in a group of its own so that none of its children outlives it."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    restarts: int = 0
    again_at: float = 0.0

    def start(self) -> None:
        """Start it; what it says goes to its log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.arguments,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=dict(self.environment),
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Whether it lives."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to the whole group; nothing happens when it is gone."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


class Supervisor:
    """Keeps parts running until told to stop."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.parts: list[Part] = []
        self._say = say
        self._stopping = False

    def run(self, part: Part) -> None:
        """Start a part and watch over it from now on."""
        part.start()
        self.parts.append(part)

    def watch(self) -> None:
        """Restart what dies, with growing pauses, until `stop` or a signal."""
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        signal.signal(signal.SIGHUP, self._end)
        while not self._stopping:
            for part in self.parts:
                self._look_after(part)
            time.sleep(0.2)

    def stop(self) -> None:
        """End all parts, the last started first; what does not end in time is killed."""
        for part in reversed(self.parts):
            if part.is_running:
                part.signal(signal.SIGTERM)
        ends = time.monotonic() + GRACE
        for part in reversed(self.parts):
            if part.process is None:
                continue
            with contextlib.suppress(subprocess.TimeoutExpired):
                part.process.wait(max(0.1, ends - time.monotonic()))
            part.signal(signal.SIGKILL)
            part.process.wait()

    def _look_after(self, part: Part) -> None:
        if part.is_running or self._stopping:
            return
        now = time.monotonic()
        if part.again_at == 0.0:
            part.restarts += 1
            part.again_at = now + min(0.5 * 2 ** min(part.restarts, 6), 20)
            part.signal(signal.SIGKILL)  # children of a killed parent
            code = part.process.returncode if part.process else None
            self._say(f"{part.name} ended ({code}) and starts again; its log: {part.log}")
        elif now >= part.again_at:
            part.again_at = 0.0
            part.start()

    def _end(self, *_: object) -> None:
        self._stopping = True


def end_orphans(folder: Path, *, grace: float = 5.0) -> int:
    """End what a killed `cilis up` of this folder left running; returns how many there were."""
    left = _marked(folder)
    for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, grace)):
        for pid in _marked(folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        ends = time.monotonic() + seconds
        while _marked(folder) and time.monotonic() < ends:
            time.sleep(0.1)
    return len(left)


def _marked(folder: Path) -> list[int]:
    listed = subprocess.run(  # BSD form: with the environment, which nothing else tells everywhere
        ["ps", "axeww", "-o", "pid=,stat=,args="], capture_output=True, text=True, check=False
    )
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [
        int(pid)
        for pid, state, *rest in rows
        if not state.startswith("Z") and f" {MARK}={folder} " in f"{' '.join(rest)} "
    ]


def free_port(wanted: int) -> int:
    """The wanted port of the loopback, or the next free one above it; raises NoFreePort."""
    for port in range(wanted, min(wanted + 200, 65_536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise NoFreePort(f"no port from {wanted} on is free; give another with --port")


def hold_port(wanted: int) -> tuple[int, socket.socket]:
    """The wanted port or the next free one, held for the children of this user; raises NoFreePort.

    The socket is bound and never listens. Until it is closed nobody else gets the port, while a
    child that asks for it with SO_REUSEPORT does: there is no moment in which it is free.
    """
    while True:
        port = free_port(wanted)
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            held.bind(("127.0.0.1", port))
        except OSError:  # somebody was quicker
            held.close()
            continue
        return port, held


def wait_for_port(port: int, seconds: float, part: Part) -> bool:
    """Whether something listens on the port before the time is over or the part ends."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return True
        if not part.is_running:
            return False
        time.sleep(0.1)
    return False


def program(*arguments: str) -> list[str]:
    """This very command with other arguments."""
    return [sys.executable, "-m", "cilis", *arguments]
