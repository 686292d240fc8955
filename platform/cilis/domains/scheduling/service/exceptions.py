"""Days that differ from the week."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains.scheduling.errors import ExceptionNotFound
from cilis.domains.scheduling.events import HoursChanged
from cilis.domains.scheduling.models import Calendar, HoursException
from cilis.domains.scheduling.service.checks import MAX_EXCEPTIONS, check_exception, check_places
from cilis.domains.scheduling.types import DEFAULT_STEP, DayException
from cilis.infra import audit, idempotency, outbox
from cilis.infra.db import transaction
from cilis.kit import ids
from cilis.kit.errors import InvalidInput


def add_exception(expert_id: UUID, exception: DayException, *, actor: UUID | None = None) -> UUID:
    """Hours of one day off, or extra ones; returns the exception's id.

    Raises:
        InvalidInput: times out of order, a day that is over, too many exceptions, or extra hours
            for a mode or a place that is none.
    """
    check_exception(exception)
    with transaction() as session:
        lock_calendar(session, expert_id)
        count = sa.select(sa.func.count()).where(HoursException.expert_id == expert_id)
        if (session.scalar(count) or 0) >= MAX_EXCEPTIONS:
            raise InvalidInput({"day": ["too_many"]})
        check_places(session, expert_id, {"place": exception.place})
        made = write_exceptions(session, expert_id, [exception])[0]
        _tell(session, expert_id, actor, "scheduling.exception_added", exception)
        idempotency.made(session, made)
    return made


def change_exception(
    expert_id: UUID, exception_id: UUID, exception: DayException, *, actor: UUID | None = None
) -> None:
    """Move an exception, make it longer or shorter, or let it mean the opposite.

    Raises:
        ExceptionNotFound: the expert has no such exception.
        InvalidInput: times out of order, a day that is over, or extra hours for a mode or a place
            that is none.
    """
    check_exception(exception)
    with transaction() as session:
        lock_calendar(session, expert_id)
        was = sa.select(HoursException.place).where(HoursException.id == exception_id)
        kept = session.scalars(was) if exception.place else ()
        check_places(session, expert_id, {"place": exception.place}, kept)
        changed = session.execute(
            sa.update(HoursException)
            .where(HoursException.id == exception_id, HoursException.expert_id == expert_id)
            .values(_values(exception))
            .returning(HoursException.id)
        ).scalar()
        if changed is None:
            raise ExceptionNotFound(f"no exception {exception_id} of {expert_id}")
        _tell(session, expert_id, actor, "scheduling.exception_changed", exception)


def remove_exception(expert_id: UUID, exception_id: UUID, *, actor: UUID | None = None) -> None:
    """Let the day follow the week's rule again; raises ExceptionNotFound."""
    with transaction() as session:
        gone = session.execute(
            sa.delete(HoursException)
            .where(HoursException.id == exception_id, HoursException.expert_id == expert_id)
            .returning(HoursException.id)
        ).scalar()
        if gone is None:
            raise ExceptionNotFound(f"no exception {exception_id} of {expert_id}")
        _tell(session, expert_id, actor, "scheduling.exception_removed")


def lock_calendar(session: Session, expert_id: UUID) -> None:
    """Let those who change one expert's hours wait for each other; makes the calendar's row."""
    row = {"expert_id": expert_id, "step_minutes": DEFAULT_STEP, "most_per_day": 0}
    session.execute(insert(Calendar).values(row).on_conflict_do_nothing())
    wanted = sa.select(Calendar.expert_id).where(Calendar.expert_id == expert_id)
    session.execute(wanted.with_for_update())


def write_exceptions(
    session: Session, expert_id: UUID, exceptions: Iterable[DayException]
) -> list[UUID]:
    """Insert exceptions as they are; returns their ids."""
    rows: list[dict[str, Any]] = [
        {"id": ids.new(), "expert_id": expert_id, **_values(exception)} for exception in exceptions
    ]
    if rows:
        session.execute(sa.insert(HoursException), rows)
    return [row["id"] for row in rows]


def _values(exception: DayException) -> dict[str, Any]:
    return {
        "day": exception.day,
        "start_minute": exception.start_minute,
        "end_minute": exception.end_minute,
        "kind": exception.kind,
        "label": exception.label,
        "mode": exception.mode,
        "place": exception.place,
    }


def _tell(
    session: Session,
    expert_id: UUID,
    actor: UUID | None,
    action: str,
    exception: DayException | None = None,
) -> None:
    detail = {"day": exception.day.isoformat(), "kind": exception.kind.value} if exception else {}
    audit.record(session, action, expert_id, actor=actor, detail=detail)
    outbox.emit(session, HoursChanged(expert_id=expert_id), subject=expert_id)
