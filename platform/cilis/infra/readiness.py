"""What a cluster asks: does this process live, and can it do its work now?

A process with a port answers: /healthz while it lives, /readyz while its database answers. One
without touches a file (``CILIS_HEARTBEAT_FILE``), which a probe compares with the clock.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import sqlalchemy as sa

from cilis.config import settings
from cilis.infra.db import reading
from cilis.infra.routing_models import RoutingVersion
from cilis.infra.tenancy import RELAY, serving
from cilis.kit.errors import Unavailable

_KEPT_FOR = 1.0  # seconds; many probes are one question


class _Known:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked_at = -_KEPT_FOR
        self.ready = False


_known = _Known()


def answer() -> tuple[str, str]:
    """Status and words for the one who asks whether to send people here."""
    if database_answers():
        return "200 OK", "ready"
    return "503 Service Unavailable", "The database does not answer."


def database_answers() -> bool:
    """Whether PostgreSQL answers and holds our schema; asked at most once a second."""
    with _known.lock:
        if time.monotonic() - _known.asked_at >= _KEPT_FOR:
            _known.ready = _ask()
            _known.asked_at = time.monotonic()
        return _known.ready


def forget() -> None:
    """Ask anew at the next question; for tests."""
    _known.asked_at = -_KEPT_FOR


def beat() -> None:
    """Say that this process lives."""
    file = settings().heartbeat_file
    if file:
        Path(file).touch()


def _ask() -> bool:
    try:
        with serving(RELAY), reading() as session:
            return session.scalar(sa.select(RoutingVersion.version)) is not None
    except (Unavailable, sa.exc.SQLAlchemyError):
        return False
