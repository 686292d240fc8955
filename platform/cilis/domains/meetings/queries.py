"""What can be asked about meetings; every function joins the caller's session."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.meetings.models import Meeting, MeetingJoin
from cilis.domains.meetings.types import MeetingState


def of_booking(session: Session, booking_id: UUID, *, lock: bool = False) -> Meeting | None:
    """The meeting of a booking, locked for the caller's transaction if asked."""
    found = sa.select(Meeting).where(Meeting.booking_id == booking_id)
    return session.scalar(found.with_for_update() if lock else found)


def of_bookings(session: Session, booking_ids: Iterable[UUID]) -> dict[UUID, Meeting]:
    """The meetings of several bookings; those without one are left out."""
    wanted = list(booking_ids)
    if not wanted:
        return {}
    rows = session.scalars(sa.select(Meeting).where(Meeting.booking_id.in_(wanted)))
    return {row.booking_id: row for row in rows}


def joins_of(session: Session, booking_id: UUID) -> Sequence[MeetingJoin]:
    """Who asked for the way in, earliest first."""
    found = sa.select(MeetingJoin).join(Meeting, Meeting.id == MeetingJoin.meeting_id)
    found = found.where(Meeting.booking_id == booking_id).order_by(MeetingJoin.id)
    return session.scalars(found).all()


def without_room(session: Session, at: datetime, providers: Collection[str]) -> Sequence[UUID]:
    """Bookings whose meeting is not over and has no room of these providers, the soonest first."""
    lost = sa.and_(Meeting.state == MeetingState.OPEN, Meeting.provider.not_in(providers))
    found = sa.select(Meeting.booking_id).where(
        sa.or_(Meeting.state == MeetingState.PLANNED, lost), Meeting.closes_at > at
    )
    return session.scalars(found.order_by(Meeting.closes_at)).all()
