"""Sharing, opening and taking back papers."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import bookings
from cilis.domains.bookings import BookingState
from cilis.domains.documents import queries
from cilis.domains.documents.errors import (
    DocumentInUse,
    DocumentNotFound,
    SharingOver,
    TooManyDocuments,
)
from cilis.domains.documents.events import DocumentRemoved, DocumentShared, UnusedDocuments
from cilis.domains.documents.models import BookingDocument
from cilis.domains.documents.types import (
    KEEP_UNUSED,
    MOST_BYTES,
    MOST_OF_ONE_SIDE,
    RATE,
    Document,
    DocumentFile,
)
from cilis.infra import audit, files, idempotency, limits, outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

_CAME_TO_NOTHING = {BookingState.EXPIRED, BookingState.CANCELLED}


def share(booking_id: UUID, content: bytes, name: str, viewer: Viewer) -> Document:
    """Share a paper with the other side of a booking. Its type is read from its content.

    The file is stored first and outside the transaction; if the row cannot be written it is
    removed again.

    Raises:
        NotSignedIn: papers belong to a person.
        BookingNotFound: no such booking for this viewer, or the viewer is only staff.
        SharingOver: the booking came to nothing, or was long ago.
        TooManyDocuments: this side shares as many as one booking takes.
        InvalidInput: on ``file``: empty, too large, or of a type that is not taken.
        TooMany: more than a person shares within an hour.
    """
    person_id = viewer.person
    with reading() as session:
        _check(session, booking_id, viewer)
    if len(content) > MOST_BYTES:
        raise InvalidInput({"file": ["file_too_large"]})
    kind = files.sniff(content, name)
    limits.hit("documents.share", str(person_id), RATE)
    stored = files.save(content, content_type=kind, name=name)
    try:
        with transaction() as session:
            booking = _check(session, booking_id, viewer, lock=True)
            row = BookingDocument(
                id=ids.new(),
                booking_id=booking_id,
                owner_id=person_id,
                file_key=stored.key,
                name=stored.name,
                content_type=stored.content_type,
                size=stored.size,
                digest=stored.digest,
                shared_at=clock.now(),
            )
            session.add(row)
            session.flush()
            _record(session, "documents.shared", row)
            event = DocumentShared(
                document_id=row.id,
                booking_id=booking_id,
                owner_id=person_id,
                to_person_id=_other(booking, person_id),
            )
            outbox.emit(session, event, subject=booking_id)
            idempotency.made(session, row.id)
            return queries.shown(row, booking, viewer)
    except BaseException:
        files.take_back(stored.key)
        raise


def document(document_id: UUID, viewer: Viewer) -> Document:
    """What is known of one paper; raises DocumentNotFound."""
    with reading() as session:
        row, booking = queries.row_for(session, viewer, document_id)
        return queries.shown(row, booking, viewer)


def open_document(
    document_id: UUID, viewer: Viewer, booking_id: UUID | None = None
) -> DocumentFile:
    """A paper's bytes; every opening is checked anew, and the other side's is written down.

    Raises:
        DocumentNotFound: unknown, of another booking, or not this viewer's to read.
    """
    with transaction() as session:
        row, _ = queries.row_for(session, viewer, document_id)
        if booking_id is not None and row.booking_id != booking_id:
            raise DocumentNotFound(f"document {document_id} is of another booking")
        if row.owner_id != viewer.person_id:
            audit.record(session, "documents.opened", row.id, actor=viewer.person_id)
        name, kind, key = row.name, row.content_type, row.file_key
    return DocumentFile(name, kind, files.read(key))


def remove(document_id: UUID, viewer: Viewer, booking_id: UUID | None = None) -> None:
    """Take back a paper of one's own, before the session.

    Raises:
        DocumentNotFound: unknown, of another booking, or somebody else's.
        DocumentInUse: the session has begun.
    """
    with transaction() as session:
        row, booking = queries.row_for(session, viewer, document_id, lock=True)
        if row.owner_id != viewer.person_id or (booking_id or row.booking_id) != row.booking_id:
            raise DocumentNotFound(f"document {document_id} is not the viewer's")
        if not queries.may_remove(booking):
            raise DocumentInUse(f"the session of {row.booking_id} has begun")
        files.drop(session, row.file_key)
        _record(session, "documents.removed", row)
        event = DocumentRemoved(
            document_id=row.id,
            booking_id=row.booking_id,
            owner_id=row.owner_id,
            to_person_id=_other(booking, row.owner_id),
        )
        outbox.emit(session, event, subject=row.booking_id)
        session.delete(row)


def plan_forgetting(booking_id: UUID) -> None:
    """A hold is gone: look again later whether its papers are still of use."""
    with transaction() as session:
        event = UnusedDocuments(booking_id=booking_id)
        if queries.count_of(session, booking_id):
            outbox.emit(session, event, at=clock.now() + KEEP_UNUSED, subject=booking_id)


def forget_unused(booking_id: UUID) -> None:
    """Forget the papers of a booking that came to nothing; repeatable."""
    with transaction() as session:
        booking = bookings.get(session, booking_id)
        if booking.state not in _CAME_TO_NOTHING:
            return
        for row in queries.rows_of(session, booking_id):
            _record(session, "documents.forgotten", row, actor=None)
            files.drop(session, row.file_key)
            session.delete(row)


def _check(
    session: Session, booking_id: UUID, viewer: Viewer, *, lock: bool = False
) -> bookings.Booking:
    booking = bookings.visible(session, viewer, booking_id)
    if queries.part_of(booking, viewer) is None:
        raise bookings.BookingNotFound(f"{booking_id}: only its two people share papers")
    if not queries.may_share(booking):
        raise SharingOver(f"booking is {booking.state}", state=booking.state.value)
    if lock:  # two uploads at once count one after the other
        queue = sa.func.hashtextextended(f"documents:{booking_id}:{viewer.person_id}", 0)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(queue)))
    mine = session.scalar(
        sa.select(sa.func.count()).where(
            BookingDocument.booking_id == booking_id,
            BookingDocument.owner_id == viewer.person_id,
        )
    )
    if (mine or 0) >= MOST_OF_ONE_SIDE:
        raise TooManyDocuments(str(booking_id), limit=MOST_OF_ONE_SIDE)
    return booking


def _other(booking: bookings.Booking, person_id: UUID) -> UUID | None:
    """Who is on the other side; nobody is told of papers for an hour that is only held."""
    if booking.state == BookingState.HELD:
        return None
    return booking.client_id if person_id == booking.expert_person_id else booking.expert_person_id


def _record(
    session: Session, action: str, row: BookingDocument, *, actor: UUID | None = None
) -> None:
    detail = {"booking_id": str(row.booking_id), "size": row.size, "digest": row.digest}
    who = actor if action == "documents.forgotten" else row.owner_id
    audit.record(session, action, row.id, actor=who, detail=detail)
