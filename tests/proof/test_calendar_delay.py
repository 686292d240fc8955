"""How long an hour stays offered after something was entered in a calendar elsewhere.

Real processes: relay, worker and a Radicale server; nobody moves the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from tests.support.calendar_server import PASSWORD, USER, Radicale, event

from cilis.domains import calendars, experts, scheduling
from cilis.domains.calendars import Address, CalendarKind, Wish
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock
from cilis.testing.running import Running
from cilis.testing.scene import Scene, open_scene

HOUR = timedelta(hours=1)


@pytest.fixture
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    found = Radicale(tmp_path_factory.mktemp("radicale"))
    found.start()
    yield found
    found.stop()


def until(happened: Callable[[], bool], seconds: float) -> float:
    """Wait for it; returns how long it took."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < seconds
        time.sleep(0.2)
    return time.monotonic() - began


@pytest.mark.timeout(280)
def test_an_event_in_radicale_takes_the_slot_away_within_a_minute(
    running: Running, first: Tenant, radicale: Radicale
) -> None:
    for kind in ("worker", "courier", "relay"):
        running.start(kind)
    running.until_alive()
    radicale.make_calendar()
    with serving(first):
        scene = open_scene()
        at = (clock.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
        address = Address(radicale.calendar(), USER, PASSWORD)
        calendars.connect(Wish(CalendarKind.CALDAV, "Radicale", address), scene.viewer("expert"))
        assert _offered(scene, at)
        radicale.put("lunch", event("lunch", at, at + HOUR))
        took = until(lambda: not _offered(scene, at), 60)
        radicale.stop()
        unread = until(lambda: _unread(scene) == ["calendar_no_answer"], 60)
        assert not _offered(scene, at)
        assert _offered(scene, at + 2 * HOUR)
    print(f"gone after {took:.1f} s; told that it cannot be read after {unread:.1f} s")  # noqa: T201


def _offered(scene: Scene, at: datetime) -> bool:
    with reading() as session:
        terms = experts.service_terms(session, scene.service)
        return scheduling.is_offered(session, terms, at)


def _unread(scene: Scene) -> list[str]:
    with reading() as session:
        return [one.reason for one in calendars.unread(session, scene.expert)]
