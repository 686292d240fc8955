"""Jitsi keeps what every meeting provider promises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import pytest

from cilis.hooks.meetings import MeetingProvider, MeetingRole
from cilis.kit import clock, http
from cilis.testing.contracts import Door, MeetingProviderContract
from cilis.testing.standins import StandIns
from cilis_video_jitsi import plugin

MINE = ("antam", "the secret of An Tam and its Jitsi server")
THEIRS = ("atlas", "the secret of Atlas and its Jitsi server!")


class StandInDoor:
    """The stand-in's door, at any time."""

    def admits(self, url: str, at: datetime) -> MeetingRole | None:
        before = clock.distance()
        clock.set_distance(before + (at - clock.now()))
        try:
            answer = http.request("GET", url.partition("#")[0])
        finally:
            clock.set_distance(before)
        found = re.search(rb'data-role="(\w+)"', answer.body)
        assert (answer.status == 200) is (found is not None)
        return MeetingRole(found[1].decode()) if found else None

    def elsewhere(self, url: str, room: str) -> str:
        parts = urlsplit(url)
        return parts._replace(path=f"{parts.path.rpartition('/')[0]}/{room}").geturl()


class TestContract(MeetingProviderContract):
    @pytest.fixture
    def provider(self) -> MeetingProvider:
        return plugin.register_meeting_provider()

    @pytest.fixture
    def settings(self, stand_ins: StandIns) -> dict[str, str]:
        stand_ins.register("jitsi", *MINE)
        return stand_ins.jitsi_settings(*MINE)

    @pytest.fixture
    def other_settings(self, stand_ins: StandIns) -> dict[str, str]:
        stand_ins.register("jitsi", *THEIRS)
        return stand_ins.jitsi_settings(*THEIRS)

    @pytest.fixture
    def door(self) -> Iterator[Door]:
        before = clock.distance()
        yield StandInDoor()
        clock.set_distance(before)
