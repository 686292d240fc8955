"""The blueprint, and what all of its modules show."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains.bookings import queries, service
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.schemas import show
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "bookings",
    __name__,
    url_prefix="/api/v1/bookings",
    description="Hours with experts, from the hold to the end of the session.",
)


def shown(booking: Booking) -> dict[str, Any]:
    """A booking as the present viewer sees it, at the end of a use case."""
    if not booking.credit_attempt_ids:
        return show(booking, queries.side_of(booking, viewer()))
    with reading() as session:
        return _shown(session, booking)


def shown_again(booking_id: UUID) -> dict[str, Any]:
    """The same, read anew."""
    with reading() as session:
        return _shown(session, queries.visible(session, viewer(), booking_id))


def _shown(session: Session, booking: Booking) -> dict[str, Any]:
    paid = service.by_credit(session, booking)
    return show(booking, queries.side_of(booking, viewer()), paid)
