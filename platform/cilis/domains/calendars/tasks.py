"""What the room does by the clock."""

from __future__ import annotations

from cilis.domains.calendars import service
from cilis.infra.tasks import once_a_day


@once_a_day
def wake_forgotten_calendars() -> None:
    """Plan readings anew whose timers were lost; the rest of very many waits until tomorrow."""
    service.wake_forgotten()
