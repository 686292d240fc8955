"""After the begin: who did not come, and the client's word against it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug import Response

from cilis.domains import bookings
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.schemas import Strict, Text, one_of
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.views import forms
from cilis.web.views import standing as standings
from cilis.web.views.forms import Errors

pages = Blueprint("booking_outcome_pages", __name__)
_REFUSALS = (
    bookings.NotPossibleNow,
    bookings.SessionDecided,
    bookings.TooLate,
    bookings.TooEarly,
    bookings.NotYours,
)


class NoShowForm(Strict):
    """Who did not come, and a word about it."""

    missed_by = fields.String(required=True, validate=one_of("client", "expert"))
    reason = Text(load_default="", most=500)


class ObjectionForm(Strict):
    """How it was."""

    reason = Text(required=True, least=1, most=500)


@pages.get("/bookings/<uuid:booking_id>/no-show")
@policy("expert", "admin", "support")
def ask(booking_id: UUID) -> Response:
    """What it does to whom, before anything is said."""
    return _no_show_page(booking_id)


@pages.post("/bookings/<uuid:booking_id>/no-show")
@policy("expert", "admin", "support")
def mark(booking_id: UUID) -> Response:
    """Say who did not come; a repeat changes nothing."""
    try:
        form = load_form(NoShowForm)
        bookings.mark_no_show(booking_id, viewer(), form["reason"], missed_by=form["missed_by"])
    except InvalidInput as refusal:
        return _no_show_page(booking_id, refusal.fields)
    except _REFUSALS as refusal:
        return _refused(booking_id, refusal)
    notice(N_("Written down. The client hears of it."))
    return _to_booking(booking_id)


@pages.get("/bookings/<uuid:booking_id>/objection")
@policy(SIGNED_IN)
def doubt(booking_id: UUID) -> Response:
    """The client's word; a person reads it."""
    return _objection_page(booking_id)


@pages.post("/bookings/<uuid:booking_id>/objection")
@policy(SIGNED_IN)
def object_(booking_id: UUID) -> Response:
    """Say that it was otherwise; a repeat changes nothing."""
    try:
        bookings.dispute(booking_id, viewer(), load_form(ObjectionForm)["reason"])
    except InvalidInput as refusal:
        return _objection_page(booking_id, refusal.fields)
    except _REFUSALS as refusal:
        return _refused(booking_id, refusal)
    notice(N_("Thank you. A person looks at it and writes to you."))
    return _to_booking(booking_id)


def _no_show_page(booking_id: UUID, errors: Errors | None = None) -> Response:
    standing = _standing(booking_id)
    if standing.is_client:
        raise bookings.BookingNotFound(f"{booking_id}: a client objects instead")
    if not standing.may_report:
        return _not_now(booking_id)
    return _render("booking/no_show.html", standing, errors)


def _objection_page(booking_id: UUID, errors: Errors | None = None) -> Response:
    standing = _standing(booking_id)
    if standing.is_client and standing.decided:
        return _refused(booking_id, bookings.SessionDecided())
    if not standing.may_object:
        return _not_now(booking_id)
    return _render("booking/objection.html", standing, errors)


def _standing(booking_id: UUID) -> standings.Standing:
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        return standings.standing(session, booking, viewer())


def _render(template: str, standing: standings.Standing, errors: Errors | None) -> Response:
    html = render_template(
        template,
        standing=standing,
        visit=standing.visit,
        typed=forms.typed(request.form),
        errors=errors or {},
    )
    return make_response(html, 422 if errors else 200)


def _not_now(booking_id: UUID) -> Response:
    notice(N_("This is not possible now."), "caution")
    return _to_booking(booking_id)


def _refused(booking_id: UUID, refusal: DomainError) -> Response:
    refused(refusal.code, **refusal.values)
    return _to_booking(booking_id)


def _to_booking(booking_id: UUID) -> Response:
    return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)
