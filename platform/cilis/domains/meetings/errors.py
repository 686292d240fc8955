"""What meetings refuses."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from cilis.kit.errors import DomainError, NotFound, Unavailable


class MeetingNotFound(NotFound):
    """No such meeting, or the viewer is not one of its two people."""

    code = "meeting_not_found"


class NotYet(DomainError):
    """The room opens later; ``opens_at`` says when."""

    code = "meeting_not_open_yet"

    def __init__(self, opens_at: datetime) -> None:
        super().__init__(f"opens at {opens_at}", opens_at=opens_at.isoformat())
        self.opens_at = opens_at


class MeetingOver(DomainError):
    """The room is closed: the session is over or was cancelled."""

    code = "meeting_over"
    status = HTTPStatus.GONE


class MeetingNotReady(Unavailable):
    """The room could not be made yet; trying again in a moment is right."""

    code = "meeting_not_ready"
