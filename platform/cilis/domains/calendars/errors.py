"""What the room refuses."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar

from cilis.kit.errors import DomainError, NotFound


class CalendarNotFound(NotFound):
    """No such calendar of this expert."""

    code = "calendar_not_found"


class FeedNotFound(NotFound):
    """No feed has this address: wrong, renewed or revoked."""

    code = "feed_not_found"


class TooManyCalendars(DomainError):
    """The expert has connected as many calendars as one may."""

    code = "too_many_calendars"


class CalendarUnreadable(DomainError):
    """A calendar cannot be read; ``reason`` says why, in a word of its own for each cause."""

    code = "calendar_unreadable"
    status: ClassVar[HTTPStatus] = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, reason: str, message: str = "", *, after: int = 0) -> None:
        super().__init__(message or reason, reason=reason)
        self.reason = reason
        self.after = after  # seconds the server wants to be left alone, 0 when it said nothing
