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
    read_feed,
    refresh,
    renew_feed,
    revoke_feed,
    set_feed,
    test,
)
from cilis.domains.calendars.service.written import calendar_of, session_entry
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
    "calendar_of",
    "change",
    "connect",
    "disconnect",
    "feed",
    "of_expert",
    "one",
    "read",
    "read_feed",
    "refresh",
    "renew_feed",
    "revoke_feed",
    "session_entry",
    "set_feed",
    "test",
    "unread",
]
