"""What meetings reports, and tells itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class RoomWanted(Event):
    """A meeting that could not get a room is to be tried again.

    Listeners: meetings.
    """

    name: ClassVar[str] = "meetings.room_wanted.v1"

    booking_id: UUID


@dataclass(frozen=True, kw_only=True)
class MeetingJoined(Event):
    """Somebody was given the way into the room.

    Listeners: sockets.
    """

    name: ClassVar[str] = "meetings.joined.v1"

    booking_id: UUID
    person_id: UUID
    other_person_id: UUID | None = None
