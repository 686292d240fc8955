"""After the session: say how it was, and change it while that is possible."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import bookings, reviews
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.web.views import forms
from cilis.web.views.ratings import aspect_words
from cilis.web.views.visits import visit

pages = Blueprint("booking_review_pages", __name__)


@pages.get("/bookings/<uuid:booking_id>/review")
@policy(SIGNED_IN)
def show(booking_id: UUID) -> Response:
    """Stars and words; who may write or change nothing (any more) goes back to the booking."""
    return _page(booking_id)


@pages.post("/bookings/<uuid:booking_id>/review")
@policy(SIGNED_IN)
def write(booking_id: UUID) -> Response:
    """Keep the review, or the changed one."""
    try:
        form = load_form(reviews.ReviewFormSchema)
        changed = _keep(booking_id, form)
    except InvalidInput as refusal:
        return _page(booking_id, errors=refusal.fields)
    except reviews.AlreadyReviewed:
        return _back(booking_id)
    except (reviews.NotReviewable, reviews.EditOver) as refusal:
        refused(refusal.code, **refusal.values)
        return _back(booking_id)
    if changed:
        notice(N_("Your review is changed."))
    else:
        notice(N_("Thank you. Your review is public now, with your first name only."))
    return _back(booking_id)


def _keep(booking_id: UUID, form: dict[str, Any]) -> bool:
    """Write the review, or change the one there is; whether it was changed."""
    with reading() as session:
        bookings.visible(session, viewer(), booking_id)
        found = reviews.of_bookings(session, [booking_id]).get(booking_id)
    wish = (form["stars"], form["text"], viewer())
    if found is None:
        reviews.write(booking_id, *wish, marks=reviews.marks_of(form))
        return False
    reviews.edit(found.id, *wish, marks=reviews.marks_of(form))
    return True


def _back(booking_id: UUID) -> Response:
    return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)


def _page(booking_id: UUID, *, errors: dict[str, list[str]] | None = None) -> Response:
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        found = reviews.of_bookings(session, [booking_id]).get(booking_id)
        if found is None:
            allowed = reviews.may_write(session, viewer(), booking_id)
        else:
            allowed = reviews.may_edit(found, viewer())
        if not allowed:
            return _back(booking_id)
        shown = visit(session, booking, "client")
    html = render_template(
        "booking/review.html",
        visit=shown,
        review=found,
        aspects=aspect_words(),
        typed=forms.typed(request.form) if errors or found is None else _values(found),
        errors=errors or {},
    )
    return make_response(html, 422 if errors else 200)


def _values(review: reviews.Review) -> forms.Typed:
    return forms.Typed({"stars": review.stars, "text": review.text, **review.marks})
