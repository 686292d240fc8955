"""The expert's desk: today with names first, requests to answer, the week as a list."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import bookings, calendars, experts
from cilis.domains.bookings import BookingState
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, local
from cilis.kit import clock
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.views import desk as desks
from cilis.web.views import forms
from cilis.web.views.days import day_of
from cilis.web.views.hours import monday_of
from cilis.web.views.visits import LIVE_EVENTS, visit
from cilis.web.visit import organization

pages = Blueprint("desk_pages", __name__)


class DeclineForm(Strict):
    """Why not; the client reads it."""

    reason = Text(required=True, least=1, most=500)


@pages.get("/desk")
@policy("expert")
def today() -> Response:
    """The day, the requests, the week."""
    return _page("desk/today.html")


@pages.get("/desk/live")
@policy("expert")
def live() -> Response:
    """The inner part of the desk again, when something changed."""
    return _page("desk/_live.html")


@pages.get("/desk/requests")
@policy("expert")
def requests() -> Response:
    """Only what waits for an answer."""
    return _page("desk/requests.html")


@pages.post("/desk/requests/<uuid:booking_id>/acceptance")
@policy("expert")
def accept(booking_id: UUID) -> Response:
    """Say yes; a repeat leads to the same page."""
    try:
        bookings.accept(booking_id, viewer())
    except (bookings.NotPossibleNow, bookings.TooLate) as refusal:
        return _refused(booking_id, refusal)
    notice(N_("Accepted. The client gets a mail with the calendar invite."))
    return _back(booking_id)


@pages.get("/desk/requests/<uuid:booking_id>/refusal")
@policy("expert")
def refuse(booking_id: UUID) -> Response:
    """The question before a no, on a page of its own: nothing that is typed gets lost."""
    return _decline_page(booking_id)


@pages.post("/desk/requests/<uuid:booking_id>/refusal")
@policy("expert")
def decline(booking_id: UUID) -> Response:
    """Say no with a reason; everything goes back to the client."""
    try:
        bookings.decline(booking_id, viewer(), load_form(DeclineForm)["reason"])
    except InvalidInput as refusal:
        return _decline_page(booking_id, refusal.fields)
    except bookings.NotPossibleNow as refusal:
        return _refused(booking_id, refusal)
    notice(N_("Declined. The client reads your reason and gets everything back."))
    return _back(booking_id)


def _decline_page(booking_id: UUID, errors: dict[str, list[str]] | None = None) -> Response:
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        if bookings.side_of(booking, viewer()) != "expert":
            raise bookings.BookingNotFound(f"{booking_id} is not the viewer's to answer")
        shown = visit(session, booking, "expert")
    if booking.state != BookingState.PENDING:
        return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)
    html = render_template(
        "desk/decline.html", visit=shown, typed=forms.typed(request.form), errors=errors or {}
    )
    return make_response(html, 422 if errors else 200)


def _refused(booking_id: UUID, refusal: DomainError) -> Response:
    refused(refusal.code, **refusal.values)
    return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)


def _back(booking_id: UUID) -> Response:
    came_from = request.headers.get("Referer", "")
    if came_from.endswith(f"/bookings/{booking_id}"):
        return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)
    return redirect(url_for("desk_pages.today"), 303)


def _page(template: str) -> Response:
    with reading() as session:
        expert_id = experts.expert_of_person(session, viewer().person)
        if expert_id is None:
            return redirect(url_for("apply_pages.show"), 303)
        person, currency = viewer().person, organization().currency
        desk = desks.desk(session, expert_id, _monday(), person_id=person, currency=currency)
        unread = calendars.unread(session, expert_id)
    html = render_template(
        template,
        desk=desk,
        unread_calendars=unread,
        now=clock.now(),
        live_events=LIVE_EVENTS,
        badges={"requests": len(desk.requests)},
    )
    return make_response(html)


def _monday() -> date:
    day = day_of(request.args.get("week", "")) or local(clock.now()).date()
    return monday_of(min(max(day, date(2000, 1, 3)), date(2099, 12, 1)))
