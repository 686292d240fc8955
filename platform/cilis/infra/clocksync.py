"""Keeps every process on the database's clock, moved as far as tests and the demo ask."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from cilis.config import settings
from cilis.infra.db import reading
from cilis.infra.routing_models import ClockShift
from cilis.infra.tenancy import RELAY, serving
from cilis.kit import clock
from cilis.kit.errors import Unavailable

log = logging.getLogger(__name__)


def sync() -> None:
    """Measure the distance once."""
    before = datetime.now(UTC)  # noqa: TID251 - measures the machine's own clock
    with serving(RELAY), reading() as session:
        there, shift = session.execute(
            sa.select(sa.func.clock_timestamp(), sa.select(ClockShift.seconds).scalar_subquery())
        ).one()
    here = datetime.now(UTC)  # noqa: TID251 - measures the machine's own clock
    moved = timedelta(seconds=shift or 0) if settings().testing else timedelta()
    drift = there - here
    if abs(drift) < max(timedelta(milliseconds=250), here - before):
        drift = timedelta()  # no more than the question itself took
    clock.set_distance(drift + moved)


def keep_in_step() -> threading.Thread:
    """Measure now and go on measuring in the background: each minute, or each second in tests."""
    sync()
    pause = 1.0 if settings().testing else 60.0
    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(pause):
            try:
                sync()
            except Unavailable:
                continue
            except Exception:
                log.exception("the clock could not be compared; trying again")

    thread = threading.Thread(target=go_on, name="clock", daemon=True)
    thread.start()
    return thread
