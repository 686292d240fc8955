"""Papers as their two people see them. Absent and forbidden are the same 404."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import bookings
from cilis.domains.bookings import BookingState
from cilis.domains.documents.errors import DocumentNotFound
from cilis.domains.documents.models import BookingDocument
from cilis.domains.documents.types import SHARE_AFTER, Document
from cilis.kit import clock
from cilis.kit.viewer import Viewer

_TAKES_PLACE = {BookingState.PENDING, BookingState.CONFIRMED}
_HAS_BEEN = {BookingState.COMPLETED, BookingState.NO_SHOW}
_CAME_TO_NOTHING = {BookingState.EXPIRED, BookingState.CANCELLED}


def of_booking(session: Session, viewer: Viewer, booking_id: UUID) -> list[Document]:
    """The papers of a booking that the viewer may open, oldest first.

    Staff sees none: what two people share about a worry is not the organization's. Of a booking
    that came to nothing everybody keeps only their own.

    Raises:
        BookingNotFound: no such booking for this viewer.
    """
    booking = bookings.visible(session, viewer, booking_id)
    if part_of(booking, viewer) is None:
        return []
    rows = session.scalars(
        sa.select(BookingDocument)
        .where(BookingDocument.booking_id == booking_id)
        .order_by(BookingDocument.id)
    )
    return [shown(row, booking, viewer) for row in rows if is_open_to(row, booking, viewer)]


def count_of(session: Session, booking_id: UUID) -> int:
    """How many papers a booking has, for those who may know no more."""
    found = sa.select(sa.func.count()).where(BookingDocument.booking_id == booking_id)
    return session.scalar(found) or 0


def row_for(
    session: Session, viewer: Viewer, document_id: UUID, *, lock: bool = False
) -> tuple[BookingDocument, bookings.Booking]:
    """One paper and its booking; raises DocumentNotFound unless the viewer may open it."""
    row = session.get(BookingDocument, document_id, with_for_update=lock or None)
    if row is None:
        raise DocumentNotFound(f"no document {document_id}")
    try:
        booking = bookings.visible(session, viewer, row.booking_id)
    except bookings.BookingNotFound as problem:
        raise DocumentNotFound(f"document {document_id} is not the viewer's") from problem
    if not is_open_to(row, booking, viewer):
        raise DocumentNotFound(f"document {document_id} is not the viewer's")
    return row, booking


def rows_of(session: Session, booking_id: UUID) -> Sequence[BookingDocument]:
    """All papers of a booking, whoever asks; locked."""
    return session.scalars(
        sa.select(BookingDocument)
        .where(BookingDocument.booking_id == booking_id)
        .order_by(BookingDocument.id)
        .with_for_update()
    ).all()


def part_of(booking: bookings.Booking, viewer: Viewer) -> bookings.Side | None:
    """Client or expert; None for everybody else, staff included."""
    side = bookings.side_of(booking, viewer)
    return side if side in {"client", "expert"} and viewer.person_id is not None else None


def may_share(booking: bookings.Booking) -> bool:
    """Whether papers can be added: from the hold until some weeks after the session."""
    if booking.state == BookingState.HELD:
        return booking.held_until is not None and booking.held_until > clock.now()
    if booking.state in _TAKES_PLACE:
        return True
    return booking.state in _HAS_BEEN and clock.now() < booking.ends_at + SHARE_AFTER


def may_remove(booking: bookings.Booking) -> bool:
    """Whether an owner may take papers back: before the session, or when there is none."""
    if booking.state in _CAME_TO_NOTHING:
        return True
    return booking.state not in _HAS_BEEN and booking.starts_at > clock.now()


def is_open_to(row: BookingDocument, booking: bookings.Booking, viewer: Viewer) -> bool:
    """Owners keep what is theirs; the other side reads while the booking lives, and after it."""
    if part_of(booking, viewer) is None:
        return False
    return row.owner_id == viewer.person_id or booking.state in {*_TAKES_PLACE, *_HAS_BEEN}


def shown(row: BookingDocument, booking: bookings.Booking, viewer: Viewer) -> Document:
    """A paper as the viewer sees it."""
    mine = row.owner_id == viewer.person_id
    return Document(
        id=row.id,
        booking_id=row.booking_id,
        owner_id=row.owner_id,
        name=row.name,
        content_type=row.content_type,
        size=row.size,
        shared_at=row.shared_at,
        is_mine=mine,
        may_remove=mine and may_remove(booking),
    )
