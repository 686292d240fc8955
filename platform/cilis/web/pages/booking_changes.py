"""Plans change: give a booking up after seeing what comes back, or choose another hour."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug import Response

from cilis.domains import bookings, experts
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.schemas import Instant, Strict, Text, one_of
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, error_text, local
from cilis.kit import clock
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.views import forms
from cilis.web.views import standing as standings
from cilis.web.views.days import day_of, instant_of
from cilis.web.views.free_week import free_week
from cilis.web.views.service_choices import service_choices

pages = Blueprint("booking_change_pages", __name__)
_TOO_LATE = (
    bookings.NotPossibleNow,
    bookings.TooLate,
    bookings.TooManyMoves,
    bookings.NotYours,
)


class CancelForm(Strict):
    """Why, which the other side reads; staff may act in the client's name."""

    reason = Text(load_default="", most=500)
    on_behalf_of = fields.String(load_default="", validate=one_of("", "client"))


class MoveForm(CancelForm):
    """The new hour."""

    starts_at = Instant(required=True)


class ServiceForm(MoveForm):
    """The new hour and the other service."""

    service_id = fields.UUID(required=True)


@pages.get("/bookings/<uuid:booking_id>/cancel")
@policy(SIGNED_IN)
def cancel(booking_id: UUID) -> Response:
    """What comes back now and later, and three hours that cost nothing to move to."""
    return _cancel_page(booking_id)


@pages.post("/bookings/<uuid:booking_id>/cancel")
@policy(SIGNED_IN)
def cancel_now(booking_id: UUID) -> Response:
    """Give it up; a repeat shows the same cancelled booking."""
    try:
        form = load_form(CancelForm)
        booking = bookings.cancel(
            booking_id, viewer(), form["reason"], on_behalf_of=form["on_behalf_of"] or None
        )
    except InvalidInput as refusal:
        return _cancel_page(booking_id, errors=refusal.fields)
    except _TOO_LATE as refusal:
        return _refused(booking_id, refusal)
    if booking.refund_minor:
        notice(N_("Cancelled. The money is on its way back."), "info")
    else:
        notice(N_("Cancelled."), "info")
    return _to_booking(booking_id)


@pages.get("/bookings/<uuid:booking_id>/reschedule")
@policy(SIGNED_IN)
def reschedule(booking_id: UUID) -> Response:
    """Free hours of the same service, a week at a time."""
    return _move_page(booking_id)


@pages.post("/bookings/<uuid:booking_id>/reschedule")
@policy(SIGNED_IN)
def reschedule_now(booking_id: UUID) -> Response:
    """Move to the chosen hour; if it was just taken, keep the old one and offer others."""
    try:
        form = load_form(MoveForm)
        bookings.reschedule(
            booking_id,
            form["starts_at"],
            viewer(),
            form["reason"],
            on_behalf_of=form["on_behalf_of"] or None,
        )
    except InvalidInput as refusal:
        return _move_page(booking_id, errors=refusal.fields)
    except bookings.SlotTaken as refusal:
        return _move_page(booking_id, problem=error_text(refusal.code, **refusal.values))
    except _TOO_LATE as refusal:
        return _refused(booking_id, refusal)
    notice(N_("Moved. Both of you get a new calendar invite."))
    return _to_booking(booking_id)


@pages.post("/bookings/<uuid:booking_id>/moves")
@policy(SIGNED_IN)
def change_service(booking_id: UUID) -> Response:
    """Move to another service; of a dearer one the difference is paid next."""
    try:
        form = load_form(ServiceForm)
        move = bookings.change_service(
            booking_id,
            bookings.MoveWish(form["service_id"], form["starts_at"]),
            viewer(),
            form["reason"],
            on_behalf_of=form["on_behalf_of"] or None,
        )
    except InvalidInput as refusal:
        return _move_page(booking_id, errors=refusal.fields)
    except (bookings.SlotTaken, experts.ServiceNotFound) as refusal:
        return _move_page(booking_id, problem=error_text(refusal.code, **refusal.values))
    except _TOO_LATE as refusal:
        return _refused(booking_id, refusal)
    if move.state == bookings.MoveState.OPEN:
        address = url_for("booking_move_pages.show", booking_id=booking_id, move_id=move.id)
        return redirect(address, 303)
    notice(N_("Moved. Both of you get a new calendar invite."))
    return _to_booking(booking_id)


def _to_booking(booking_id: UUID) -> Response:
    return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)


def _refused(booking_id: UUID, refusal: DomainError) -> Response:
    refused(refusal.code, **refusal.values)
    return _to_booking(booking_id)


def _cancel_page(booking_id: UUID, *, errors: dict[str, list[str]] | None = None) -> Response:
    now = clock.now()
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        standing = standings.standing(session, booking, viewer())
        starts = standings.near(session, booking) if standing.may_move else []
        theirs = bookings.cancellation(session, booking)
    if not standing.may_cancel:
        return _to_booking(booking_id)
    tiers = standing.preview.tiers
    place = next((n for n, one in enumerate(tiers) if one.until is None or now <= one.until), 0)
    html = render_template(
        "booking/cancel.html",
        standing=standing,
        visit=standing.visit,
        starts=starts,
        theirs=theirs,
        now=now,
        current_tier=place,
        typed=forms.typed(request.form),
        errors=errors or {},
    )
    return make_response(html, 422 if errors else 200)


def _move_page(
    booking_id: UUID, *, problem: str = "", errors: dict[str, list[str]] | None = None
) -> Response:
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        standing = standings.standing(session, booking, viewer())
        offers = service_choices(session, booking, standing.visit.side)
        chosen = next((one for one in offers if str(one.id) == _service()), None)
        terms = chosen.terms if chosen else None
        week = free_week(session, booking, _asked_day(), terms=terms)
    if standing.may_propose:
        return redirect(url_for("booking_proposal_pages.show", booking_id=booking_id), 303)
    if not standing.may_move:
        notice(N_("This booking cannot be moved any more."), "caution")
        return _to_booking(booking_id)
    html = render_template(
        "booking/reschedule.html",
        typed=forms.typed(request.form),
        visit=standing.visit,
        week=week,
        offers=offers,
        service=chosen,
        moves_left=standing.moves_left if standing.is_client else None,
        chosen=_chosen(),
        problem=problem,
        errors=errors or {},
    )
    return make_response(html, 409 if problem else 422 if errors else 200)


def _service() -> str:
    """The other service that somebody looks at; empty for the one that is booked."""
    return request.form.get("service_id") or request.args.get("service", "")


def _asked_day() -> date | None:
    """The day from which on somebody wants to see hours, or the chosen hour's."""
    chosen = _chosen()
    asked = day_of(request.args.get("from", ""))
    return asked or (local(chosen).date() if chosen else None)


def _chosen() -> datetime | None:
    return instant_of(request.form.get("starts_at") or request.args.get("at", ""))
