"""Reviews, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from cilis.domains import experts
from cilis.domains.reviews import queries, schemas, service
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.paging import page_response, page_schema
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "reviews", __name__, url_prefix="/api/v1/reviews", description="What clients say afterwards."
)


@blueprint.get("")
@policy(PUBLIC)
@blueprint.arguments(schemas.ReviewsArgs, location="query")
@blueprint.response(200, page_schema(schemas.ReviewSchema))
@blueprint.problems(expert_not_found=404)
def list_reviews(wanted: dict[str, Any]) -> Response:
    """An expert's reviews, newest first."""
    with reading() as session:
        wanted["expert_id"] = experts.visible_id(session, wanted["expert_id"], viewer())
        page = queries.of_expert(session, **wanted)
    return jsonify(page_response(page, schemas.review_out))


@blueprint.get("/distribution")
@policy(PUBLIC)
@blueprint.arguments(schemas.DistributionArgs, location="query")
@blueprint.response(200, schemas.DistributionSchema)
@blueprint.problems(expert_not_found=404)
def show_distribution(wanted: dict[str, Any]) -> dict[str, Any]:
    """How many reviews gave an expert how many stars."""
    with reading() as session:
        expert_id = experts.visible_id(session, wanted["expert_id"], viewer())
        return schemas.distribution_out(queries.distribution(session, expert_id))


@blueprint.post("")
@policy(SIGNED_IN)
@blueprint.arguments(schemas.ReviewWishSchema)
@blueprint.response(201, schemas.ReviewSchema)
@blueprint.problems(booking_not_found=404, not_reviewable=409, already_reviewed=409)
@idempotent("reviews.write", again=lambda made_id: _shown(made_id))  # noqa: PLW0108 - defined below
def write_review(wish: dict[str, Any]) -> dict[str, Any]:
    """Say how a session was; only its client, once, after it took place."""
    return schemas.review_out(service.write(**wish, viewer=viewer()))


@blueprint.put("/<uuid:review_id>")
@policy(SIGNED_IN)
@blueprint.arguments(schemas.ReviewChangeSchema)
@blueprint.response(200, schemas.ReviewSchema)
@blueprint.problems(review_not_found=404, review_edit_over=409)
def edit_review(wish: dict[str, Any], review_id: UUID) -> dict[str, Any]:
    """Change one's own review, within two weeks and until the expert has answered."""
    return schemas.review_out(service.edit(review_id, **wish, viewer=viewer()))


@blueprint.post("/<uuid:review_id>/replies")
@policy("expert")
@blueprint.arguments(schemas.ReplySchema)
@blueprint.response(201, schemas.ReviewSchema)
@blueprint.problems(review_not_found=404, already_answered=409)
@idempotent("reviews.answer", again=lambda made_id: _shown(made_id))  # noqa: PLW0108 - defined below
def answer_review(wish: dict[str, str], review_id: UUID) -> dict[str, Any]:
    """Answer a review of oneself, once."""
    return schemas.review_out(service.answer(review_id, wish["text"], viewer()))


def _shown(review_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return schemas.review_out(queries.get(session, review_id))
