"""Rules of the week, exceptions of a day, and for which sessions they hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
class Venue:
    """How sessions are held: a mode of services and, of those in person, a place. Empty is any.

    Modes are `experts.ServiceMode`; the room only compares them.
    """

    mode: str = ""
    place: str = ""

    @property
    def is_any(self) -> bool:
        """Whether it keeps hours for nothing in particular."""
        return not self.mode

    def serves(self, session: Venue) -> bool:
        """Whether hours that are kept for it are open to a session that is held like this."""
        return self.is_any or (self.mode == session.mode and self.place in {"", session.place})

    def meets(self, other: Venue) -> bool:
        """Whether some session could use hours of both."""
        if self.is_any or other.is_any:
            return True
        return self.mode == other.mode and (
            not self.place or not other.place or self.place == other.place
        )


EVERYTHING = Venue()
"""Hours that are kept for nothing in particular."""


@dataclass(frozen=True, slots=True)
class WeeklyRule:
    """Open hours of one weekday (Monday is 0) on the expert's own wall clock.

    Minutes count from midnight, half-open; 1440 is the end of the day. ``valid_until`` is the
    last day on which the rule holds. ``mode`` and ``place`` keep the hours for one `Venue`.
    """

    weekday: int
    start_minute: int
    end_minute: int
    valid_from: date | None = None
    valid_until: date | None = None
    id: UUID | None = field(default=None, compare=False)
    mode: str = ""
    place: str = ""

    @property
    def venue(self) -> Venue:
        """For which sessions the hours are kept."""
        return Venue(self.mode, self.place)

    @property
    def period(self) -> Period:
        """The days between which it holds."""
        return Period(self.valid_from, self.valid_until)

    def within(self, period: Period) -> WeeklyRule:
        """The same hours on other days."""
        return replace(self, valid_from=period.since, valid_until=period.until, id=None)

    def kept_for(self, venue: Venue) -> WeeklyRule:
        """The same hours for other sessions."""
        return replace(self, mode=venue.mode, place=venue.place, id=None)

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

    ``label`` is a public holiday's name, where it was taken as one. ``mode`` and ``place`` keep
    extra hours for one `Venue`; hours off are off for every session.
    """

    day: date
    start_minute: int
    end_minute: int
    kind: ExceptionKind
    id: UUID | None = None
    label: str = ""
    mode: str = ""
    place: str = ""

    @property
    def venue(self) -> Venue:
        """For which sessions extra hours are kept."""
        return Venue(self.mode, self.place)

    def kept_for(self, venue: Venue) -> DayException:
        """The same hours for other sessions."""
        return replace(self, mode=venue.mode, place=venue.place)


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
    """A week that holds in one period, for one venue. Several that hold on one day add up."""

    period: Period
    rules: Sequence[WeeklyRule]
    venue: Venue = EVERYTHING


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
    def venues(self) -> set[Venue]:
        """What some of its hours are kept for."""
        return {one.venue for one in self.weekly} | {one.venue for one in self.exceptions}

    @property
    def patterns(self) -> list[Pattern]:
        """The rules by period and venue: those without dates first, then by date."""
        found: dict[tuple[Period, Venue], list[WeeklyRule]] = {}
        for rule in self.weekly:
            found.setdefault((rule.period, rule.venue), []).append(rule)
        return [Pattern(period, found[period, venue], venue) for period, venue in _ordered(found)]


def _ordered(keys: Iterable[tuple[Period, Venue]]) -> list[tuple[Period, Venue]]:
    return sorted(
        keys,
        key=lambda key: (
            not key[0].is_always,
            key[0].since or DAYS[0],
            key[0].until or DAYS[1],
            key[1].mode,
            key[1].place,
        ),
    )
