"""What every meeting provider promises."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest

from cilis.hooks import SettingKind
from cilis.hooks.meetings import JoinOrder, MeetingOrder, MeetingProvider, MeetingRole
from cilis.kit import clock, ids

SECOND = timedelta(seconds=1)


class Door(Protocol):
    """The pretended server's door."""

    def admits(self, url: str, at: datetime) -> MeetingRole | None:
        """In which role somebody with this address gets in at a time; None: not at all."""
        ...

    def elsewhere(self, url: str, room: str) -> str:
        """The same ticket, tried at another room."""
        ...


class MeetingProviderContract:
    """Inherit this and give three fixtures.

    - ``provider``: the `cilis.hooks.meetings.MeetingProvider`.
    - ``settings`` and ``other_settings``: two tenants' settings.
    - ``door``: a `Door` of a pretended server that knows both.
    """

    @pytest.fixture
    def meeting(self) -> MeetingOrder:
        """An hour that begins in a while."""
        start = clock.now().replace(microsecond=0) + timedelta(hours=1)
        return MeetingOrder(ids.new().hex, "Tư vấn thuế", start, start + timedelta(hours=1))

    @pytest.fixture
    def join(
        self, provider: MeetingProvider, settings: Mapping[str, str], meeting: MeetingOrder
    ) -> JoinOrder:
        """Hoa, a guest, who may enter from ten minutes before to half an hour after."""
        opened = provider.open(meeting, settings)
        return JoinOrder(
            room=opened.room,
            person_reference="p-hoa",
            name='Hòa "Bình" Nguyễn & Co',
            email="hoa@example.com",
            role=MeetingRole.GUEST,
            language="vi",
            opens_at=meeting.starts_at - timedelta(minutes=10),
            closes_at=meeting.ends_at + timedelta(minutes=30),
            provider_data=opened.provider_data,
        )

    def test_describes_itself(self, provider: MeetingProvider) -> None:
        """Its names are for people and its secrets are declared secret."""
        assert provider.key.isidentifier()
        assert provider.key.islower()
        assert provider.title
        names = [field.name for field in provider.settings]
        assert len(set(names)) == len(names)
        for field in provider.settings:
            if any(word in field.name for word in ("secret", "password", "private")):
                assert field.kind is SettingKind.SECRET

    def test_the_same_meeting_is_the_same_room(
        self, provider: MeetingProvider, settings: Mapping[str, str], meeting: MeetingOrder
    ) -> None:
        """A repeated delivery opens no second room; another meeting is another room."""
        first = provider.open(meeting, settings)
        assert provider.open(meeting, settings) == first
        other = replace(meeting, reference=ids.new().hex)
        assert provider.open(other, settings).room != first.room

    def test_nobody_can_guess_the_room(
        self,
        provider: MeetingProvider,
        settings: Mapping[str, str],
        other_settings: Mapping[str, str],
        meeting: MeetingOrder,
    ) -> None:
        """It does not follow from the reference, and names neither product nor subject."""
        opened = provider.open(meeting, settings)
        assert len(opened.room) >= 16
        assert meeting.reference not in opened.room
        assert opened.room != provider.open(meeting, other_settings).room
        assert "cilis" not in f"{opened.room}{json.dumps(dict(opened.provider_data))}".lower()

    @pytest.mark.parametrize("role", list(MeetingRole))
    def test_a_person_enters_in_the_right_role(
        self,
        provider: MeetingProvider,
        settings: Mapping[str, str],
        join: JoinOrder,
        door: Door,
        role: MeetingRole,
    ) -> None:
        """Host as host, guest as guest."""
        url = provider.join(replace(join, role=role), settings)

        assert urlsplit(url).scheme in {"http", "https"}
        assert "cilis" not in url.lower()
        assert door.admits(url, join.opens_at + SECOND) is role

    def test_only_inside_the_window(
        self,
        provider: MeetingProvider,
        settings: Mapping[str, str],
        join: JoinOrder,
        door: Door,
    ) -> None:
        """Not before, not after."""
        url = provider.join(join, settings)

        assert door.admits(url, join.opens_at - SECOND) is None
        assert door.admits(url, join.opens_at) is MeetingRole.GUEST
        assert door.admits(url, join.closes_at - SECOND) is MeetingRole.GUEST
        assert door.admits(url, join.closes_at + SECOND) is None

    def test_only_into_its_own_room(
        self,
        provider: MeetingProvider,
        settings: Mapping[str, str],
        meeting: MeetingOrder,
        join: JoinOrder,
        door: Door,
    ) -> None:
        """A ticket for one meeting opens no other."""
        other = provider.open(replace(meeting, reference=ids.new().hex), settings)
        url = provider.join(join, settings)

        assert door.admits(door.elsewhere(url, other.room), meeting.starts_at) is None

    def test_an_altered_ticket_is_worth_nothing(
        self,
        provider: MeetingProvider,
        settings: Mapping[str, str],
        meeting: MeetingOrder,
        join: JoinOrder,
        door: Door,
    ) -> None:
        """Cut short anywhere, it opens nothing."""
        url = provider.join(join, settings).partition("#")[0]
        assert door.admits(url, meeting.starts_at) is MeetingRole.GUEST
        for short in (url.partition("?")[0], url[:-1], url[:-20]):
            assert door.admits(short, meeting.starts_at) is None

    def test_tickets_are_personal(
        self, provider: MeetingProvider, settings: Mapping[str, str], join: JoinOrder
    ) -> None:
        """Two people, two addresses."""
        other = replace(join, person_reference="p-minh", name="Minh")

        assert provider.join(join, settings) != provider.join(other, settings)

    def test_joining_needs_no_network(
        self,
        provider: MeetingProvider,
        settings: Mapping[str, str],
        join: JoinOrder,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """It is called while a person waits."""

        def refuse(*_: Any, **__: Any) -> None:
            raise AssertionError("join() went to the network")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        assert provider.join(join, settings)

    def test_closing_can_be_repeated(
        self, provider: MeetingProvider, settings: Mapping[str, str], meeting: MeetingOrder
    ) -> None:
        """A cancellation may be delivered twice."""
        opened = provider.open(meeting, settings)
        provider.close(opened, settings)
        provider.close(opened, settings)

    def test_the_test_button_tells_the_truth(
        self, provider: MeetingProvider, settings: Mapping[str, str]
    ) -> None:
        """It works, it does not work, and it never raises."""
        assert provider.test(settings).works
        assert not provider.test({}).works
