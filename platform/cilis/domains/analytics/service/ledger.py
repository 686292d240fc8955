"""The room's one row: held shared by those who add to the sums, alone by who makes them anew."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.analytics.events import DayOver
from cilis.domains.analytics.models import LedgerRow
from cilis.infra import i18n
from cilis.infra.outbox import emit
from cilis.kit import clock

_ZONE = sa.select(LedgerRow.zone).where(LedgerRow.id == 1)


def shared(session: Session) -> ZoneInfo:
    """Hold the row together with others; the zone in which days are told."""
    found = session.scalar(_ZONE.with_for_update(read=True))
    if found is None:
        found = alone(session).zone
    return i18n.known_zone(found)


def alone(session: Session) -> LedgerRow:
    """Hold the row alone until the transaction ends; made, with its timer, when it is missing."""
    zone = tenants.organization(session).time_zone
    made = session.scalar(
        insert(LedgerRow)
        .values(id=1, zone=zone, rebuild_source="")
        .on_conflict_do_nothing()
        .returning(LedgerRow.id)
    )
    row = session.get_one(LedgerRow, 1, with_for_update=True, populate_existing=True)
    if made is not None:
        wind(session, row)
    return row


def wind(session: Session, row: LedgerRow) -> None:
    """Set the timer for the end of the day that it is now in the organization's zone."""
    today = clock.now().astimezone(i18n.known_zone(row.zone)).date()
    row.closes_at = midnight(today + timedelta(days=1), row.zone)
    emit(session, DayOver(due=row.closes_at), at=row.closes_at)


def midnight(day: date, zone: str) -> datetime:
    """The instant at which a day begins."""
    return datetime.combine(day, time(), i18n.known_zone(zone)).astimezone(ZoneInfo("UTC"))


def note(session: Session, source: str, after: UUID | None) -> None:
    """Remember how far a rebuild has come."""
    row = alone(session)
    row.rebuild_source, row.rebuild_after = source, after
