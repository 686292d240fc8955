"""The relay process: claims due events five times a second and hands them to the workers."""

from __future__ import annotations

import logging
import signal
import threading
import time
from types import FrameType

from kombu.exceptions import OperationalError

from cilis.app import prepare_process
from cilis.infra import clocksync, faults, letters, readiness, relay, tasks
from cilis.infra.redis import Gone
from cilis.infra.tasks import celery, deliver
from cilis.kit.errors import Unavailable

log = logging.getLogger(__name__)

PAUSE = 0.2
SWEEP_EVERY = 600.0
SWEEP_ON = 5.0
"""Seconds to the next sweep while there is more to forget than one takes."""
MOST_WAITING = {tasks.QUICK: 500, tasks.SLOW: 2_000}
"""Tasks of a lane that may lie in the broker. Behind that nothing is claimed for it: workers that
are away or slow would find every delivery again for each lease that ended meanwhile, and Redis
would fill up. In the quick lane they stand in the order of their coming, and only before it
does every organization have its turn."""


def run_for_ever() -> None:
    """Carry until SIGTERM or SIGINT."""
    prepare_process("worker")
    clocksync.keep_in_step()
    stop = threading.Event()

    def end(_: int, __: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    sweeps_at = time.monotonic() + SWEEP_EVERY
    while not stop.is_set():
        readiness.beat()
        carried = _round()
        if time.monotonic() > sweeps_at:
            sweeps_at = time.monotonic() + (SWEEP_ON if _quietly_sweep() else SWEEP_EVERY)
        if carried < relay.BATCH // 2:
            stop.wait(PAUSE)


def _round() -> int:
    if _is_full(tasks.QUICK):
        return 0
    slow_too = not _is_full(tasks.SLOW)
    try:
        deliveries = relay.claim_due(slow_too=slow_too)
    except Unavailable:
        log.warning("the database does not answer; trying again")
        return 0
    if deliveries:
        faults.crash_point("after_claim")
    for place, delivery in enumerate(deliveries):
        lane = tasks.lane_of(delivery.listener)
        if lane == tasks.SLOW and not slow_too:
            continue  # beside a quick one; it comes again when its lease ends
        try:
            deliver.apply_async(
                kwargs={"event_id": str(delivery.event_id), "listener": delivery.listener},
                queue=lane,
                retry=False,
            )
        except (OperationalError, Gone, OSError):
            log.warning("the broker does not answer; %d deliveries wait", len(deliveries) - place)
            celery.pool.force_close_all()
            _give_back(deliveries[place:])
            return 0
    return len(deliveries)


def _is_full(lane: str) -> bool:
    return tasks.waiting(lane) >= MOST_WAITING[lane]


def _give_back(rest: list[relay.Delivery]) -> None:
    try:
        relay.give_back(rest)
    except Unavailable:
        return  # their lease ends by itself


def _quietly_sweep() -> bool:
    """Forget what was delivered long ago; whether there is more of it."""
    try:
        return relay.sweep() >= letters.SWEPT
    except Unavailable:
        log.warning("sweeping waits: the database does not answer")
        return False
