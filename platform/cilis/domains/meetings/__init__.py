"""Meetings: the room in which two people talk, open for a while around their hour.

This file is the room's only door.
"""

from cilis.domains.meetings.errors import MeetingNotFound, MeetingNotReady, MeetingOver, NotYet
from cilis.domains.meetings.events import MeetingJoined
from cilis.domains.meetings.models import Meeting
from cilis.domains.meetings.queries import joins_of, of_bookings
from cilis.domains.meetings.service import close_room, join, open_room, window
from cilis.domains.meetings.types import MeetingState, Window

__all__ = [
    "Meeting",
    "MeetingJoined",
    "MeetingNotFound",
    "MeetingNotReady",
    "MeetingOver",
    "MeetingState",
    "NotYet",
    "Window",
    "close_room",
    "join",
    "joins_of",
    "of_bookings",
    "open_room",
    "window",
]
