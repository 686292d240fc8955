"""The code that makes a held hour cheaper: used, and taken away again."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, url_for
from werkzeug import Response

from cilis.domains import bookings, payments
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.schemas import Strict, Text
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput, TooMany
from cilis.web.pages.checkout import show_step

pages = Blueprint("checkout_coupon_pages", __name__)


class CodeForm(Strict):
    """What somebody typed as a code."""

    code = Text(required=True, least=1, most=60)


@pages.post("/checkout/<uuid:booking_id>/coupon")
@policy(PUBLIC)
def use(booking_id: UUID) -> Response | str:
    """Make the hour cheaper; whoever has no account yet is told to say who they are first."""
    if not viewer().is_signed_in:
        notice(N_("Codes are counted for each person: please say first who you are."), "info")
        return redirect(url_for("checkout_pages.show", booking_id=booking_id), 303)
    try:
        bookings.use_coupon(booking_id, load_form(CodeForm)["code"], viewer())
    except InvalidInput as refusal:
        return show_step(booking_id, step="pay", errors=refusal.fields)
    except TooMany as refusal:
        errors = {"code": [refusal.code]}
        return show_step(booking_id, step="pay", errors=errors, status=refusal.status)
    except (payments.AlreadyPaid, bookings.HoldExpired) as refusal:
        return _too_late(booking_id, refusal)
    notice(N_("The code is used."))
    return _back(booking_id)


@pages.post("/checkout/<uuid:booking_id>/coupon/removal")
@policy(PUBLIC)
def drop(booking_id: UUID) -> Response:
    """Pay the full price after all; a repeat leads to the same page."""
    try:
        if viewer().is_signed_in:
            bookings.drop_coupon(booking_id, viewer())
    except (payments.AlreadyPaid, bookings.HoldExpired) as refusal:
        return _too_late(booking_id, refusal)
    return _back(booking_id)


def _too_late(booking_id: UUID, refusal: payments.AlreadyPaid | bookings.HoldExpired) -> Response:
    refused(refusal.code, **refusal.values)
    return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)


def _back(booking_id: UUID) -> Response:
    return redirect(url_for("checkout_pages.show", booking_id=booking_id, step="pay"), 303)
