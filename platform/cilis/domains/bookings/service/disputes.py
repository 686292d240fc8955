"""When the two sides disagree about a session, a person of the organization decides."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import NotPossibleNow, NotYours, SessionDecided
from cilis.domains.bookings.events import BookingDecided, BookingDisputed
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.queries import Side
from cilis.domains.bookings.service.changes import (
    change,
    note,
    say_why,
    tell,
)
from cilis.domains.bookings.service.earnings import count_grace, settle_earnings
from cilis.domains.bookings.service.funds import give_back, keep_discount
from cilis.domains.bookings.service.policy import if_missed
from cilis.domains.bookings.service.sessions import must_be_reportable
from cilis.domains.bookings.types import BookingState, Outcome, Step, What
from cilis.infra import idempotency
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer

_MISSED_BY: Mapping[Outcome, Side] = {
    Outcome.CLIENT_MISSED: "client",
    Outcome.EXPERT_MISSED: "expert",
}
_HAS_BEEN = {BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW}


def dispute(booking_id: UUID, viewer: Viewer, reason: str) -> Booking:
    """The client says that the expert did not come, or that they themselves were there.

    Nothing changes before a person has decided. Saying it twice is saying it once.

    Raises:
        BookingNotFound: no such booking for this viewer.
        NotYours: the expert says who was missing by `mark_no_show`.
        NotPossibleNow: there was no session.
        SessionDecided: a person has decided about this session; there is no second round.
        TooEarly, TooLate: from ten minutes after its begin until a week after its end.
        InvalidInput: without a ``reason``.
    """
    with transaction() as session:
        booking, side = queries.lock_visible(session, viewer, booking_id)
        if side != "client":
            raise NotYours("only the client objects")
        idempotency.made(session, booking.id)
        if booking.state not in _HAS_BEEN or booking.missed_by == "expert":
            raise NotPossibleNow(f"booking is {booking.state}", state=booking.state.value)
        if booking.disputed_at is not None:
            return booking
        if queries.is_decided(session, booking.id):
            raise SessionDecided(f"booking {booking_id} is decided")
        must_be_reportable(booking)
        if not reason.strip():
            raise InvalidInput({"reason": ["required"]})
        booking.disputed_at = clock.now()
        session.flush()
        note(session, booking, Step(What.DISPUTED, viewer.person_id, {"reason": reason}))
        tell(session, booking, BookingDisputed)
    return booking


def decide(booking_id: UUID, outcome: Outcome, viewer: Viewer, reason: str) -> Booking:
    """A member of staff finds what happened; who did not come decides what comes back.

    Raises:
        BookingNotFound: no such booking for this viewer.
        NotYours: only staff decides.
        NotPossibleNow: nobody objects.
        InvalidInput: without a ``reason``; both sides read it.
    """
    with transaction() as session:
        booking, side = queries.lock_visible(session, viewer, booking_id)
        if side != "staff":
            raise NotYours("only staff decides")
        idempotency.made(session, booking.id)
        if booking.disputed_at is None:
            raise NotPossibleNow("nobody objects", state=booking.state.value)
        say_why(side, reason)
        refund = Money(0, booking.currency)
        missed_by = _MISSED_BY.get(outcome)
        if missed_by is not None:
            found = if_missed(session, booking, missed_by, hold=True)
            count_grace(session, booking, found.altogether)
            keep_discount(session, booking, found.percent)
            refund = found.refund
        if not refund.is_zero or outcome == Outcome.EXPERT_MISSED:
            refund = give_back(session, booking, refund, f"{missed_by}_missed", viewer.person)
        _write(session, booking, outcome, viewer.person, (reason, refund))
        tell(session, booking, BookingDecided, outcome=outcome.value, refund_minor=refund.minor)
    return booking


def _write(
    session: Session, booking: Booking, outcome: Outcome, actor: UUID, said: tuple[str, Money]
) -> None:
    reason, refund = said
    booking.disputed_at = None
    booking.missed_by = _MISSED_BY.get(outcome)
    to = BookingState.NO_SHOW if booking.missed_by else _after(booking)
    detail = {"reason": reason, "outcome": outcome.value, "refund_minor": refund.minor}
    step = Step(What.DECIDED, actor, detail)
    if to == booking.state:
        session.flush()
        note(session, booking, step)
        settle_earnings(session, booking)
    else:
        change(session, booking, to, step)


def _after(booking: Booking) -> BookingState:
    """What a session that took place is now: over, or, decided while it runs, still confirmed."""
    if booking.state == BookingState.CONFIRMED and booking.ends_at > clock.now():
        return BookingState.CONFIRMED
    return BookingState.COMPLETED
