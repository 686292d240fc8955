"""Hints to both people's open pages: somebody went in. Payload: ``{"booking_id": str}``."""

from __future__ import annotations

from cilis.domains.meetings.events import MeetingJoined
from cilis.infra.outbox import listens_to
from cilis.infra.realtime import push


@listens_to(MeetingJoined)
def push_joined(event: MeetingJoined) -> None:
    """The other one sees who is there."""
    for person_id in (event.person_id, event.other_person_id):
        if person_id is not None:
            push(f"person:{person_id}", "meetings.joined", {"booking_id": str(event.booking_id)})
