"""One wish with one key, over and over at once: one booking."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from cilis.infra.db import reading
from cilis.infra.tenancy import serving
from cilis.testing.client import Client
from cilis.testing.race.crowd import Crowd
from cilis.testing.race.figures import Figures

_EFFECTS = sa.text(
    "SELECT greatest((SELECT count(*) FROM bookings WHERE starts_at = :at),"
    " (SELECT count(*) FROM claims WHERE starts_at = :at),"
    " (SELECT count(*) FROM booking_changes c JOIN bookings b ON b.id = c.booking_id"
    " WHERE b.starts_at = :at))"
)


def repeat(crowd: Crowd, figures: Figures, times: int, at_once: int) -> None:
    """So many repeats of one request to hold an hour; every answer names the same booking.

    What it did is counted in bookings, claims and lines of history: the most of them.
    """
    start = crowd.others[-1]
    body = {"service_id": str(crowd.scene.service), "starts_at": start.isoformat()}
    with serving(crowd.tenant):
        token = crowd.token(crowd.people[-1][1])

    def ask(_: int) -> list[str]:
        with Client(crowd.tenant.host, crowd.port, bearer=token) as client:
            answers = [
                client.request(
                    "POST", "/api/v1/bookings", json_body=body,
                    headers={**crowd.address(), "Idempotency-Key": "the-one"},
                )
                for _ in range(times // at_once)
            ]  # fmt: skip
        return [one.json()["id"] if one.status == 201 else f"fault {one.status}" for one in answers]

    with ThreadPoolExecutor(at_once) as pool:
        made = Counter(one for part in pool.map(ask, range(at_once)) for one in part)
    figures.faults += [one for one in made if one.startswith("fault")]
    figures.repeats = made.total()
    with serving(crowd.tenant), reading() as session:
        figures.effects = session.scalar(_EFFECTS, {"at": start}) or 0
    if len(made) != 1:
        figures.faults.append(f"one key named {len(made)} bookings")
