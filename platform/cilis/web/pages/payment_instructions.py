"""How to pay without a gateway: the account or the desk, the reference, until when."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import bookings, extensions, payments
from cilis.domains.bookings import BookingState
from cilis.infra.db import reading
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import current_language
from cilis.web.views.visits import LIVE_EVENTS, visit

pages = Blueprint("payment_instruction_pages", __name__)


@pages.get("/payments/<uuid:payment_id>/instructions")
@policy(SIGNED_IN)
def show(payment_id: UUID) -> Response:
    """The instructions while the hour waits for its money; afterwards the booking says it."""
    with reading() as session:
        attempt = payments.visible(session, viewer(), payment_id)
        booking = bookings.visible(session, viewer(), attempt.subject_id)
        shown = visit(session, booking, bookings.side_of(booking, viewer()) or "staff")
    waits = booking.state == BookingState.HELD and attempt.state in payments.LIVE_STATES
    try:
        found = payments.instructions(payment_id, viewer()) if waits else None
    except (payments.NotByHand, extensions.ExtensionOff):
        found = None
    if found is None:
        if "HX-Request" in request.headers:  # an open page looks again: it is told in its place
            return make_response(render_template("checkout/settled.html", visit=shown))
        return redirect(url_for("booking_pages.show", booking_id=booking.id), 303)
    notes = found.notes
    html = render_template(
        "checkout/instructions.html",
        visit=shown,
        attempt=attempt,
        method=payments.title(attempt.provider, attempt.way),
        found=found,
        note=notes.get(current_language()) or next(iter(notes.values()), ""),
        live_events=LIVE_EVENTS,
    )
    return make_response(html)
