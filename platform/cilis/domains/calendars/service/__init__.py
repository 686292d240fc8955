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
from cilis.domains.calendars.service.read import Found, close_if_unread, read, read_due

__all__ = [
    "Found",
    "bring_forward",
    "change",
    "close_if_unread",
    "connect",
    "disconnect",
    "read",
    "read_due",
    "refresh",
    "test",
    "wake_forgotten",
]
