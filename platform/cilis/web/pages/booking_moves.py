"""A change to a dearer service: what it costs more, until when it is held, off to the gateway."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import bookings, payments
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.schemas import Strict, Text
from cilis.infra.http.security import allow_form_redirects
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, error_text
from cilis.kit import clock
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.browser import client_ip
from cilis.web.views import forms
from cilis.web.views.visits import LIVE_EVENTS, visit

pages = Blueprint("booking_move_pages", __name__)


class PayForm(Strict):
    """How the client pays; the amount is ours to say."""

    provider = Text(load_default="", most=40)


@pages.get("/bookings/<uuid:booking_id>/moves/<uuid:move_id>")
@policy(SIGNED_IN)
def show(booking_id: UUID, move_id: UUID) -> Response:
    """Before and after, the difference, and how to pay it; live."""
    return _page(booking_id, move_id)


@pages.post("/bookings/<uuid:booking_id>/moves/<uuid:move_id>/payment")
@policy(SIGNED_IN)
def pay(booking_id: UUID, move_id: UUID) -> Response:
    """Send the browser to the gateway; the session moves when the money came."""
    try:
        provider = load_form(PayForm)["provider"]
        address = bookings.pay_move(booking_id, move_id, provider, viewer(), client_ip())
    except InvalidInput:
        return _page(booking_id, move_id, error_text("payment_method_not_offered"), 422)
    except (payments.MethodNotOffered, payments.GatewayUnavailable) as refusal:
        return _page(booking_id, move_id, _said(refusal), int(refusal.status))
    except (payments.AlreadyPaid, bookings.MoveOver, bookings.NotYours) as refusal:
        notice(_said(refusal), "caution")
        return _to_booking(booking_id)
    allow_form_redirects()
    return redirect(address, 303)


@pages.post("/bookings/<uuid:booking_id>/moves/<uuid:move_id>/release")
@policy(SIGNED_IN)
def release(booking_id: UUID, move_id: UUID) -> Response:
    """Keep the present hour after all; a repeat changes nothing."""
    bookings.give_up_move(booking_id, move_id, viewer())
    notice(N_("Your booking stays as it was. If a payment still arrives, all of it goes back."))
    return _to_booking(booking_id)


def _page(booking_id: UUID, move_id: UUID, problem: str = "", status: int = 200) -> Response:
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        move = bookings.move(session, booking, move_id)
        shown = visit(session, booking, bookings.side_of(booking, viewer()) or "staff")
        methods = payments.methods(session, booking.currency)
    if not move.is_open(clock.now()):
        return _to_booking(booking_id)
    asked = forms.typed(request.form)["provider"]
    keys = [method.key for method in methods]
    allow_form_redirects()
    html = render_template(
        "booking/move.html",
        visit=shown,
        move=move,
        methods=methods,
        provider=asked if asked in keys else (keys[0] if keys else ""),
        problem=problem,
        live_events=LIVE_EVENTS,
    )
    return make_response(html, status)


def _said(refusal: DomainError) -> str:
    return error_text(refusal.code, **refusal.values)


def _to_booking(booking_id: UUID) -> Response:
    return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)
