"""What the room reports, and the timers that it sets itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class ReadingDue(Event):
    """A calendar is to be read again, if it still waits for this very timer.

    Listeners: calendars.
    """

    name: ClassVar[str] = "calendars.reading_due.v1"
    passing: ClassVar[bool] = True

    calendar_id: UUID
    due: datetime


@dataclass(frozen=True, kw_only=True)
class PatienceOver(Event):
    """A calendar that could not be read may have to close its expert's hours now.

    Listeners: calendars.
    """

    name: ClassVar[str] = "calendars.patience_over.v1"

    calendar_id: UUID


@dataclass(frozen=True, kw_only=True)
class FreshnessChanged(Event):
    """A calendar that was read cannot be read any more, or can again; or it closed hours.

    Not told of each reading: those come all the time. Listeners: sockets (the expert's pages).
    """

    name: ClassVar[str] = "calendars.freshness_changed.v1"
    passing: ClassVar[bool] = True

    calendar_id: UUID
    expert_id: UUID
