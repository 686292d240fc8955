"""Connecting calendars, reading them, and the feed of our own."""

from cilis.domains.calendars.service.connect import (
    bring_forward,
    change,
    connect,
    disconnect,
    refresh,
    test,
    wake_forgotten,
)
from cilis.domains.calendars.service.feed import (
    FeedFile,
    read_feed,
    renew_feed,
    revoke_feed,
    set_feed,
)
from cilis.domains.calendars.service.read import Found, close_if_unread, read, read_due

__all__ = [
    "FeedFile",
    "Found",
    "bring_forward",
    "change",
    "close_if_unread",
    "connect",
    "disconnect",
    "read",
    "read_due",
    "read_feed",
    "refresh",
    "renew_feed",
    "revoke_feed",
    "set_feed",
    "test",
    "wake_forgotten",
]
