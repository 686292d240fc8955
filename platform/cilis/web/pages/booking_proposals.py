"""Other times: the expert proposes up to three, the client picks one or says no."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug import Response

from cilis.domains import bookings
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.schemas import Instant, Strict, Text
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, error_text
from cilis.kit import clock
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.views import forms
from cilis.web.views import standing as standings
from cilis.web.views.days import day_of, instant_of
from cilis.web.views.free_week import free_week

pages = Blueprint("booking_proposal_pages", __name__)
_REFUSALS = (bookings.NotPossibleNow, bookings.TooLate, bookings.ProposalOver)


class ProposalForm(Strict):
    """Up to three times, and a word with them."""

    starts = fields.List(Instant(), load_default=list)
    text = Text(load_default="", most=500)
    first_day = fields.String(data_key="from", load_default="")  # which week was looked at


class ChoiceForm(Strict):
    """The time that fits."""

    starts_at = Instant(required=True)


class RefusalForm(Strict):
    """Why none fits; may stay empty."""

    reason = Text(load_default="", most=500)


@pages.get("/bookings/<uuid:booking_id>/proposal")
@policy("expert")
def show(booking_id: UUID) -> Response:
    """Free hours of the same service, a week at a time, to choose up to three."""
    return _page(booking_id)


@pages.post("/bookings/<uuid:booking_id>/proposal")
@policy("expert")
def propose(booking_id: UUID) -> Response:
    """Send the proposal; the client hears of it at once."""
    if "look" in request.form:  # another week, with what was chosen kept
        return _page(booking_id)
    try:
        form = load_form(ProposalForm)
        bookings.propose(booking_id, form["starts"], viewer(), form["text"])
    except InvalidInput as refusal:
        return _page(booking_id, errors=refusal.fields)
    except bookings.SlotTaken as refusal:
        return _page(booking_id, problem=error_text(refusal.code, **refusal.values))
    except _REFUSALS as refusal:
        return _refused(booking_id, refusal)
    notice(N_("Sent. Nothing changes before the client has chosen."))
    return _to_booking(booking_id)


@pages.post("/bookings/<uuid:booking_id>/proposals/<uuid:proposal_id>/acceptance")
@policy(SIGNED_IN)
def accept(booking_id: UUID, proposal_id: UUID) -> Response:
    """Take one of the times; if it was just taken, the others are still there."""
    try:
        start = load_form(ChoiceForm)["starts_at"]
        bookings.accept_proposal(booking_id, proposal_id, start, viewer())
    except InvalidInput:
        notice(N_("Please choose one of the times."), "caution")
    except (*_REFUSALS, bookings.SlotTaken) as refusal:
        return _refused(booking_id, refusal)
    else:
        notice(N_("Agreed. Both of you get a new calendar invite."))
    return _to_booking(booking_id)


@pages.post("/bookings/<uuid:booking_id>/proposals/<uuid:proposal_id>/refusal")
@policy(SIGNED_IN)
def refuse(booking_id: UUID, proposal_id: UUID) -> Response:
    """None fits: a request ends and is paid back, a session stays where it is."""
    try:
        reason = load_form(RefusalForm)["reason"]
        booking = bookings.refuse_proposal(booking_id, proposal_id, viewer(), reason)
    except InvalidInput as refusal:
        codes = [code for found in refusal.fields.values() for code in found]
        refused(codes[0])
        return _to_booking(booking_id)
    except _REFUSALS as refusal:
        return _refused(booking_id, refusal)
    if booking.state == bookings.BookingState.CANCELLED:
        notice(N_("Ended. Everything comes back."), "info")
    else:
        notice(N_("The session stays where it is."), "info")
    return _to_booking(booking_id)


@pages.post("/bookings/<uuid:booking_id>/proposals/<uuid:proposal_id>/withdrawal")
@policy("expert", "admin", "support")
def withdraw(booking_id: UUID, proposal_id: UUID) -> Response:
    """Take the proposal back."""
    try:
        bookings.withdraw_proposal(booking_id, proposal_id, viewer())
    except _REFUSALS as refusal:
        return _refused(booking_id, refusal)
    notice(N_("Taken back. Everything stays as it was."), "info")
    return _to_booking(booking_id)


def _to_booking(booking_id: UUID) -> Response:
    return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)


def _refused(booking_id: UUID, refusal: DomainError) -> Response:
    refused(refusal.code, **refusal.values)
    return _to_booking(booking_id)


def _page(
    booking_id: UUID, *, problem: str = "", errors: dict[str, list[str]] | None = None
) -> Response:
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        standing = standings.standing(session, booking, viewer())
        week = free_week(session, booking, _asked_day(), notice=False)
    if standing.visit.side != "expert":
        raise bookings.BookingNotFound(f"{booking_id} is not the viewer's to move")
    if not standing.may_propose:
        notice(N_("This booking cannot be moved any more."), "caution")
        return _to_booking(booking_id)
    shown = {start for day in week.days for start in day.starts}
    chosen = [start for start in _chosen() if start > clock.now()]
    html = render_template(
        "booking/propose.html",
        standing=standing,
        visit=standing.visit,
        week=week,
        chosen=chosen,
        elsewhere=[start for start in chosen if start not in shown],
        most=bookings.MOST_PROPOSED,
        typed=forms.typed(request.form),
        problem=problem,
        errors=errors or {},
    )
    return make_response(html, 409 if problem else 422 if errors else 200)


def _asked_day() -> date | None:
    return day_of(request.values.get("look") or request.values.get("from", ""))


def _chosen() -> list[datetime]:
    return sorted({start for start in map(instant_of, request.form.getlist("starts")) if start})
