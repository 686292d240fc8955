"""Calendars: what experts have elsewhere takes time here, and their sessions can be seen there.

This file is the room's only door. Where the times are kept is scheduling's business.
"""

from cilis.domains.calendars.errors import (
    CalendarNotFound,
    CalendarUnreadable,
    FeedNotFound,
    TooManyCalendars,
)
from cilis.domains.calendars.queries import feed, of_expert, one, unread
from cilis.domains.calendars.service import (
    change,
    connect,
    disconnect,
    read,
    refresh,
    test,
)
from cilis.domains.calendars.types import (
    Address,
    CalendarKind,
    Change,
    Connection,
    Feed,
    WhenUnread,
    Wish,
)

__all__ = [
    "Address",
    "CalendarKind",
    "CalendarNotFound",
    "CalendarUnreadable",
    "Change",
    "Connection",
    "Feed",
    "FeedNotFound",
    "TooManyCalendars",
    "WhenUnread",
    "Wish",
    "change",
    "connect",
    "disconnect",
    "feed",
    "of_expert",
    "one",
    "read",
    "refresh",
    "test",
    "unread",
]
