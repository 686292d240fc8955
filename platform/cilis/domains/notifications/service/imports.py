"""Notices of a time before the organization came here, for packs and the demo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import bookings
from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.service import about
from cilis.domains.notifications.types import PAGE, Kind, NoticeState, Side
from cilis.kit import ids


@dataclass(frozen=True, slots=True)
class PastNotice:
    """What somebody was told of a booking, and when."""

    kind: Kind
    booking: bookings.Booking
    at: datetime
    is_read: bool = True


def import_notices(session: Session, person_id: UUID, past: Iterable[PastNotice]) -> None:
    """Put notices into a person's list, oldest first; nobody is written to, a repeat adds none."""
    for one in sorted(past, key=lambda notice: notice.at):
        side = Side.CLIENT if one.booking.client_id == person_id else Side.EXPERT
        known = about.of_booking(session, one.booking)[side]
        session.execute(
            insert(NoticeRow)
            .values(
                id=ids.new(),
                key=f"{one.kind}:{one.booking.id}",
                kind=one.kind,
                person_id=person_id,
                channel=PAGE,
                subject_id=one.booking.id,
                detail={"side": side.value, "about": known},
                state=NoticeState.SENT,
                tries=0,
                problem="",
                created_at=one.at,
                sent_at=one.at,
                read_at=one.at if one.is_read else None,
            )
            .on_conflict_do_nothing()
        )
