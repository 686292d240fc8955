"""Words of the room: rules of the week, exceptions of a day, windows of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

DAY_MINUTES = 24 * 60
DEFAULT_STEP = 15
STEPS = (5, 10, 15, 20, 30, 45, 60, 90, 120)
"""Minutes between two offered starts. Each divides a day, so the grid begins at midnight."""

MOST_PER_DAY = 50
MOST_PER_WEEK = 250
LONGEST_QUESTION = timedelta(days=62)
HOLIDAYS_AHEAD = timedelta(days=430)
"""How far public holidays are taken off in advance: further than any service's booking window."""
NEAR = timedelta(days=7)
FAR = datetime(2200, 1, 1, tzinfo=UTC)
"""Where a span without an end ends: past every day that hours may name."""
DAYS = (date(2000, 1, 1), date(2100, 12, 31))
"""The first and the last day that hours may name."""

Window = tuple[datetime, datetime]
"""Half-open: from the first instant, up to but without the second."""


class ExceptionKind(StrEnum):
    """What a day's exception does to the week's rule; extra hours win over hours off."""

    OFF = "off"
    EXTRA = "extra"


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
class Period:
    """From which day until which, both included; None is without limit."""

    since: date | None = None
    until: date | None = None

    @property
    def is_always(self) -> bool:
        """Whether it has neither beginning nor end."""
        return self.since is None and self.until is None

    def overlaps(self, other: Period) -> bool:
        """Whether some day lies in both."""
        return not (
            (self.until and other.since and self.until < other.since)
            or (other.until and self.since and other.until < self.since)
        )

    def without(self, other: Period) -> list[Period]:
        """What is left of it before and after another."""
        if not self.overlaps(other):
            return [self]
        left = []
        if other.since and (self.since is None or self.since < other.since):
            left.append(Period(self.since, other.since - timedelta(days=1)))
        if other.until and (self.until is None or self.until > other.until):
            left.append(Period(other.until + timedelta(days=1), self.until))
        return left


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
    id: UUID | None = field(default=None, compare=False)

    @property
    def period(self) -> Period:
        """The days between which it holds."""
        return Period(self.valid_from, self.valid_until)

    def within(self, period: Period) -> WeeklyRule:
        """The same hours on other days."""
        return replace(self, valid_from=period.since, valid_until=period.until, id=None)

    def holds_on(self, day: date) -> bool:
        """Whether it opens hours on this day."""
        return (
            day.weekday() == self.weekday
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_until is None or day <= self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class DayException:
    """Hours of one day that are off, or that are offered besides the week's rule.

    ``label`` is a public holiday's name, where it was taken as one.
    """

    day: date
    start_minute: int
    end_minute: int
    kind: ExceptionKind
    id: UUID | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose public holidays: a country (ISO 3166-1), perhaps one of its regions."""

    country: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday and its name."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A week that holds in one period. Several that hold on one day add up."""

    period: Period
    rules: Sequence[WeeklyRule]


@dataclass(frozen=True, slots=True)
class Hours:
    """When an expert works: the week, its exceptions, the grid of starts, the most sessions.

    ``most_per_day`` and ``most_per_week`` 0 are without limit; a week begins on Monday.
    """

    expert_id: UUID
    weekly: tuple[WeeklyRule, ...] = ()
    exceptions: tuple[DayException, ...] = ()
    step_minutes: int = DEFAULT_STEP
    most_per_day: int = 0
    most_per_week: int = 0
    holidays_of: Place | None = None

    @property
    def patterns(self) -> list[Pattern]:
        """The rules by the period in which they hold: the one without dates first, then by date."""
        found: dict[Period, list[WeeklyRule]] = {}
        for rule in self.weekly:
            found.setdefault(rule.period, []).append(rule)
        ordered = sorted(
            found, key=lambda one: (not one.is_always, one.since or DAYS[0], one.until or DAYS[1])
        )
        return [Pattern(period, found[period]) for period in ordered]


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
    minutes are where a span by rule or exception stands on the expert's wall clock.
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


class Reason(StrEnum):
    """What speaks against a start."""

    PAST = "past"
    NOTICE = "notice"
    TOO_FAR = "too_far"
    SKIPPED = "skipped"
    REPEATED = "repeated"
    OFF = "off"
    HOLIDAY = "holiday"
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

    ``exception`` belongs to off and holiday; ``holder_id`` to taken and buffer; ``source_id`` and
    ``label`` to what a calendar outside takes, or closes while it cannot be read; ``window`` is
    that time.
    ``at`` is the first start that notice allows, or the last one that may be booked yet, or the
    first moment of the session at which nothing is open. ``limit``: minutes of the grid, or the
    most sessions of the day or week.
    """

    reason: Reason
    exception: DayException | None = None
    holder_id: UUID | None = None
    source_id: UUID | None = None
    label: str = ""
    window: Window | None = None
    at: datetime | None = None
    limit: int = 0


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


@dataclass(frozen=True, slots=True)
class Reserved:
    """Two times held at once: the claim that stands for the first, and the second's own.

    Without a second one the first stands for both.
    """

    first_id: UUID
    second_id: UUID | None
