"""Named points at which fault tests kill this very process."""

from __future__ import annotations

import os
import signal

from cilis.config import settings


def crash_point(name: str) -> None:
    """Die here by SIGKILL when ``CILIS_CRASH_AT`` names this point and this is a test."""
    wanted = settings()
    if wanted.testing and wanted.crash_at == name:
        os.kill(os.getpid(), signal.SIGKILL)
