"""Named points at which fault tests kill this very process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from cilis.config import settings


def crash_point(name: str) -> None:
    """Die here by SIGKILL when the fault tests' file names this point; each naming kills one."""
    wanted = settings()
    if not wanted.crash_file or not wanted.testing:
        return
    path = Path(wanted.crash_file)
    try:
        if path.read_text() != name:
            return
        path.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
