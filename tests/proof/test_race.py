"""Two thousand tries on twenty hours through the real server, by pages and by the API."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import sqlalchemy as sa

from cilis.infra import provisioning
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.testing import house as houses
from cilis.testing import race as races
from cilis.testing.client import Client
from cilis.testing.running import Running
from cilis.testing.scene import PASSWORD, Scene, open_scene

SLOTS = 20
TRIES = 2_000
AT_ONCE = 16
PROGRAMS = 4

OVERLAPS = sa.text(
    "SELECT count(*) FROM claims a JOIN claims b ON a.expert_id = b.expert_id AND a.id < b.id"
    " AND a.during && b.during WHERE a.live AND b.live"
)
TAKEN = sa.text("SELECT count(*) FROM claims WHERE live")


def _count(tenant: Tenant, question: sa.TextClause) -> int:
    with serving(tenant), reading() as session:
        return session.scalar(question) or 0


def _address(number: int) -> dict[str, str]:
    """Every try comes from an address of its own, as the proxy in front would say."""
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


class Crowd:
    """Visitors without accounts by the page's button, and programs by the API."""

    def __init__(self, scene: Scene, port: int, starts: Sequence[datetime]) -> None:
        self.scene, self.port, self.starts = scene, port, starts
        with self.client() as client:
            shown = client.get("/log-in").text
        self.token = re.search(r'name="_csrf" value="([^"]+)"', shown)[1]  # type: ignore[index]
        self.bearers = [self._bearer() for _ in range(PROGRAMS)]

    def client(self) -> Client:
        return Client(self.scene.tenant.host, self.port)

    def _bearer(self) -> str:
        with self.client() as client:
            answer = client.request(
                "POST", "/api/v1/sessions",
                json_body={"email": self.scene.emails["client"], "password": PASSWORD},
            )  # fmt: skip
        assert answer.status in {200, 201}, answer.text
        return str(answer.json()["access_token"])

    def browse(self, seed: int) -> list[int]:
        """A share of the tries, each a browser that has never been here."""
        chance = random.Random(seed)
        found = []
        for number in range(TRIES // AT_ONCE):
            with self.client() as client:
                answer = client.request(
                    "POST", "/holds",
                    form={
                        "service_id": self.scene.service, "_csrf": self.token,
                        "starts_at": chance.choice(self.starts).isoformat(),
                    },
                    headers=_address(seed * 10_000 + number),
                )  # fmt: skip
            found.append(200 if "/checkout/" in answer.location else answer.status)
        return found

    def ask_by_program(self, seed: int) -> list[int]:
        """One program of the same person, over and over; its last hold gives way to the next."""
        chance = random.Random(seed)
        client = Client(self.scene.tenant.host, self.port, bearer=self.bearers[seed % PROGRAMS])
        body = {"service_id": str(self.scene.service)}
        found = [
            client.request(
                "POST", "/api/v1/bookings",
                json_body=body | {"starts_at": chance.choice(self.starts).isoformat()},
                headers=_address(90_000 + seed * 1_000 + number),
            ).status
            for number in range(20)
        ]  # fmt: skip
        client.close()
        return found


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_twenty_hours_are_sold_twenty_times(running: Running, first: Tenant) -> None:
    running.start("web", trusted_proxies="1", holds_per_address="100/hour")
    with serving(first):
        scene = open_scene()
        starts = scene.starts(SLOTS)
    crowd = Crowd(scene, running.ports["web"], starts)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [status for part in pool.map(crowd.browse, range(AT_ONCE)) for status in part]
        programs = [status for part in pool.map(crowd.ask_by_program, range(4)) for status in part]

    statuses = Counter(found)
    assert len(found) == TRIES
    assert not [status for status in (*found, *programs) if status >= 500]
    assert set(programs) <= {201, 409, 429}, Counter(programs)
    assert statuses[200] == SLOTS, statuses
    assert _count(first, TAKEN) == SLOTS
    assert _count(first, OVERLAPS) == 0


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_without_the_constraint_hours_are_sold_twice(running: Running, second: Tenant) -> None:
    """The negative control: were this green, the race above would prove nothing."""
    if "web" not in running.parts:
        running.start("web", trusted_proxies="1", holds_per_address="100/hour")
    with serving(second):
        scene = open_scene(marker="Beta", currency="EUR")
        starts = scene.starts(6)
    table = f"{second.schema}.claims"
    with provisioning.owner() as connection:
        found = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conname = 'claims_no_overlap' AND conrelid = %s::regclass", (table,),
        ).fetchone()  # fmt: skip
        assert found is not None
        provisioning.run(connection, f"ALTER TABLE {table} DROP CONSTRAINT claims_no_overlap")
    try:
        crowd = Crowd(scene, running.ports["web"], starts)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(crowd.browse, range(100, 100 + AT_ONCE)))
        assert _count(second, OVERLAPS) > 0
    finally:
        with provisioning.owner() as connection:
            provisioning.run(connection, f"DELETE FROM {table}")
            provisioning.run(
                connection,
                f"SET search_path TO {second.schema}, ext; "
                f"ALTER TABLE {table} ADD CONSTRAINT claims_no_overlap {found[0]}",
            )


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_path_wants_the_same_hours(running: Running, first: Tenant) -> None:
    """What `cilis race` does, in small: by every path, with repeats of one key."""
    if "web" not in running.parts:
        running.start("web", trusted_proxies="1", holds_per_address="100/hour")
    houses.empty(first)
    houses.empty_node()
    race = races.Race(first, running.ports["web"], 12)
    figures = race.run(400, 8)
    races.repeat(race.crowd, figures, 160, 8)
    assert figures.is_right, str(figures)
    assert figures.refusals > 20
    paths = {"page", "API", "move", "admin", "proposal", "accept", "late money"}
    assert paths == {*figures.won, *figures.lost}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_path_without_the_constraint_sells_hours_twice(
    running: Running, first: Tenant
) -> None:
    """The negative control."""
    if "web" not in running.parts:
        running.start("web", trusted_proxies="1", holds_per_address="100/hour")
    houses.empty(first)
    houses.empty_node()
    with races.without_the_constraint(first):
        race = races.Race(first, running.ports["web"], 6)
        figures = race.run(400, 16)
        assert not figures.is_right
        assert figures.overlaps > 0, str(figures)
