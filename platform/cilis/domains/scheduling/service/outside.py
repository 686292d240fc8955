"""What calendars outside take of an expert's time. Whoever reads them puts it here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from cilis.domains.scheduling.events import HoursChanged
from cilis.domains.scheduling.models import OutsideSpan
from cilis.domains.scheduling.service.exceptions import lock_calendar
from cilis.domains.scheduling.types import FAR, Outside
from cilis.infra import outbox
from cilis.kit import ids

_Key = tuple[datetime, datetime, str]


def put_outside(
    session: Session, expert_id: UUID, source_id: UUID, label: str, spans: Collection[Outside]
) -> bool:
    """Replace everything that one calendar outside takes; opens hours it had closed.

    Only what differs is written. Returns whether anything did; then `HoursChanged` is told.
    Empty ``spans`` forget the calendar. Sessions already booked stay.
    """
    lock_calendar(session, expert_id)
    rows = session.execute(
        sa.select(OutsideSpan.id, OutsideSpan.during, OutsideSpan.uid, OutsideSpan.closed).where(
            OutsideSpan.source_id == source_id
        )
    ).all()
    missing = Counter(
        (span.starts_at, span.ends_at, span.uid) for span in spans if span.starts_at < span.ends_at
    )
    gone: list[UUID] = []
    for row in rows:
        key = (row.during.lower, row.during.upper, row.uid)
        if row.closed or not missing[key]:
            gone.append(row.id)
        else:
            missing[key] -= 1
    if gone:
        session.execute(sa.delete(OutsideSpan).where(OutsideSpan.id.in_(gone)))
    fresh = [_row(expert_id, source_id, label, key) for key in missing.elements()]
    if fresh:
        session.execute(sa.insert(OutsideSpan), fresh)
    if not gone and not fresh:
        return False
    _tell(session, expert_id)
    return True


def close_calendar(
    session: Session, expert_id: UUID, source_id: UUID, label: str, since: datetime
) -> bool:
    """Offer no hour of the expert from ``since`` on until the calendar outside is read again.

    Returns False when it had closed them before.
    """
    lock_calendar(session, expert_id)
    if session.scalar(sa.select(_closing(source_id).exists())):
        return False
    row = _row(expert_id, source_id, label, (since, FAR, ""), closed=True)
    session.execute(sa.insert(OutsideSpan), [row])
    _tell(session, expert_id)
    return True


def reopen_calendar(session: Session, expert_id: UUID, source_id: UUID) -> bool:
    """Offer the hours again that `close_calendar` closed; what the calendar takes stays taken."""
    lock_calendar(session, expert_id)
    gone = session.execute(
        sa.delete(OutsideSpan)
        .where(OutsideSpan.source_id == source_id, OutsideSpan.closed)
        .returning(OutsideSpan.id)
    ).first()
    if gone is not None:
        _tell(session, expert_id)
    return gone is not None


def name_calendar(session: Session, source_id: UUID, label: str) -> None:
    """Give the spans of a calendar outside its new name; no hour changes by it."""
    session.execute(
        sa.update(OutsideSpan).where(OutsideSpan.source_id == source_id).values(label=label)
    )


def _closing(source_id: UUID) -> sa.Select[Any]:
    return sa.select(OutsideSpan.id).where(OutsideSpan.source_id == source_id, OutsideSpan.closed)


def _row(
    expert_id: UUID, source_id: UUID, label: str, key: _Key, *, closed: bool = False
) -> dict[str, Any]:
    return {
        "id": ids.new(),
        "expert_id": expert_id,
        "source_id": source_id,
        "during": Range(key[0], key[1], bounds="[)"),
        "closed": closed,
        "label": label,
        "uid": key[2],
    }


def _tell(session: Session, expert_id: UUID) -> None:
    outbox.emit(session, HoursChanged(expert_id=expert_id), subject=expert_id)
