"""Make everything anew: go through all facts of the lower rooms, then add the sums up afresh.

May be stopped and started again at any place, and run while people book: the facts are taken in
the same way as by events, and the last step alone keeps others out for a moment.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.analytics.models import DayRow, ExpertDayRow, LedgerRow
from cilis.domains.analytics.service import ledger
from cilis.domains.analytics.service.days_over import reckon
from cilis.domains.analytics.service.sources import SOURCES
from cilis.domains.analytics.service.take import BATCH, Source, take_again
from cilis.domains.analytics.types import SUM_NAMES
from cilis.infra.db import patience, reading, transaction
from cilis.kit import clock

_PATIENCE = 600_000  # milliseconds for adding millions of facts up
Told = Callable[[str, int], None]


def rebuild(*, batch: int = BATCH, told: Told = lambda *_: None) -> dict[str, int]:
    """Read all facts again and add them up; goes on where an earlier run stopped.

    Args:
        batch: facts in one transaction.
        told: called with the kind of facts and how many of it are read.

    Returns:
        How many facts of each kind were read by this run.
    """
    source, after = _begin()
    place = [one.name for one in SOURCES].index(source)
    counts: dict[str, int] = {}
    with patience(_PATIENCE):
        for one in SOURCES[place:]:
            counts[one.name] = _go_through(one, after, batch, told)
            after = None
        with transaction() as session:
            _add_up(session)
    return counts


def rebuild_if_zone_changed() -> None:
    """Days begin elsewhere now: tell all facts by the new zone."""
    with reading() as session:
        zone = session.scalar(sa.select(LedgerRow.zone))
        same = zone in {None, tenants.organization(session).time_zone}
    if not same:
        rebuild()


def _begin() -> tuple[str, UUID | None]:
    with transaction() as session:
        row = ledger.alone(session)
        zone = tenants.organization(session).time_zone
        if row.zone != zone:
            row.zone, row.rebuild_source = zone, ""
            ledger.wind(session, row)
        if not row.rebuild_source:
            row.rebuild_source, row.rebuild_after = SOURCES[0].name, None
        return row.rebuild_source, row.rebuild_after


def _go_through(source: Source, after: UUID | None, batch: int, told: Told) -> int:
    done = 0
    while True:
        with reading() as session:
            ids = source.page(session, after, batch)
        if not ids:
            return done
        take_again(source, ids)
        after = ids[-1]
        with transaction() as session:
            ledger.note(session, source.name, after)
        done += len(ids)
        told(source.name, done)


def _add_up(session: Session) -> None:
    """Put the sums that the facts add up to in the place of those that are there."""
    row = ledger.alone(session)
    session.execute(sa.delete(DayRow))
    session.execute(sa.delete(ExpertDayRow))
    currency = {"currency": tenants.organization(session).currency}
    session.execute(sa.text(_DAYS), currency)
    session.execute(sa.text(_EXPERT_DAYS), currency)
    reckon(session)
    row.rebuild_source, row.rebuild_after, row.rebuilt_at = "", None, clock.now()


def open_since(session: Session) -> date | None:
    """The first day of which anything is known."""
    return session.scalar(sa.select(sa.func.min(DayRow.day)))


_IS_SESSION = "state IN ('confirmed', 'completed', 'no_show')"
_STATES = ("pending", "confirmed", "completed", "cancelled", "no_show")
_PARTS: dict[str, dict[str, str]] = {
    "FROM analytics_bookings WHERE made_on IS NOT NULL GROUP BY made_on": {
        "day": "made_on",
        "made": "count(*)",
        "made_minor": "sum(price_minor)",
    },
    "FROM analytics_bookings WHERE session_on IS NOT NULL GROUP BY session_on": {
        "day": "session_on",
        **{state: f"count(*) FILTER (WHERE state = '{state}')" for state in _STATES},
        "minutes": f"coalesce(sum(minutes) FILTER (WHERE {_IS_SESSION} OR state = 'pending'), 0)",
        "value_minor": f"coalesce(sum(price_minor) FILTER (WHERE {_IS_SESSION}), 0)",
    },
    "FROM analytics_money WHERE moved_on IS NOT NULL GROUP BY moved_on": {
        "day": "moved_on",
        "payments": "count(*) FILTER (WHERE NOT is_refund)",
        "revenue_minor": "coalesce(sum(amount_minor) FILTER (WHERE NOT is_refund), 0)",
        "refunds": "count(*) FILTER (WHERE is_refund)",
        "refund_minor": "coalesce(sum(amount_minor) FILTER (WHERE is_refund), 0)",
    },
    "FROM analytics_people WHERE joined_on IS NOT NULL GROUP BY joined_on": {
        "day": "joined_on",
        "people": "count(*)",
    },
    "FROM analytics_experts WHERE joined_on IS NOT NULL GROUP BY joined_on": {
        "day": "joined_on",
        "experts": "count(*)",
    },
}
_DAYS = (
    f"INSERT INTO analytics_days (day, {', '.join(SUM_NAMES)}, currency)"  # noqa: S608 - our own names
    f" SELECT day, {', '.join(f'sum({name})' for name in SUM_NAMES)},"
    " CAST(:currency AS varchar(3)) FROM ("
    + " UNION ALL ".join(
        f"SELECT {columns['day']} AS day, "
        + ", ".join(f"{columns.get(name, '0')} AS {name}" for name in SUM_NAMES)
        + f" {tail}"
        for tail, columns in _PARTS.items()
    )
    + ") AS parts GROUP BY day"
)
_EXPERT_DAYS = (
    "INSERT INTO analytics_expert_days (day, expert_id, sessions, cancelled, value_minor,"  # noqa: S608
    " currency)"
    f" SELECT session_on, expert_id, count(*) FILTER (WHERE {_IS_SESSION}),"
    " count(*) FILTER (WHERE state = 'cancelled'),"
    f" coalesce(sum(price_minor) FILTER (WHERE {_IS_SESSION}), 0), CAST(:currency AS varchar(3))"
    " FROM analytics_bookings WHERE session_on IS NOT NULL GROUP BY session_on, expert_id"
)
