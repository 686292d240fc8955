"""Timers of the room, and what happens below. All are repeatable and need no order."""

from __future__ import annotations

from cilis.domains import experts
from cilis.domains.calendars import service
from cilis.domains.calendars.events import PatienceOver, ReadingDue
from cilis.infra.outbox import listens_to


@listens_to(ReadingDue, slow=True)
def read_calendar(event: ReadingDue) -> None:
    """It is time to read a calendar again."""
    service.read_due(event.calendar_id, event.due)


@listens_to(PatienceOver)
def close_hours(event: PatienceOver) -> None:
    """A calendar may have been unread for as long as its expert allows."""
    service.close_if_unread(event.calendar_id)


@listens_to(experts.ExpertChanged)
def read_calendars_of_changed_expert(event: experts.ExpertChanged) -> None:
    """Zone or state may have changed: whole days lie elsewhere, or somebody can book again."""
    service.bring_forward(event.expert_id)
