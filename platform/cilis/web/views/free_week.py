"""Other hours for a booking, a week at a time: what its session can be moved to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, scheduling
from cilis.infra.i18n import current_zone, local
from cilis.kit import clock
from cilis.web.views.hours import FreeDay, by_day

SHOWN = timedelta(days=7)
AHEAD = 62
"""Days in which a free one is looked for where the shown ones have none."""
_FURTHEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class FreeWeek:
    """A week's free starts; where it has none, the day of the next one."""

    first: date
    days: Sequence[FreeDay]
    next_free: date | None = None

    @property
    def later(self) -> date:
        """The first day of the week after this one."""
        return self.first + SHOWN

    @property
    def earlier(self) -> date | None:
        """The first day of the week before this one; None where that is over."""
        today = local(clock.now()).date()
        return max(today, self.first - SHOWN) if self.first > today else None


def free_week(
    session: Session,
    booking: bookings.Booking,
    asked: date | None,
    *,
    notice: bool = True,
    terms: experts.ServiceTerms | None = None,
) -> FreeWeek:
    """The week from the asked day on; not asked for, from today or the first day with a free start.

    Without ``notice`` starts count however soon they are, as when their expert offers them; with
    ``terms`` they are those of another service.
    """
    today = local(clock.now()).date()
    first = min(max(asked or today, today), today + _FURTHEST)
    try:
        terms = terms or bookings.terms_of(session, booking, notice=notice)
    except experts.ServiceNotFound:
        return FreeWeek(first, ())
    days = _free(session, terms, first)
    if days:
        return FreeWeek(first, days)
    beyond = _midnight(first + SHOWN)
    starts = scheduling.next_starts(session, [terms], 1, beyond, AHEAD)[terms.id]
    next_free = local(starts[0]).date() if starts else None
    if asked or next_free is None:
        return FreeWeek(first, (), next_free)
    return FreeWeek(next_free, _free(session, terms, next_free))


def _free(session: Session, terms: experts.ServiceTerms, first: date) -> list[FreeDay]:
    window = max(clock.now(), _midnight(first)), _midnight(first + SHOWN)
    return by_day(scheduling.free_starts(session, terms, window))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), current_zone())
