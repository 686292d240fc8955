"""What clients said of an expert, and the expert's answers."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import experts, reviews
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page
from cilis.web.views import forms
from cilis.web.views.ratings import Rating, aspect_words

pages = Blueprint("desk_review_pages", __name__)
_UNANSWERED = "unanswered"
_STARS = {str(number): number for number in range(1, 6)}


@pages.get("/desk/reviews")
@policy("expert")
def show() -> Response:
    """All reviews, those without an answer, or those of so many stars; newest first."""
    return _page()


@pages.post("/desk/reviews/<uuid:review_id>/reply")
@policy("expert")
@idempotent("reviews.answer", again=lambda _: _back())
def answer(review_id: UUID) -> Response:
    """Answer a review, once."""
    try:
        text = load_form(reviews.ReplySchema)["text"]
        reviews.answer(review_id, text, viewer())
    except InvalidInput as refusal:
        return _page(refused=review_id, errors=refusal)
    except reviews.AlreadyAnswered as refusal:
        refused(refusal.code, **refusal.values)
        return _back()
    notice(N_("Your answer is public now, below the review."))
    return _back()


def _back() -> Response:
    return redirect(url_for("desk_review_pages.show"), 303)


def _page(*, refused: UUID | None = None, errors: InvalidInput | None = None) -> Response:
    wanted = request.args.get("show", "")
    with reading() as session:
        card = experts.mine(session, viewer()).card
        page = _reviews(session, card.id, wanted)
        spread = reviews.distribution(session, card.id)
        waiting = reviews.unanswered_count(session, card.id)
    html = render_template(
        "desk/reviews.html",
        card=card,
        page=page,
        rating=Rating.of(card, spread),
        aspects=aspect_words(),
        waiting=waiting,
        wanted=wanted if wanted in {_UNANSWERED, *_STARS} else "",
        refused=refused,
        typed=forms.typed(request.form),
        errors=errors.fields if errors else {},
    )
    return make_response(html, 422 if errors else 200)


def _reviews(session: Session, expert_id: UUID, wanted: str) -> Page[reviews.Review]:
    """A page of reviews; an old or foreign mark of one shows the first."""
    stars, unanswered = _STARS.get(wanted), wanted == _UNANSWERED
    cursor = request.args.get("after")
    try:
        return reviews.of_expert(
            session, expert_id, stars=stars, unanswered=unanswered, cursor=cursor
        )
    except InvalidInput:
        return reviews.of_expert(session, expert_id, stars=stars, unanswered=unanswered)
