"""The race itself: so many tries at the same hours, several at a time, and what to count."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime

import sqlalchemy as sa

from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.kit.errors import DomainError
from cilis.testing import auditor
from cilis.testing import house as houses
from cilis.testing.race.crowd import Crowd
from cilis.testing.race.figures import NEAR, Figures, Outcome, Racer
from cilis.testing.race.paths import racers

OVERLAPS = sa.text(
    "SELECT count(*) FROM claims a JOIN claims b ON a.expert_id = b.expert_id AND a.id < b.id"
    " AND a.during && b.during WHERE a.live AND b.live"
)
_TAKEN = sa.text("SELECT count(*) FROM claims WHERE live AND starts_at = ANY(:at)")


class Race:
    """Far too many people for the next hours of one expert."""

    def __init__(self, tenant: Tenant, port: int, slots: int) -> None:
        self.crowd = Crowd(tenant, port, slots)

    def run(self, tries: int, at_once: int, seed: int = 1) -> Figures:
        """So many tries, several at a time."""
        crowd = self.crowd
        figures = Figures(slots=crowd.slots)
        with serving(crowd.tenant):
            everybody = list(racers(crowd))
            began = time.monotonic()
            with ThreadPoolExecutor(at_once) as pool:
                shares = [everybody[place::at_once] for place in range(at_once)]
                jobs = [
                    pool.submit(
                        copy_context().run, _share, share, crowd.starts,
                        (tries // at_once, seed * 1_000 + place),
                    )
                    for place, share in enumerate(shares)
                ]  # fmt: skip
                for job in jobs:
                    figures.add(job.result())
            figures.seconds = time.monotonic() - began
            with reading() as session:
                figures.overlaps = session.scalar(OVERLAPS) or 0
                figures.taken = session.scalar(_TAKEN, {"at": crowd.starts}) or 0
            audit(figures)
        figures.tries = sum(figures.won.values()) + sum(figures.lost.values())
        return figures


def audit(figures: Figures) -> None:
    """Let everything that is due be delivered; then the ledger says what everybody says."""
    houses.deliver_all()
    books = auditor.read()
    figures.audited = len(books.counted)
    figures.faults += auditor.broken(books, at_rest=True)


def _share(racers: Sequence[Racer], starts: Sequence[datetime], given: tuple[int, int]) -> Figures:
    """One thread's part of the tries."""
    tries, seed = given
    chance = random.Random(seed)
    found, running = Figures(), list(racers)
    for _ in range(tries):
        if not running:
            break
        racer = chance.choice(running)
        outcome = _once(racer, chance.choice(starts), found)
        if racer.once or (outcome.won and not racer.again):
            running.remove(racer)
    return found


def _once(racer: Racer, start: datetime, found: Figures) -> Outcome:
    try:
        outcome = racer.attempt(start)
    except DomainError as refusal:
        near = refusal.values.get("near")
        outcome = Outcome(won=False, near=len(near) if isinstance(near, (list, tuple)) else 0)
        if near is None:
            found.faults.append(f"{racer.path}: {refusal.code}: {refusal}")
    except Exception as problem:  # noqa: BLE001 - everything unexpected is counted and shown
        found.faults.append(f"{racer.path}: {problem!r}")
        return Outcome(won=False)
    (found.won if outcome.won else found.lost)[racer.path] += 1
    if not outcome.won and outcome.near is not None:
        found.refusals += 1
        found.without_near += outcome.near < NEAR
    return outcome
