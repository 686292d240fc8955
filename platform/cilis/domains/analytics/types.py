"""Words of the room: measures, sums of days, periods and what is compared with what."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

LONGEST = 366 * 6
"""Days in one question."""
_DAYS_AS_DAYS = 62
_DAYS_AS_WEEKS = 190
TOP = 10


class Step(StrEnum):
    """How much time one point of a chart stands for."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Unit(StrEnum):
    """What a measure's number counts."""

    COUNT = "count"
    MONEY = "money"  # minor units of the organization's currency
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Sums:
    """What one day (or several) adds up to; every field only ever adds.

    ``made`` counts by the day of booking, the states by the day of the session, money by the day
    on which it moved, people by the day they came.
    """

    made: int = 0
    made_minor: int = 0
    pending: int = 0
    confirmed: int = 0
    completed: int = 0
    cancelled: int = 0
    no_show: int = 0
    minutes: int = 0
    value_minor: int = 0
    payments: int = 0
    revenue_minor: int = 0
    refunds: int = 0
    refund_minor: int = 0
    people: int = 0
    experts: int = 0

    @property
    def sessions(self) -> int:
        """Sessions that took place or will: neither cancelled nor still to be accepted."""
        return self.confirmed + self.completed + self.no_show

    def __add__(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(*(getattr(self, name) + getattr(other, name) for name in SUM_NAMES))


SUM_NAMES = tuple(field.name for field in fields(Sums))


@dataclass(frozen=True, slots=True)
class Stretch:
    """The sums of some days, with what stood at their end and what was offered in them."""

    sums: Sums = Sums()
    people: int = 0
    experts: int = 0
    open_minutes: int = 0
    filled_minutes: int = 0  # booked on the days whose offered hours are known
    open_days: int = 0


class Measure(StrEnum):
    """What can be asked for; the value is its name in addresses and in the API."""

    BOOKINGS = "bookings"
    SESSIONS = "sessions"
    COMPLETED = "completed"
    REVENUE = "revenue"
    REFUNDS = "refunds"
    FILL_RATE = "fill_rate"
    CANCELLED = "cancelled"
    CANCELLATION_RATE = "cancellation_rate"
    NO_SHOWS = "no_shows"
    NEW_PEOPLE = "new_people"
    PEOPLE = "people"
    NEW_EXPERTS = "new_experts"
    EXPERTS = "experts"


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


_READ: dict[Measure, tuple[Unit, Callable[[Stretch], float | None]]] = {
    Measure.BOOKINGS: (Unit.COUNT, lambda it: it.sums.made),
    Measure.SESSIONS: (Unit.COUNT, lambda it: it.sums.sessions),
    Measure.COMPLETED: (Unit.COUNT, lambda it: it.sums.completed),
    Measure.REVENUE: (Unit.MONEY, lambda it: it.sums.revenue_minor),
    Measure.REFUNDS: (Unit.MONEY, lambda it: it.sums.refund_minor),
    Measure.FILL_RATE: (Unit.PERCENT, lambda it: _percent(it.filled_minutes, it.open_minutes)),
    Measure.CANCELLED: (Unit.COUNT, lambda it: it.sums.cancelled),
    Measure.CANCELLATION_RATE: (
        Unit.PERCENT,
        lambda it: _percent(it.sums.cancelled, it.sums.cancelled + it.sums.sessions),
    ),
    Measure.NO_SHOWS: (Unit.COUNT, lambda it: it.sums.no_show),
    Measure.NEW_PEOPLE: (Unit.COUNT, lambda it: it.sums.people),
    Measure.PEOPLE: (Unit.COUNT, lambda it: it.people),
    Measure.NEW_EXPERTS: (Unit.COUNT, lambda it: it.sums.experts),
    Measure.EXPERTS: (Unit.COUNT, lambda it: it.experts),
}


def unit_of(measure: Measure) -> Unit:
    """What a measure's numbers are."""
    return _READ[measure][0]


def value_of(measure: Measure, stretch: Stretch) -> float | None:
    """A measure's value over a stretch; None where there is nothing to divide by."""
    return _READ[measure][1](stretch)


@dataclass(frozen=True, slots=True)
class Period:
    """Some days, both ends included, in the organization's time zone."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """As many days right before."""
        return self.shifted(-self.days)

    @property
    def step(self) -> Step:
        """The step at which a chart of it can be read."""
        if self.days <= _DAYS_AS_DAYS:
            return Step.DAY
        return Step.WEEK if self.days <= _DAYS_AS_WEEKS else Step.MONTH

    def shifted(self, days: int) -> Period:
        """The same number of days, earlier or later."""
        return Period(self.first + timedelta(days=days), self.last + timedelta(days=days))

    def parts(self, step: Step) -> Iterator[Period]:
        """The period cut into days, into weeks from its first day, or into calendar months."""
        first = self.first
        while first <= self.last:
            last = min(self.last, _end(first, step))
            yield Period(first, last)
            first = last + timedelta(days=1)


def _end(first: date, step: Step) -> date:
    if step is Step.DAY:
        return first
    if step is Step.WEEK:
        return first + timedelta(days=6)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a chart: what was in these days, and in as many days one period earlier."""

    period: Period
    value: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """One measure over a period, compared with the one before."""

    measure: Measure
    value: float | None
    before: float | None
    points: Sequence[Point]

    @property
    def unit(self) -> Unit:
        """What the numbers are."""
        return unit_of(self.measure)

    @property
    def change(self) -> float | None:
        """The difference to the period before."""
        if self.value is None or self.before is None:
            return None
        return self.value - self.before


@dataclass(frozen=True, slots=True)
class Figures:
    """All measures over a period.

    ``estimated_until``: up to this day the offered hours are estimated from the weekly hours
    that hold today, because nobody wrote down what was offered then.
    """

    period: Period
    step: Step
    currency: str
    series: Sequence[Series]
    open_minutes: int = 0
    estimated_until: date | None = None

    def of(self, measure: Measure) -> Series:
        """One measure's series."""
        return next(one for one in self.series if one.measure is measure)


@dataclass(frozen=True, slots=True)
class Ranked:
    """An expert or a topic with its sessions; ``id`` None stands for all the others together."""

    id: UUID | None
    sessions: int
    cancelled: int
    value_minor: int
    before: int = 0
