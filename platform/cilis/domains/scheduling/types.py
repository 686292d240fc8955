"""Words of the room: rules of the week, exceptions of a day, windows of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

DAY_MINUTES = 24 * 60
DEFAULT_STEP = 15
STEPS = (5, 10, 15, 20, 30, 45, 60, 90, 120)
"""Minutes between two offered starts. Each divides a day, so the grid begins at midnight."""

LONGEST_QUESTION = timedelta(days=62)
NEAR = timedelta(days=7)

Window = tuple[datetime, datetime]
"""Half-open: from the first instant, up to but without the second."""


class ExceptionKind(StrEnum):
    """What a day's exception does to the week's rule; extra hours win over hours off."""

    OFF = "off"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class WeeklyRule:
    """Open hours of one weekday (Monday is 0) on the expert's own wall clock.

    Minutes count from midnight, half-open; 1440 is the end of the day. ``valid_until`` is the
    last day on which the rule holds.
    """

    weekday: int
    start_minute: int
    end_minute: int
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class DayException:
    """Hours of one day that are off, or that are offered besides the week's rule."""

    day: date
    start_minute: int
    end_minute: int
    kind: ExceptionKind
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """When an expert works: the week, its exceptions, and the grid of offered starts."""

    expert_id: UUID
    weekly: tuple[WeeklyRule, ...] = ()
    exceptions: tuple[DayException, ...] = ()
    step_minutes: int = DEFAULT_STEP
