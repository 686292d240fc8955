"""The expert's day and week: people first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, scheduling
from cilis.domains.bookings import BookingState
from cilis.infra.i18n import current_zone, local
from cilis.kit import clock
from cilis.web.views import papers
from cilis.web.views.earnings import Earnings, earnings
from cilis.web.views.visits import Visit, visits

_DAYS = 7
_TODAY = (BookingState.CONFIRMED, BookingState.PENDING, BookingState.COMPLETED)


@dataclass(frozen=True, slots=True)
class DeskDay:
    """One day of the week and who comes."""

    date: date
    is_today: bool
    visits: Sequence[Visit]


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from Monday."""

    days: Sequence[DeskDay]

    @property
    def first(self) -> date:
        """Monday."""
        return self.days[0].date

    @property
    def last(self) -> date:
        """Sunday."""
        return self.days[-1].date

    @property
    def before(self) -> date:
        """The Monday before."""
        return self.first - timedelta(days=_DAYS)

    @property
    def after(self) -> date:
        """The Monday after."""
        return self.first + timedelta(days=_DAYS)


@dataclass(frozen=True, slots=True)
class Desk:
    """What an expert sees in the morning."""

    today: Sequence[Visit]
    next: Visit | None
    requests: Sequence[Visit]
    week: Week
    todo: Sequence[papers.Todo]
    earnings: Earnings


def desk(
    session: Session, expert_id: UUID, monday: date, *, person_id: UUID, currency: str
) -> Desk:
    """Today, what waits for an answer, one week, earnings, what is missing; few queries."""
    today = local(clock.now()).date()
    asked = bookings.requests_of(session, expert_id)
    this_day = bookings.of_expert(session, expert_id, *_span(today, 1))
    week = bookings.of_expert(session, expert_id, *_span(monday, _DAYS))
    unique = {booking.id: booking for booking in (*asked, *this_day, *week)}
    shown = {one.id: one for one in visits(session, list(unique.values()), "expert")}
    agenda = [shown[one.id] for one in this_day if one.state in _TODAY]
    return Desk(
        today=agenda,
        next=next((one for one in agenda if not one.is_over), None),
        requests=[shown[one.id] for one in asked],
        week=_week(monday, today, [shown[one.id] for one in week]),
        todo=papers.todos(_missing(session, expert_id)),
        earnings=earnings(session, person_id, currency),
    )


def _missing(session: Session, expert_id: UUID) -> list[str]:
    missing = list(experts.readiness(session, expert_id).missing)
    if not scheduling.hours(session, expert_id).weekly:
        missing.append("hours")
    return missing


def _week(monday: date, today: date, found: Sequence[Visit]) -> Week:
    days = [monday + timedelta(days=place) for place in range(_DAYS)]
    return Week(
        [
            DeskDay(day, day == today, [one for one in found if local(one.starts_at).date() == day])
            for day in days
        ]
    )


def _span(first: date, days: int) -> tuple[datetime, datetime]:
    zone = current_zone()
    return (
        datetime.combine(first, time(), zone),
        datetime.combine(first + timedelta(days=days), time(), zone),
    )
