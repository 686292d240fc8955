"""Real processes for tests: web, sockets, worker, relay and stand-ins on free loopback ports."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cilis.cli.supervisor import Part, free_port, program, wait_for_port
from cilis.testing.house import House


@dataclass
class Running:
    """The processes of one house; each may be killed and started again."""

    house: House
    first_port: int = 18_000
    parts: dict[str, Part] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        """What a process of this house reads, and ``CILIS_<MORE>``."""
        web = self.ports.setdefault("web", free_port(self.first_port))
        sockets = self.ports.setdefault("sockets", free_port(web + 1))
        found = {**os.environ, **self.house.environment()}  # noqa: TID251
        found["CILIS_PUBLIC_ORIGIN_FORM"] = f"http://{{host}}:{web}"
        found["CILIS_SOCKET_ORIGIN_FORM"] = f"http://{{host}}:{sockets}"
        found.pop("CILIS_DATABASE_OWNER_URL", None)
        found.update({f"CILIS_{name.upper()}": value for name, value in more.items()})
        return found

    def start(self, kind: str, *, workers: int = 2, **more: str) -> Part:
        """Start web, sockets, worker, courier, relay or standins; waits where it has a port."""
        self._alive(kind).unlink(missing_ok=True)
        environment = self.environment(heartbeat_file=str(self._alive(kind)), **more)
        arguments = {
            "web": lambda: program(
                "serve",
                "web",
                "--port",
                str(self.ports["web"]),
                "--workers",
                str(workers),
                "--grace",
                "2",
            ),
            "sockets": lambda: program("serve", "sockets", "--port", str(self.ports["sockets"])),
            "worker": lambda: program("serve", "worker", "--concurrency", str(workers)),
            "courier": lambda: program("serve", "courier"),
            "relay": lambda: program("serve", "relay"),
            "standins": self._standins,
        }[kind]()
        part = Part(kind, arguments, environment, self._logs / f"{kind}.log")
        part.start()
        self.parts[kind] = part
        if kind in self.ports and not wait_for_port(self.ports[kind], 120, part):
            raise AssertionError(f"{kind} does not start:\n{part.log.read_text()[-3000:]}")
        return part

    def until_alive(self, seconds: float = 60) -> None:
        """Wait for the first heartbeat of those that have no port: from then on they work."""
        ends = time.monotonic() + seconds
        for kind, part in self.parts.items():
            while kind not in self.ports and not self._alive(kind).exists():
                if time.monotonic() > ends:
                    raise AssertionError(f"{kind} does not start:\n{part.log.read_text()[-3000:]}")
                time.sleep(0.05)

    def kill(self, kind: str) -> None:
        """SIGKILL to the whole process group of a kind."""
        part = self.parts.pop(kind, None)
        if part is not None:
            part.signal(signal.SIGKILL)
            if part.process is not None:
                part.process.wait(10)

    def stop(self) -> None:
        """End all processes."""
        for part in self.parts.values():
            part.signal(signal.SIGTERM)
        ends = time.monotonic() + 8
        for part in self.parts.values():
            if part.process is None:
                continue
            with contextlib.suppress(Exception):
                part.process.wait(max(0.1, ends - time.monotonic()))
            part.signal(signal.SIGKILL)
            part.process.wait()
        self.parts.clear()

    def _alive(self, kind: str) -> Path:
        return self._logs / f"{kind}.alive"

    @property
    def _logs(self) -> Path:
        folder = self.house.folder / "logs"
        folder.mkdir(exist_ok=True)
        return folder

    def _standins(self) -> list[str]:
        port = self.ports.setdefault("standins", free_port(self.ports["sockets"] + 1))
        smtp = self.ports.setdefault("smtp", free_port(port + 1))
        return [
            sys.executable,
            "-m",
            "cilis.testing.standins",
            "--port",
            str(port),
            "--smtp-port",
            str(smtp),
            "--state",
            str(self.house.folder / "standins"),
        ]


@contextlib.contextmanager
def running(house: House, *kinds: str, first_port: int = 18_000) -> Iterator[Running]:
    """These processes for the length of the block."""
    found = Running(house, first_port)
    try:
        for kind in kinds:
            found.start(kind)
        yield found
    finally:
        found.stop()
