"""What stands on a calendar: open hours, exceptions, and time that is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from cilis.domains.scheduling.types.hours import EVERYTHING, Venue


class EntryKind(StrEnum):
    """What a span of a calendar is: hours by the week, an exception of one day, somebody's time.

    ``outside`` is an entry of a calendar elsewhere; ``unreadable`` is time that is not offered
    because such a calendar cannot be read.
    """

    OPEN = "open"
    OFF = "off"
    EXTRA = "extra"
    TAKEN = "taken"
    OUTSIDE = "outside"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Outside:
    """Time that an entry of a calendar elsewhere takes; ``uid`` is the entry's own."""

    starts_at: datetime
    ends_at: datetime
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One span of an expert's calendar.

    ``id`` is an exception's; ``holder_id`` names whose time is taken (a booking); ``source_id``
    is the calendar elsewhere that a span was read from, ``label`` its name then. ``day`` and the
    minutes are where a span by rule or exception stands on the expert's wall clock, and ``venue``
    is for which sessions it is kept.
    """

    kind: EntryKind
    starts_at: datetime
    ends_at: datetime
    day: date | None = None
    start_minute: int = 0
    end_minute: int = 0
    id: UUID | None = None
    holder_id: UUID | None = None
    label: str = ""
    source_id: UUID | None = None
    venue: Venue = EVERYTHING


@dataclass(frozen=True, slots=True)
class Reserved:
    """Two times held at once: the claim that stands for the first, and the second's own.

    Without a second one the first stands for both.
    """

    first_id: UUID
    second_id: UUID | None
