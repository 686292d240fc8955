"""The services that a session can be moved to, and what each does to the money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, experts
from cilis.infra.i18n import format_money, gettext, translated


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """Another service of the same expert."""

    terms: experts.ServiceTerms
    money: bookings.MovePreview

    @property
    def id(self) -> UUID:
        """The service's id."""
        return self.terms.id

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return translated(self.terms.name)

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return int(self.terms.length.total_seconds()) // 60

    @property
    def difference(self) -> str:
        """What changing to it does to the money, in a few words."""
        if not self.money.to_pay.is_zero:
            return gettext("%(amount)s more", amount=format_money(self.money.to_pay))
        if not self.money.comes_back.is_zero:
            return gettext("%(amount)s comes back", amount=format_money(self.money.comes_back))
        return gettext("nothing to pay")


def service_choices(
    session: Session, booking: bookings.Booking, side: str
) -> Sequence[ServiceChoice]:
    """What this side may choose, by the client's rules.

    Staff asks nobody to pay, so it is shown nothing dearer.
    """
    found = [
        ServiceChoice(terms, bookings.move_preview(session, booking, terms))
        for terms in bookings.choices(session, booking)
    ]
    return [one for one in found if side == "client" or one.money.to_pay.is_zero]
