"""What a notice notes when it is written down: names, times and amounts, never whole texts."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from cilis.domains import bookings, credits, experts, identity, payments
from cilis.domains.notifications.types import Side
from cilis.kit.money import Money


def of_booking(session: Session, booking: bookings.Booking) -> dict[Side, dict[str, Any]]:
    """What each side is told of a booking: the other one's name, the service, the hour."""
    shared: dict[str, Any] = {
        "service": dict(booking.service_name),
        "starts_at": booking.starts_at.isoformat(),
    }
    people = identity.people(session, [booking.client_id] if booking.client_id else [])
    client = next(iter(people.values()), None)
    card = experts.card(session, booking.expert_id)
    return {
        Side.CLIENT: {**shared, "name": card.title},
        Side.EXPERT: {**shared, "name": client.name if client else ""},
    }


def of_attempt(session: Session, attempt: payments.Attempt) -> dict[str, Any]:
    """What a payer is told of a payment: the amount, and the booking it was for."""
    return {**of_money(attempt.amount), **_place(session, attempt)}


def of_refund(session: Session, refund: payments.Refund) -> dict[str, Any]:
    """What a payer is told of a refund: its amount, and the booking it was for."""
    attempt = payments.attempt(session, refund.attempt_id)
    return {**of_money(refund.amount), **_place(session, attempt)}


def of_credit(credit: credits.Credit, amount: Money) -> dict[str, Any]:
    """What is told of a credit: an amount, the package's name, and its page."""
    return {**of_money(amount), "service": dict(credit.name), "link": f"/credits/{credit.id}"}


def of_money(amount: Money) -> dict[str, Any]:
    """An amount as a notice notes it."""
    return {"minor": amount.minor, "currency": amount.currency}


def _place(session: Session, attempt: payments.Attempt) -> dict[str, Any]:
    if attempt.about is payments.About.CREDIT:
        return {"link": f"/credits/{attempt.subject_id}"}
    try:
        booking = bookings.get(session, attempt.subject_id)
    except bookings.BookingNotFound:
        return {}
    return {
        "service": dict(booking.service_name),
        "starts_at": booking.starts_at.isoformat(),
        "link": f"/bookings/{booking.id}",
    }
