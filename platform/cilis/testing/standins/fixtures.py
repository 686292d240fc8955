"""pytest fixtures: the stand-ins of a run, and a fresh start for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cilis.kit import http
from cilis.testing.standins.control import StandIns
from cilis.testing.standins.server import running


@pytest.fixture(scope="session")
def running_stand_ins() -> Iterator[StandIns]:
    """The stand-ins of this run, in threads of this process."""
    with running() as stand_ins:
        yield stand_ins


@pytest.fixture
def stand_ins(running_stand_ins: StandIns) -> Iterator[StandIns]:
    """The stand-ins, empty, and this machine's addresses allowed as after CILIS_EGRESS_ALLOW."""
    before = http.allow_networks("127.0.0.0/8")
    running_stand_ins.clear()
    yield running_stand_ins
    running_stand_ins.clear()
    http.allow_networks(before)
