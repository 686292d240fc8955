"""Open a room to talk in: one provider for each kind of room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from cilis.hooks.markers import hookspec
from cilis.hooks.settings import SettingField, TestOutcome


class MeetingRole(StrEnum):
    """What a person may do in the room."""

    HOST = "host"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class MeetingOrder:
    """Which room is needed, and when."""

    reference: str  # the meeting's id as 32 hex digits
    subject: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedMeeting:
    """A room; ``room`` is unguessable and holds no name of a person or platform."""

    room: str
    provider_data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JoinOrder:
    """Who wants to enter which room."""

    room: str
    person_reference: str
    name: str
    email: str
    role: MeetingRole
    language: str
    opens_at: datetime  # not before
    closes_at: datetime  # not after
    provider_data: Mapping[str, Any]


class MeetingProvider(Protocol):
    """One kind of room, shared by all tenants and threads."""

    key: str
    title: str  # English message id
    settings: Sequence[SettingField]

    def open(self, order: MeetingOrder, settings: Mapping[str, str]) -> OpenedMeeting:
        """Make or name the room. Called in the worker; the same reference gives the same room."""
        ...

    def join(self, order: JoinOrder, settings: Mapping[str, str]) -> str:
        """The personal address for one person and role, valid only from opens_at to closes_at.

        Called in the request: it must not touch the network.
        """
        ...

    def close(self, opened: OpenedMeeting, settings: Mapping[str, str]) -> None:
        """Give the room back after a cancellation. Called in the worker; repeatable."""
        ...

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        """Try the settings."""
        ...


@hookspec
def register_meeting_provider() -> MeetingProvider:
    """Offer one kind of room.

    Called once per process, at start-up, outside any tenant, no transaction open. An exception,
    or two plugins that offer the same ``key``, stops the start-up.

    Tested by: ``cilis.testing.contracts.MeetingProviderContract``.
    Used by: ``plugins/video_jitsi``.
    """
    raise NotImplementedError
