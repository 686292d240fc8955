"""Meetings as the API shows them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from cilis.domains.meetings.types import MeetingState, Window
from cilis.infra.http.schemas import Instant, Strict, one_of
from cilis.kit import clock


class MeetingSchema(Strict):
    """When the room of a booking can be entered."""

    booking_id = fields.UUID(required=True)
    state = fields.String(required=True, validate=one_of(*MeetingState))
    opens_at = Instant(required=True)
    closes_at = Instant(required=True)
    is_open = fields.Boolean(
        required=True, metadata={"description": "There is a room and it can be entered now."}
    )


class JoinSchema(Strict):
    """A personal way into the room; it works for its person and until the room closes."""

    url = fields.String(required=True, metadata={"format": "uri"})


def show_meeting(booking_id: UUID, times: Window, state: MeetingState) -> dict[str, Any]:
    """A meeting as the API shows it; the room's name is not told."""
    return {
        "booking_id": booking_id,
        "state": state.value,
        "opens_at": times.opens_at,
        "closes_at": times.closes_at,
        "is_open": state == MeetingState.OPEN and times.is_open(clock.now()),
    }
