"""The room's own timers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class NoticeDue(Event):
    """A notice was written down and is to be sent; each has its own retries."""

    name: ClassVar[str] = "notifications.due.v1"

    notice_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReminderDue(Event):
    """Timer: a session comes near. ``sequence`` tells whether it was moved meanwhile."""

    name: ClassVar[str] = "notifications.reminder_due.v1"

    booking_id: UUID
    kind: str
    sequence: int
