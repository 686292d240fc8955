"""The door of the room: in, or a friendly word why not yet or no more."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template
from werkzeug import Response

from cilis.domains.meetings import service
from cilis.domains.meetings.errors import MeetingNotReady, MeetingOver, NotYet
from cilis.infra.db import reading
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer

pages = Blueprint("meeting_pages", __name__, template_folder="templates")


@pages.route("/bookings/<uuid:booking_id>/room", methods=["GET", "POST"])
@policy(SIGNED_IN)
def enter(booking_id: UUID) -> Response | tuple[str, int]:
    """Go into the room; before, after and without one, say so and lead back to the booking."""
    try:
        return redirect(service.join(booking_id, viewer()), 303)
    except (NotYet, MeetingOver, MeetingNotReady) as refusal:
        with reading() as session:
            times, _ = service.window(session, viewer(), booking_id)
        html = render_template(
            "meetings/waiting.html", booking_id=booking_id, window=times, code=refusal.code
        )
        return html, int(refusal.status)
