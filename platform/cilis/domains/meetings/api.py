"""Meetings over the API, for the two people of a booking."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains.meetings import service
from cilis.domains.meetings.schemas import JoinSchema, MeetingSchema, show_meeting
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "meetings",
    __name__,
    url_prefix="/api/v1/meetings",
    description="The room in which a session takes place.",
)


@blueprint.get("/<uuid:booking_id>")
@policy(SIGNED_IN)
@blueprint.response(200, MeetingSchema)
@blueprint.problems(meeting_not_found=404, booking_not_found=404)
def show_meeting_of(booking_id: UUID) -> dict[str, Any]:
    """When the room of a booking can be entered."""
    with reading() as session:
        times, state = service.window(session, viewer(), booking_id)
    return show_meeting(booking_id, times, state)


@blueprint.post("/<uuid:booking_id>/joins")
@policy(SIGNED_IN)
@blueprint.response(201, JoinSchema)
@blueprint.problems(
    meeting_not_found=404,
    booking_not_found=404,
    meeting_not_open_yet=409,
    meeting_over=410,
    meeting_not_ready=503,
)
def join_meeting(booking_id: UUID) -> dict[str, Any]:
    """Get your personal way into the room; asking again gives another one for the same room."""
    return {"url": service.join(booking_id, viewer())}
