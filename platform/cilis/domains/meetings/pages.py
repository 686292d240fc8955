"""The door of the room: in, or a friendly word why not yet or no more."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template
from werkzeug import Response

from cilis.domains import bookings, identity
from cilis.domains.meetings import queries, service
from cilis.domains.meetings.errors import MeetingNotReady, MeetingOver, NotYet
from cilis.domains.meetings.types import MeetingState
from cilis.infra.db import reading
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.kit import clock

pages = Blueprint("meeting_pages", __name__, template_folder="templates")


@pages.route("/bookings/<uuid:booking_id>/room", methods=["GET", "POST"])
@policy(SIGNED_IN)
def enter(booking_id: UUID) -> Response | tuple[str, int]:
    """Go into the room; before, after and without one, say so and lead back to the booking."""
    try:
        return redirect(service.join(booking_id, viewer()), 303)
    except (NotYet, MeetingOver, MeetingNotReady) as refusal:
        return _waiting(booking_id, refusal.code), int(refusal.status)


@pages.get("/bookings/<uuid:booking_id>/waiting")
@policy(SIGNED_IN)
def wait(booking_id: UUID) -> str:
    """The same page without going in: it reads itself again, and then the door is there."""
    return _waiting(booking_id)


def _waiting(booking_id: UUID, code: str = "") -> str:
    with reading() as session:
        times, state = service.window(session, viewer(), booking_id)
        booking = bookings.get(session, booking_id)
        other_id = (
            booking.client_id
            if viewer().person == booking.expert_person_id
            else booking.expert_person_id
        )
        other = identity.people(session, [other_id] if other_id else []).get(other_id or booking_id)
        came = {join.person_id for join in queries.joins_of(session, booking_id)}
    return render_template(
        "meetings/waiting.html",
        booking=booking,
        booking_id=booking_id,
        window=times,
        code=code or _code(booking, times.is_open(clock.now()), state),
        other=other.name if other else "",
        other_is_there=other_id in came,
        live_events="meetings.joined bookings.moved bookings.cancelled",
    )


def _code(booking: bookings.Booking, is_open: bool, state: MeetingState) -> str:
    """What keeps the reader out; "" when the door is open."""
    if not service.takes_place(booking) or state == MeetingState.CLOSED:
        return MeetingOver.code
    if is_open:
        return "" if state == MeetingState.OPEN else MeetingNotReady.code
    return NotYet.code if clock.now() < booking.starts_at else MeetingOver.code
