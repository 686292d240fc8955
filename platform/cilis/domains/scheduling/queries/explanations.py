"""Why an hour is offered or not, from the same rows as the free starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from cilis.domains import experts
from cilis.domains.experts import ServiceTerms
from cilis.domains.scheduling import engine
from cilis.domains.scheduling.models import Calendar, Claim
from cilis.domains.scheduling.queries.hours import exceptions, outside, week
from cilis.domains.scheduling.types import (
    DAYS,
    DEFAULT_STEP,
    Entry,
    EntryKind,
    Explanation,
    Venue,
)
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


def terms_to_explain(session: Session, service_id: UUID, viewer: Viewer) -> ServiceTerms:
    """A service whose hours this viewer may have explained: the expert's own, or for staff.

    Raises:
        ServiceNotFound: there is none, or it is somebody else's.
    """
    terms = experts.service_terms(session, service_id, offered=False)
    if terms.person_id != viewer.person_id and not viewer.has("support", "admin"):
        raise experts.ServiceNotFound(f"service {service_id} is somebody else's")
    return terms


def check_day(day: date) -> date:
    """Refuse a day beyond all calendars; raises InvalidInput."""
    if not DAYS[0] <= day <= DAYS[1]:
        raise InvalidInput({"day": ["out_of_range"]})
    return day


def explain(session: Session, terms: ServiceTerms, starts_at: datetime) -> Explanation:
    """Why a service may begin at this instant, or why not: five queries.

    Raises:
        InvalidInput: a day before 2000 or after 2100.
    """
    check_day(starts_at.date())
    day = starts_at.astimezone(ZoneInfo(terms.time_zone)).date()
    return engine.explain(_diary(session, terms, day), _wish(terms), starts_at)


def explain_day(session: Session, terms: ServiceTerms, day: date) -> Sequence[Explanation]:
    """The same for every time of the grid on one day of the expert's clock: five queries.

    Raises:
        InvalidInput: a day before 2000 or after 2100.
    """
    diary = _diary(session, terms, check_day(day))
    return list(engine.explain_day(diary, _wish(terms), day))


def _wish(terms: ServiceTerms) -> engine.Wish:
    now = clock.now()
    return engine.Wish(
        terms.length,
        terms.before,
        terms.after,
        now,
        now + terms.notice,
        now + terms.window,
        Venue(terms.mode, terms.place),
    )


def _diary(session: Session, terms: ServiceTerms, day: date) -> engine.Diary:
    zone = ZoneInfo(terms.time_zone)
    calendar = session.get(Calendar, terms.expert_id)
    # The day's session may run into the next one; what is taken may have begun the day before.
    last = day + terms.length + _DAY
    monday = day - timedelta(days=day.weekday())
    low = datetime.combine(monday - _DAY, time(), zone).astimezone(UTC)
    high = datetime.combine(max(monday + _WEEK, last) + _DAY, time(), zone).astimezone(UTC)
    rows = session.execute(_claims(terms.expert_id, low, high)).all()
    return engine.Diary(
        zone,
        week(session, terms.expert_id),
        exceptions(session, terms.expert_id, day - _DAY, last),
        [
            *(
                Entry(EntryKind.TAKEN, row.since, row.until, holder_id=row.holder_id)
                for row in rows
            ),
            *outside(session, terms.expert_id, (low, high)),
        ],
        [row.starts_at for row in rows if row.starts_at],
        calendar.step_minutes if calendar else DEFAULT_STEP,
        calendar.most_per_day if calendar else 0,
        calendar.most_per_week if calendar else 0,
    )


def _claims(
    expert_id: UUID, low: datetime, high: datetime
) -> sa.Select[tuple[datetime, datetime, UUID, datetime | None]]:
    during = Claim.during
    return (
        sa.select(
            sa.func.lower(during).label("since"),
            sa.func.upper(during).label("until"),
            Claim.holder_id,
            Claim.starts_at,
        )
        .where(
            Claim.expert_id == expert_id,
            Claim.live,
            during.op("&&")(Range(low, high, bounds="[)")),
        )
        .order_by(sa.func.lower(during))
    )
