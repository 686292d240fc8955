"""Bookings for the staff: find one in seconds, see how it came to be, help."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug import Response

from cilis.domains import bookings, documents, identity
from cilis.domains.bookings import BookingState, Outcome, Search
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text, one_of
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.web.views import days, forms
from cilis.web.views import standing as standings
from cilis.web.views.forms import Errors
from cilis.web.views.visits import LIVE_EVENTS, visits

pages = Blueprint("admin_booking_pages", __name__)
STAFF = ("admin", "support")
_ASKED = ("q", "state", "since", "until", "disputed", "soonest")
_PAGE = 25


class DecisionForm(Strict):
    """What happened, and why we think so."""

    outcome = fields.String(required=True, validate=one_of(*(one.value for one in Outcome)))
    reason = Text(required=True, least=1, most=500)


@pages.get("/admin/bookings")
@policy(*STAFF)
def index() -> str:
    """By code, name or address, by state and day; what waits for a decision."""
    asked = {name: request.args.get(name, "").strip() for name in _ASKED}
    with reading() as session:
        page = bookings.find(
            session, viewer(), _search(asked), cursor=request.args.get("cursor"), limit=_PAGE
        )
        rows = visits(session, page.items, "staff")
        waiting = bookings.find(session, viewer(), Search(disputed=True), limit=9).items
    return render_template(
        "admin/bookings.html",
        rows=rows,
        next_cursor=page.next_cursor,
        asked=asked,
        waiting=len(waiting),
        days_elsewhere=days.elsewhere(),
        address=lambda **changes: _address(asked, changes),
        live_events=LIVE_EVENTS,
    )


@pages.get("/admin/bookings/<uuid:booking_id>")
@policy(*STAFF)
def show(booking_id: UUID) -> Response:
    """One booking with both people, its money, its history, and what can be done."""
    return _page(booking_id)


@pages.post("/admin/bookings/<uuid:booking_id>/decision")
@policy(*STAFF)
def decide(booking_id: UUID) -> Response:
    """Say what happened where the two sides disagree."""
    try:
        form = load_form(DecisionForm)
        outcome = Outcome(form["outcome"])
        bookings.decide(booking_id, outcome, viewer(), form["reason"])
    except InvalidInput as refusal:
        return _page(booking_id, refusal.fields)
    except (bookings.NotPossibleNow, bookings.NotYours) as refusal:
        refused(refusal.code, **refusal.values)
    else:
        notice(N_("Decided. Both sides hear of it."))
    return redirect(url_for("admin_booking_pages.show", booking_id=booking_id), 303)


def _page(booking_id: UUID, errors: Errors | None = None) -> Response:
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        side = bookings.side_of(booking, viewer())
        standing = standings.standing(session, booking, viewer())
        wanted = {one for one in (booking.client_id, booking.expert_person_id) if one}
        people = identity.people(session, wanted)
        number = documents.count_of(session, booking_id)
        theirs = bookings.cancellation(session, booking)
    if side != "staff":  # one's own booking has its own page, whatever else one is
        return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)
    html = render_template(
        "admin/booking.html",
        standing=standing,
        visit=standing.visit,
        booking=booking,
        client=people.get(booking.client_id) if booking.client_id else None,
        expert=people.get(booking.expert_person_id),
        documents=number,
        theirs=theirs,
        typed=forms.typed(request.form),
        errors=errors or {},
        live_events=LIVE_EVENTS,
    )
    return make_response(html, 422 if errors else 200)


def _search(asked: dict[str, str]) -> Search:
    return Search(
        words=asked["q"],
        state=BookingState(asked["state"]) if asked["state"] in set(BookingState) else None,
        since=days.beginning(asked["since"]),
        until=days.beginning(asked["until"], after=1),
        disputed=bool(asked["disputed"]),
        soonest=bool(asked["soonest"]),
    )


def _address(asked: dict[str, str], changes: dict[str, Any]) -> str:
    """The list's address with something changed."""
    wanted = {name: value for name, value in {**asked, **changes}.items() if value}
    return url_for("admin_booking_pages.index", **wanted)
