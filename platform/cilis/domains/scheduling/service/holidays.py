"""Public holidays that an expert takes off: named exceptions, kept up year after year."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.scheduling import engine, queries
from cilis.domains.scheduling.events import HoursChanged
from cilis.domains.scheduling.models import Calendar, HoursException
from cilis.domains.scheduling.service.exceptions import lock_calendar, write_exceptions
from cilis.domains.scheduling.types import (
    DAY_MINUTES,
    HOLIDAYS_AHEAD,
    DayException,
    ExceptionKind,
    Holiday,
    Place,
)
from cilis.infra import audit, outbox
from cilis.infra.db import transaction
from cilis.kit import clock

_AT_ONCE = 200


def take_holidays(
    expert_id: UUID,
    place: Place | None,
    *,
    leave: Collection[date] = (),
    language: str = "en",
    actor: UUID | None = None,
) -> None:
    """Take the coming public holidays of a place off, but those on which the expert works.

    Those of another place that were taken before come back as ordinary days; None takes none.
    Bookings already made stay. A daily round adds what comes into sight later.

    Raises:
        InvalidInput: no such ``country`` or ``region``.
    """
    if place is not None:
        queries.check_place(place)
    today = clock.now().date()
    until = today + HOLIDAYS_AHEAD
    found = engine.holidays_of(place, today, until, language) if place else ()
    with transaction() as session:
        lock_calendar(session, expert_id)
        session.execute(
            sa.delete(HoursException).where(
                HoursException.expert_id == expert_id,
                HoursException.day >= today,
                HoursException.label != "",
            )
        )
        _write(session, expert_id, (one for one in found if one.day not in leave))
        chosen = place or Place("")
        session.execute(
            sa.update(Calendar)
            .where(Calendar.expert_id == expert_id)
            .values(
                country=chosen.country,
                region=chosen.region,
                holidays_until=until if place else None,
            )
        )
        detail = {"country": chosen.country, "region": chosen.region}
        audit.record(session, "scheduling.holidays_taken", expert_id, actor=actor, detail=detail)
        outbox.emit(session, HoursChanged(expert_id=expert_id), subject=expert_id)


def keep_up_holidays(language: str) -> int:
    """Take off what came into sight since the last time, for some experts; returns how many.

    What an expert left before lies in days that were looked at, so it does not come again.
    """
    today = clock.now().date()
    until = today + HOLIDAYS_AHEAD
    with transaction() as session:
        rows = session.scalars(
            sa.select(Calendar)
            .where(Calendar.holidays_until < until - timedelta(days=30))
            .order_by(Calendar.holidays_until)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            seen = max(row.holidays_until or today, today - timedelta(days=1))
            place = Place(row.country, row.region)
            if engine.is_known(place):  # a newer library may have dropped a region
                since = seen + timedelta(days=1)
                found = engine.holidays_of(place, since, until, language)
                _write(session, row.expert_id, found)
                if found:
                    changed = HoursChanged(expert_id=row.expert_id)
                    outbox.emit(session, changed, subject=row.expert_id)
            row.holidays_until = until
    return len(rows)


def _write(session: Session, expert_id: UUID, found: Iterable[Holiday]) -> None:
    off = (
        DayException(one.day, 0, DAY_MINUTES, ExceptionKind.OFF, label=one.name) for one in found
    )
    write_exceptions(session, expert_id, off)
