"""One booking: how it stands, live; what it is about; the entry for a calendar."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import bookings, notifications
from cilis.domains.bookings import BookingState
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.schemas import Strict, Text
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, error_text
from cilis.kit.errors import InvalidInput
from cilis.web.views import forms
from cilis.web.views import standing as standings
from cilis.web.views.visits import LIVE_EVENTS

pages = Blueprint("booking_pages", __name__)
_ON_A_CALENDAR = frozenset({BookingState.CONFIRMED, BookingState.COMPLETED})


class AboutForm(Strict):
    """What it is about, in the client's own words."""

    text = Text(load_default="", most=4000)


@pages.get("/bookings/<uuid:booking_id>")
@policy(PUBLIC)
def show(booking_id: UUID) -> Response:
    """The booking; a browser that held an hour sees its own without an account."""
    return _page("booking/show.html", booking_id)


@pages.get("/bookings/<uuid:booking_id>/live")
@policy(PUBLIC)
def live(booking_id: UUID) -> Response:
    """The inner part again, fetched when something about the booking changed."""
    return _page("booking/_live.html", booking_id)


@pages.post("/bookings/<uuid:booking_id>/about")
@policy(SIGNED_IN)
def describe(booking_id: UUID) -> Response:
    """Keep what the client wrote."""
    try:
        bookings.describe(booking_id, viewer(), load_form(AboutForm)["text"])
    except InvalidInput as refusal:
        return _page("booking/show.html", booking_id, errors=refusal.fields)
    except (bookings.NotPossibleNow, bookings.HoldExpired) as refusal:
        notice(error_text(refusal.code, **refusal.values), "caution")
    else:
        notice(N_("Saved."))
    return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)


@pages.get("/bookings/<uuid:booking_id>/calendar.ics")
@policy(SIGNED_IN)
def calendar(booking_id: UUID) -> Response:
    """The session as a calendar entry; the same entry that the mails carry."""
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        if booking.state not in _ON_A_CALENDAR:
            raise bookings.BookingNotFound(f"{booking_id} is {booking.state}")
        content = notifications.calendar_file(session, viewer(), booking_id)
    response = make_response(content)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers.set("Content-Disposition", "attachment", filename=f"{booking.reference}.ics")
    return response


def _page(
    template: str, booking_id: UUID, *, errors: dict[str, list[str]] | None = None
) -> Response:
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        standing = standings.standing(
            session, booking, viewer(), returned="returned" in request.args
        )
    html = render_template(
        template,
        standing=standing,
        visit=standing.visit,
        typed=forms.typed(request.form),
        errors=errors or {},
        deadline=standings.deadline(standing.preview),
        live_events=LIVE_EVENTS,
    )
    return make_response(html, 422 if errors else 200)
