"""What invoices hears. Every listener may run twice, late, and in any order without harm."""

from __future__ import annotations

from cilis.domains import bookings, credits, payments
from cilis.domains.invoices import service
from cilis.infra.outbox import listens_to


@listens_to(bookings.BookingConfirmed)
def write_paper(event: bookings.BookingConfirmed) -> None:
    """A booking is paid and will take place."""
    service.issue_for_booking(event.booking_id)


@listens_to(bookings.BookingMoved)
def write_paper_of_difference(event: bookings.BookingMoved) -> None:
    """A session became another one, perhaps a dearer one."""
    service.issue_for_booking(event.booking_id)


@listens_to(credits.CreditOpened)
def write_receipt_of_credit(event: credits.CreditOpened) -> None:
    """Credit that was bought, or given, can be used."""
    service.issue_for_credit(event.credit_id)


@listens_to(payments.RefundSettled)
def write_credit_note(event: payments.RefundSettled) -> None:
    """Money went back."""
    service.credit_refunds(event.attempt_id)
