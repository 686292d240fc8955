"""What messaging hears. Every listener may run twice, late, and in any order without harm."""

from __future__ import annotations

from cilis.domains import bookings
from cilis.domains.messaging import service
from cilis.domains.messaging.events import UnreadDue, UploadLapsed
from cilis.domains.messaging.types import NoticeKind
from cilis.infra.outbox import listens_to


@listens_to(bookings.BookingRequested)
def note_request(event: bookings.BookingRequested) -> None:
    """Somebody asks for an hour: from now on the two can write to each other."""
    service.note_booking(event.booking_id, NoticeKind.REQUESTED)


@listens_to(bookings.BookingConfirmed)
def note_confirmation(event: bookings.BookingConfirmed) -> None:
    """They will meet: from now on the two can write to each other."""
    service.note_booking(event.booking_id, NoticeKind.CONFIRMED)


@listens_to(bookings.BookingMoved)
def note_move(event: bookings.BookingMoved) -> None:
    """The hour changed."""
    service.note_booking(event.booking_id, NoticeKind.MOVED, str(event.old_starts_at))


@listens_to(bookings.BookingCancelled)
def note_cancelling(event: bookings.BookingCancelled) -> None:
    """They will not meet."""
    service.note_booking(event.booking_id, NoticeKind.CANCELLED)


@listens_to(bookings.BookingDeclined)
def note_refusal(event: bookings.BookingDeclined) -> None:
    """The expert said no, or nothing."""
    service.note_booking(event.booking_id, NoticeKind.DECLINED)


@listens_to(UnreadDue)
def tell_unread(event: UnreadDue) -> None:
    """A message should have been read by now."""
    service.tell_unread(event.message_id)


@listens_to(UploadLapsed, slow=True)
def forget_upload(event: UploadLapsed) -> None:
    """A file should have been sent by now."""
    service.forget_upload(event.file_id)
