"""Giving a booking up, by either side or by staff in the name of one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import NotPossibleNow, NotYours, TooLate
from cilis.domains.bookings.events import BookingCancelled
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.queries import Side
from cilis.domains.bookings.service.changes import (
    change,
    close_proposal,
    free_the_hour,
    let_go,
    say_why,
    tell,
)
from cilis.domains.bookings.service.earnings import count_grace
from cilis.domains.bookings.service.funds import give_back, keep_discount
from cilis.domains.bookings.service.policy import cancellation
from cilis.domains.bookings.types import BookingState, ProposalState, Step, What
from cilis.infra import idempotency
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.viewer import Viewer

_GIVES_UP = {BookingState.PENDING, BookingState.CONFIRMED}


def cancel(
    booking_id: UUID, viewer: Viewer, reason: str = "", *, on_behalf_of: Side | None = None
) -> Booking:
    """Give a booking up. Experts and staff give everything back, clients by the frozen tiers.

    A hold is simply let go. Cancelling what is cancelled changes nothing. Staff may act in the
    name of the client (``on_behalf_of``), by whose tiers the money then comes back.

    Raises:
        BookingNotFound: no such booking for this viewer.
        NotPossibleNow: it is over, or never came to be.
        TooLate: the session has begun.
        NotYours: only staff acts on somebody's behalf.
        InvalidInput: experts and staff give a ``reason``.
    """
    with transaction() as session:
        booking, side = queries.lock_visible(session, viewer, booking_id)
        idempotency.made(session, booking.id)
        if booking.state in {BookingState.CANCELLED, BookingState.EXPIRED}:
            return booking
        if booking.state == BookingState.HELD:
            let_go(session, booking, Step(What.GIVEN_UP, viewer.person_id, _why(reason)))
            return booking
        _check(booking, side, reason, on_behalf_of)
        give_up(session, booking, (side, on_behalf_of or side), viewer.person_id, reason)
    return booking


def give_up(
    session: Session,
    booking: Booking,
    sides: tuple[Side, Side],
    actor: UUID | None,
    reason: str,
) -> None:
    """Cancel a locked booking: ``sides`` are who does it and by whose rules money comes back."""
    by, rules = sides
    found = cancellation(session, booking, by=rules, hold=True)
    count_grace(session, booking, found.altogether)
    keep_discount(session, booking, found.percent)
    amount = give_back(session, booking, found.refund, f"cancelled_by_{by}", actor)
    detail = {**_why(reason), "by": by, "refund_minor": amount.minor}
    if rules != by:
        detail["on_behalf_of"] = rules
    booking.disputed_at = None  # what did not take place needs no finding
    change(session, booking, BookingState.CANCELLED, Step(What.CANCELLED, actor, detail))
    booking.decided_at = clock.now()
    close_proposal(session, booking, ProposalState.OVERTAKEN)
    free_the_hour(session, booking)
    tell(session, booking, BookingCancelled, refund_minor=amount.minor, by=by)


def _check(booking: Booking, side: Side, reason: str, on_behalf_of: Side | None) -> None:
    if on_behalf_of is not None and side != "staff":
        raise NotYours("only staff acts for somebody else")
    if booking.state not in _GIVES_UP:
        raise NotPossibleNow(f"booking is {booking.state}", state=booking.state.value)
    if side != "staff" and booking.starts_at <= clock.now():
        raise TooLate("the session has begun")
    say_why(side, reason)


def _why(reason: str) -> dict[str, str | int]:
    return {"reason": reason} if reason else {}
