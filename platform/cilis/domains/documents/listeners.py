"""What documents hears. Every listener may run twice, late, and in any order without harm."""

from __future__ import annotations

from cilis.domains import bookings
from cilis.domains.documents import service
from cilis.domains.documents.events import UnusedDocuments
from cilis.infra.outbox import listens_to


@listens_to(bookings.BookingExpired)
def plan_forgetting(event: bookings.BookingExpired) -> None:
    """A hold is gone; late money may still bring it back."""
    service.plan_forgetting(event.booking_id)


@listens_to(UnusedDocuments, slow=True)
def forget_unused(event: UnusedDocuments) -> None:
    """Nothing came of the hour."""
    service.forget_unused(event.booking_id)
