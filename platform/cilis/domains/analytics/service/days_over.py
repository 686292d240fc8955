"""Write down how much time was offered: at the end of each day, and later by reckoning."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import experts, scheduling
from cilis.domains.analytics.models import DayRow, ExpertFactRow, LedgerRow, OpenDayRow
from cilis.domains.analytics.service import ledger
from cilis.infra import i18n
from cilis.infra.db import reading, transaction
from cilis.kit import clock

_BATCH = 500


def close_day(due: datetime) -> None:
    """A day is over: keep what was offered on it, and on days before that nobody closed.

    Does nothing when the timer that rang is not the one that is waited for.
    """
    with reading() as session:
        waiting = session.execute(sa.select(LedgerRow.closes_at, LedgerRow.zone)).one_or_none()
        if waiting is None or waiting.closes_at != due:
            return
        yesterday = due.astimezone(i18n.known_zone(waiting.zone)).date() - timedelta(days=1)
        newest = session.scalar(sa.select(sa.func.max(OpenDayRow.day)))
        first = newest + timedelta(days=1) if newest is not None else yesterday
        offered = _offered(session, min(first, yesterday), yesterday)
    with transaction() as session:
        row = ledger.alone(session)
        if row.closes_at == due:
            _keep(session, offered, sure_from=yesterday)
            ledger.wind(session, row)


def reckon(session: Session) -> date | None:
    """Estimate the days from the first booking to yesterday of which nothing was written down.

    Returns the last day that is only estimated.
    """
    row = ledger.alone(session)
    today = clock.now().astimezone(i18n.known_zone(row.zone)).date()
    first = session.scalar(sa.select(sa.func.min(DayRow.day)).where(DayRow.minutes > 0))
    if first is None or first >= today:
        return None
    session.execute(sa.delete(OpenDayRow).where(OpenDayRow.estimated))
    _keep(session, _offered(session, first, today - timedelta(days=1)), sure_from=today)
    return today - timedelta(days=1)


def _offered(session: Session, first: date, last: date) -> dict[date, int]:
    """Minutes that all experts together offered; an expert counts from the day of verification."""
    found = {first + timedelta(days=number): 0 for number in range((last - first).days + 1)}
    after = None
    while True:
        wanted = sa.select(ExpertFactRow.id, ExpertFactRow.joined_on).order_by(ExpertFactRow.id)
        if after is not None:
            wanted = wanted.where(ExpertFactRow.id > after)
        rows = session.execute(wanted.limit(_BATCH)).all()
        if not rows:
            return found
        after = rows[-1].id
        joined = {row.id: row.joined_on for row in rows if row.joined_on is not None}
        facts = experts.facts(session, list(joined))
        open_to_all = [one.id for one in facts if one.state == experts.ExpertState.PUBLISHED]
        minutes = scheduling.offered_minutes(session, open_to_all, first, last)
        for expert_id, days in minutes.items():
            for day, count in days.items():
                if joined[expert_id] <= day:
                    found[day] += count


def _keep(session: Session, offered: dict[date, int], *, sure_from: date) -> None:
    rows = [
        {"day": day, "minutes": minutes, "estimated": day < sure_from}
        for day, minutes in sorted(offered.items())
    ]
    if rows:
        session.execute(insert(OpenDayRow).on_conflict_do_nothing(), rows)
