"""Why a start is free or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from cilis.domains.scheduling.types.hours import (
    EVERYTHING,
    DayException,
    Venue,
    WeeklyRule,
    Window,
)


class Reason(StrEnum):
    """What speaks against a start."""

    PAST = "past"
    NOTICE = "notice"
    TOO_FAR = "too_far"
    SKIPPED = "skipped"
    REPEATED = "repeated"
    OFF = "off"
    HOLIDAY = "holiday"
    OTHER_VENUE = "other_venue"
    CLOSED = "closed"
    GRID = "grid"
    TAKEN = "taken"
    BUFFER = "buffer"
    OUTSIDE = "outside"
    UNREADABLE = "unreadable"
    DAY_FULL = "day_full"
    WEEK_FULL = "week_full"


@dataclass(frozen=True, slots=True)
class Because:
    """One reason against a start, and what it comes of.

    ``exception`` belongs to off and holiday; it or ``rule`` to other_venue: hours that are kept for
    another mode or place. ``holder_id`` belongs to taken and buffer; ``source_id`` and ``label`` to
    what a calendar outside takes, or closes while it cannot be read; ``window`` is that time.
    ``at`` is the first start that notice allows, or the last one that may be booked yet, or the
    first moment of the session at which nothing is open. ``limit``: minutes of the grid, or the
    most sessions of the day or week.
    """

    reason: Reason
    exception: DayException | None = None
    rule: WeeklyRule | None = None
    holder_id: UUID | None = None
    source_id: UUID | None = None
    label: str = ""
    window: Window | None = None
    at: datetime | None = None
    limit: int = 0

    @property
    def venue(self) -> Venue:
        """What the hours are kept for that would open the time to other sessions."""
        kept = self.rule or self.exception
        return kept.venue if kept else EVERYTHING


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether one start is free, and why.

    ``wall`` is the time on the expert's own clock, without a zone; ``starts_at`` is that instant
    (None for a time that the clock skips). ``against`` are all reasons, the deciding one first.
    ``rules`` and ``extra`` are what opens the session's hours, where anything does.
    """

    wall: datetime
    starts_at: datetime | None
    against: tuple[Because, ...]
    rules: tuple[WeeklyRule, ...] = ()
    extra: tuple[DayException, ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether this start can be held now."""
        return not self.against
