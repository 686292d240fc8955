"""What an expert's sessions brought: a month in one figure, and how it grew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import accumulate
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import payments
from cilis.infra.i18n import current_zone, local
from cilis.kit import clock
from cilis.web.views import drawings


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month of the viewer, as far as it has come."""

    begun: datetime
    earned: payments.Earned


@dataclass(frozen=True, slots=True)
class Earnings:
    """This month and the one before; ``trend`` is how this one grew, day by day."""

    this: Month
    last: Month
    trend: drawings.Drawing


def earnings(session: Session, person_id: UUID, currency: str) -> Earnings:
    """For the desk: two months and a line."""
    this, last = months(session, person_id, currency)
    now = clock.now()
    days = payments.earned_by_day(
        session, person_id, currency, this.begun, now, str(current_zone())
    )
    first, today = this.begun.date(), local(now).date()
    each = [days.get(first + timedelta(days=n), 0) for n in range((today - first).days + 1)]
    return Earnings(this, last, drawings.line([0.0, *accumulate(map(float, each))], None))


def months(session: Session, person_id: UUID, currency: str) -> Sequence[Month]:
    """This month and the one before, in the viewer's zone."""
    today = local(clock.now()).date()
    this = datetime.combine(today.replace(day=1), time(), current_zone())
    last = datetime.combine((this.date() - timedelta(days=1)).replace(day=1), time(), this.tzinfo)
    return [
        Month(this, payments.earned(session, person_id, currency, this, clock.now())),
        Month(last, payments.earned(session, person_id, currency, last, this)),
    ]
