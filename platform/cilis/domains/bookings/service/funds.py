"""Where a booking's money is: sent back the way it came, by gateway first and by credit last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import credits, payments
from cilis.domains.bookings import queries
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.types import WayBack
from cilis.kit.money import Money


def give_back(
    session: Session, booking: Booking, amount: Money, reason: str, by: UUID | None
) -> Money:
    """Send money back to the client; returns how much, nothing where no money came.

    Together with what the staff gave back before it is never more than was paid.
    """
    sent = send_back(session, booking, amount, reason, by)
    booking.refund_minor = (booking.refund_minor or 0) + sent.minor
    return sent


def send_back(
    session: Session,
    booking: Booking,
    amount: Money,
    reason: str,
    by: UUID | None,
    *,
    key: str = "",
) -> Money:
    """Give money back of the booking's payments, of the latest first; returns how much went."""
    wanted = amount.minor
    found = queries.payments_of(session, booking)
    left = {one: _left(session, one) for one in found}  # locked in one order, oldest first
    for attempt_id in reversed(found):
        part = min(wanted, left[attempt_id])
        if part > 0:
            back = Money(part, booking.currency)
            payments.request_refund(session, attempt_id, back, reason, by, key=key)
            wanted -= part
    return Money(amount.minor - wanted, booking.currency)


def way_back(session: Session, booking: Booking, amount: Money) -> WayBack:
    """How money would go back if it went now: what becomes credit again, and the rest."""
    paid = queries.payments_of(session, booking)
    here = {one: _here(session, one) for one in paid}
    of_credit = set(booking.credit_attempt_ids)
    by_gateway = sum(minor for one, minor in here.items() if one not in of_credit)
    as_credit = sum(minor for one, minor in here.items() if one in of_credit)
    first = min(amount.minor, by_gateway)
    again = min(amount.minor - first, as_credit)
    return WayBack(Money(first, amount.currency), Money(again, amount.currency))


def by_credit(session: Session, booking: Booking) -> Money:
    """What was paid by credit, before anything went back."""
    return credit_in(session, [booking]).get(booking.id, Money(0, booking.currency))


def credit_in(session: Session, found: Iterable[Booking | sa.Row[Any]]) -> dict[UUID, Money]:
    """What was paid by credit for each of these that it was paid for with, in one query at most."""
    used = {one.id: one.credit_attempt_ids for one in found if one.credit_attempt_ids}
    amounts = payments.amounts(session, [each for some in used.values() for each in some])
    return {
        booking_id: Money(sum(amounts[one].minor for one in some), amounts[some[0]].currency)
        for booking_id, some in used.items()
    }


def due(session: Session, booking: Booking) -> Money:
    """What a hold's client still has to pay."""
    return booking.price - by_credit(session, booking)


def undo_credit(session: Session, booking: Booking) -> None:
    """Give a hold's payments by credit back, and with them the session of a package."""
    for attempt_id in booking.credit_attempt_ids:
        payments.came_in_vain(session, attempt_id)
        amount = Money(_left(session, attempt_id), booking.currency)
        if not amount.is_zero:  # the staff may have given it back before
            payments.request_refund(session, attempt_id, amount, "hold_ended", None)
    booking.credit_attempt_ids = []
    if booking.discount.get("kind") == "package":
        booking.price_minor, booking.discount = booking.full_price.minor, {}
    session.flush()


def let_funds_go(session: Session, booking: Booking) -> None:
    """A hold came to nothing: its credit and its coupon can be used again.

    What the price was stays written down, for money that comes late.
    """
    undo_credit(session, booking)
    if booking.discount.get("kind") == "coupon":
        credits.release_coupon(session, booking.id)


def keep_discount(session: Session, booking: Booking, percent: int) -> None:
    """So many percent of a price go back, so only the rest of the discount was granted.

    Where all goes back, the coupon can be used again.
    """
    if not booking.discount:
        return
    granted = Money(int(booking.discount["minor"]), booking.currency)
    kept = granted - granted.percent(percent)
    booking.discount = {**booking.discount, "kept_minor": kept.minor}
    if percent >= 100 and booking.discount["kind"] == "coupon":
        credits.release_coupon(session, booking.id)
    session.flush()


def _left(session: Session, attempt_id: UUID) -> int:
    """What of a payment is still here, in minor units; it stays so until the transaction ends."""
    return _here(session, attempt_id, hold=True)


def _here(session: Session, attempt_id: UUID, *, hold: bool = False) -> int:
    back = payments.refunded_minor(session, attempt_id, hold=hold)
    return max(0, payments.attempt(session, attempt_id).amount_minor - back)
