"""Words of the room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OPENS_BEFORE = timedelta(minutes=10)
CLOSES_AFTER = timedelta(minutes=30)


class MeetingState(StrEnum):
    """Whether there is a room."""

    PLANNED = "planned"  # wanted, but no provider has made one yet
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Window:
    """When the room can be entered: from ``opens_at``, until just before ``closes_at``."""

    opens_at: datetime
    closes_at: datetime

    @classmethod
    def around(cls, starts_at: datetime, ends_at: datetime) -> Window:
        """The window of a session: ten minutes before it until half an hour after."""
        return cls(starts_at - OPENS_BEFORE, ends_at + CLOSES_AFTER)

    def is_open(self, at: datetime) -> bool:
        """Whether the room can be entered now."""
        return self.opens_at <= at < self.closes_at
