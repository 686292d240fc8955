"""What a session costs, what makes it cheaper, and what of it credit pays."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from cilis.domains import bookings
from cilis.infra.i18n import gettext, translated
from cilis.kit.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A session's price in its parts; ``discount`` names what makes it cheaper, "" for nothing."""

    full: Money
    price: Money
    by_credit: Money
    discount: str = ""

    @property
    def off(self) -> Money:
        """What the session is cheaper by."""
        return self.full - self.price

    @property
    def due(self) -> Money:
        """What is left after the credit."""
        return self.price - self.by_credit


def bill_of(session: Session, booking: bookings.Booking) -> Bill:
    """The bill of a booking as it stands; nothing that went back is taken off."""
    return Bill(
        full=booking.full_price,
        price=booking.price,
        by_credit=bookings.by_credit(session, booking),
        discount=_named(booking),
    )


def with_choice(
    bill: Bill, booking: bookings.Booking, choice: bookings.CreditChoice | None
) -> Bill:
    """A hold's bill if its client chose this credit now; None: none."""
    if choice is None:
        return replace(bill, by_credit=Money(0, bill.price.currency), discount=_code(booking))
    if choice.sessions_left is None:
        return replace(bill, by_credit=choice.pays)
    name = gettext("Package “%(name)s”", name=translated(choice.name))
    return Bill(full=bill.full, price=choice.price, by_credit=choice.pays, discount=name)


def _named(booking: bookings.Booking) -> str:
    if booking.discount.get("kind") == "package":
        return gettext("Package “%(name)s”", name=booking.discount["label"])
    return _code(booking)


def _code(booking: bookings.Booking) -> str:
    if booking.discount.get("kind") != "coupon":
        return ""
    return gettext("Code %(code)s", code=booking.discount["label"])
