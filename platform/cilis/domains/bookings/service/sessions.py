"""What becomes of a session when its time has come."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import NotPossibleNow, NotYours, TooEarly, TooLate
from cilis.domains.bookings.events import BookingCompleted, BookingMissed
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.queries import Side
from cilis.domains.bookings.service.changes import (
    change,
    close_proposal,
    say_why,
    tell,
)
from cilis.domains.bookings.service.earnings import count_grace
from cilis.domains.bookings.service.funds import give_back, keep_discount
from cilis.domains.bookings.service.policy import if_missed
from cilis.domains.bookings.types import (
    REPORT_NO_SHOW_WITHIN,
    WAIT_FOR_OTHERS,
    BookingState,
    ProposalState,
    Step,
    What,
)
from cilis.infra import idempotency
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.viewer import Viewer


def complete(booking_id: UUID) -> None:
    """The session's time is over. A session that was moved has a later timer of its own."""
    with transaction() as session:
        booking = queries.lock(session, booking_id)
        if booking.state != BookingState.CONFIRMED or booking.ends_at > clock.now():
            return
        close_proposal(session, booking, ProposalState.OVERTAKEN)
        change(session, booking, BookingState.COMPLETED, Step(What.OVER))
        tell(session, booking, BookingCompleted)


def mark_no_show(
    booking_id: UUID, viewer: Viewer, reason: str = "", *, missed_by: Side = "client"
) -> Booking:
    """The expert or staff says who did not come.

    A client who did not come gets back what the frozen rules say, usually nothing; for an expert
    who did not come everything goes back. The client's word against the expert's is `dispute`.

    Raises:
        BookingNotFound: no such booking for this viewer.
        NotYours: only the expert or staff says so.
        TooEarly: the other side may still come.
        TooLate: it is long over.
        NotPossibleNow: it was never to take place, the other one is said to have missed it, or
            the organization has decided otherwise.
        InvalidInput: staff gives a ``reason``.
    """
    with transaction() as session:
        booking, side = queries.lock_visible(session, viewer, booking_id)
        if side == "client":
            raise NotYours("a client cannot say so")
        idempotency.made(session, booking.id)
        if booking.state == BookingState.NO_SHOW and booking.missed_by == missed_by:
            return booking
        must_be_reportable(booking)
        if side == "staff":
            say_why(side, reason)
        elif missed_by == "client" and queries.is_decided(session, booking.id):
            raise NotPossibleNow("a person has decided", state=booking.state.value)
        step = Step(What.NO_SHOW, viewer.person_id, {"reason": reason} if reason else {})
        miss(session, booking, missed_by, step)
    return booking


def must_be_reportable(booking: Booking) -> None:
    """Refuse what comes before anybody counts as missing, or long after."""
    now = clock.now()
    if booking.starts_at + WAIT_FOR_OTHERS > now:
        raise TooEarly("the other side may still come")
    if booking.ends_at + REPORT_NO_SHOW_WITHIN < now:
        raise TooLate("the session is long over")


def miss(session: Session, booking: Booking, missed_by: Side, step: Step) -> None:
    """Write down who did not come, and give back what the rules say.

    A missing expert gives everything back; for a missing client the organization's share.
    """
    found = if_missed(session, booking, missed_by, hold=True)
    count_grace(session, booking, found.altogether)
    keep_discount(session, booking, found.percent)
    refund = found.refund
    if missed_by == "expert" or not refund.is_zero:
        refund = give_back(session, booking, refund, f"{missed_by}_missed", step.actor)
    if missed_by == "expert":
        booking.disputed_at = None  # the client is right: nobody has to decide any more
    booking.missed_by = missed_by
    detail = {**step.detail, "missed_by": missed_by, "refund_minor": refund.minor}
    change(session, booking, BookingState.NO_SHOW, Step(step.what, step.actor, detail))
    close_proposal(session, booking, ProposalState.OVERTAKEN)
    tell(session, booking, BookingMissed, missed_by=missed_by, refund_minor=refund.minor)
