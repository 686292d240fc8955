"""Taking an hour: the one press that starts a booking. Needs no account."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Blueprint, redirect, url_for
from marshmallow import fields
from werkzeug import Response

from cilis.domains import bookings, experts
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import refused
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.schemas import Instant, Strict
from cilis.kit.viewer import Viewer
from cilis.web.browser import client_ip, known_browser

pages = Blueprint("hold_pages", __name__)


class HoldForm(Strict):
    """The hour somebody pressed; who, how long and how much never come from the browser."""

    service_id = fields.UUID(required=True)
    starts_at = Instant(required=True)


@pages.post("/holds")
@policy(PUBLIC)
def hold() -> Response:
    """Hold the hour and go on to checkout; when it was just taken, offer three near it."""
    wish = bookings.HoldWish(**load_form(HoldForm))
    bookings.count_hold(client_ip())
    who = known_browser()  # before the key is claimed: a lost race must stay repeatable
    try:
        return _take(wish, who)
    except bookings.SlotTaken:
        return _offer_others(wish.service_id, wish.starts_at)
    except bookings.PaymentUnderWay as refusal:
        return _finish_first(refusal)


def _to_checkout(booking_id: UUID) -> Response:
    return redirect(url_for("checkout_pages.show", booking_id=booking_id), 303)


@idempotent("bookings.hold", again=_to_checkout)
def _take(wish: bookings.HoldWish, who: Viewer) -> Response:
    return _to_checkout(bookings.hold(wish, who).id)


def _finish_first(refusal: bookings.PaymentUnderWay) -> Response:
    """The hour that is being paid: its page says how it stands, and lets it go on demand."""
    refused(refusal.code, **refusal.values)
    address = url_for("booking_pages.show", booking_id=refusal.values["booking_id"])
    return redirect(address, 303)


def _offer_others(service_id: UUID, starts_at: datetime) -> Response:
    """The expert's page again; its picker names the free hours near the lost one."""
    with reading() as session:
        terms = experts.service_terms(session, service_id)
        card = experts.card(session, terms.expert_id)
    address = url_for(
        "expert.show",
        slug=card.slug,
        service=service_id,
        taken=starts_at.isoformat(),  # the picker says so itself: a toast would hide its times
        _anchor="times",
    )
    return redirect(address, 303)
