"""After the session: say how it was, once."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import bookings, reviews
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, error_text
from cilis.kit.errors import InvalidInput
from cilis.web.views import forms
from cilis.web.views.visits import visit

pages = Blueprint("booking_review_pages", __name__)


@pages.get("/bookings/<uuid:booking_id>/review")
@policy(SIGNED_IN)
def show(booking_id: UUID) -> Response:
    """Stars and words; who has written already, or may not yet, goes back to the booking."""
    return _page(booking_id)


@pages.post("/bookings/<uuid:booking_id>/review")
@policy(SIGNED_IN)
def write(booking_id: UUID) -> Response:
    """Keep the review; a repeat leads to the same booking."""
    try:
        form = load_form(reviews.ReviewFormSchema)
        reviews.write(booking_id, form["stars"], form["text"], viewer())
    except InvalidInput as refusal:
        return _page(booking_id, errors=refusal.fields)
    except reviews.AlreadyReviewed:
        return _back(booking_id)
    except reviews.NotReviewable as refusal:
        notice(error_text(refusal.code, **refusal.values), "caution")
        return _back(booking_id)
    notice(N_("Thank you. Your review is public now, with your first name only."))
    return _back(booking_id)


def _back(booking_id: UUID) -> Response:
    return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)


def _page(booking_id: UUID, *, errors: dict[str, list[str]] | None = None) -> Response:
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        if not reviews.may_write(session, viewer(), booking_id):
            return _back(booking_id)
        shown = visit(session, booking, "client")
    html = render_template(
        "booking/review.html", visit=shown, typed=forms.typed(request.form), errors=errors or {}
    )
    return make_response(html, 422 if errors else 200)
