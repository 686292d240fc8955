"""What the room reads and writes over HTTP, for the API and for page forms alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from cilis.domains.reviews.types import ASPECTS, MAX_TEXT, Distribution, Review
from cilis.infra.http.paging import PageArgs
from cilis.infra.http.schemas import Instant, Strict, Text, between, one_of


def _mark() -> fields.Integer:
    return fields.Integer(load_default=None, allow_none=True, validate=between(1, 5))


def _marks() -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=one_of(*ASPECTS)),
        values=fields.Integer(validate=between(1, 5)),
        load_default=dict,
    )


class ReviewWishSchema(Strict):
    """Body of POST /api/v1/reviews."""

    booking_id = fields.UUID(required=True)
    stars = fields.Integer(required=True, validate=between(1, 5))
    text = Text(most=MAX_TEXT, load_default="")
    marks = _marks()


class ReviewChangeSchema(Strict):
    """Body of PUT /api/v1/reviews/<id>."""

    stars = fields.Integer(required=True, validate=between(1, 5))
    text = Text(most=MAX_TEXT, load_default="")
    marks = _marks()


class ReviewFormSchema(Strict):
    """The form below a session that took place; the booking comes from the address.

    The aspects are fields of their own; `marks_of` gathers those that were given.
    """

    stars = fields.Integer(required=True, validate=between(1, 5))
    text = Text(most=MAX_TEXT, load_default="")
    knowledge = _mark()
    clarity = _mark()
    punctuality = _mark()


class ReplySchema(Strict):
    """Body of POST /api/v1/reviews/<id>/replies, and the expert's form."""

    text = Text(least=1, most=MAX_TEXT, required=True)


class ReviewsArgs(PageArgs):
    """Query of GET /api/v1/reviews."""

    expert_id = fields.UUID(required=True)
    stars = fields.Integer(load_default=None, validate=between(1, 5))
    unanswered = fields.Boolean(load_default=False)


class DistributionArgs(Strict):
    """Query of GET /api/v1/reviews/distribution."""

    expert_id = fields.UUID(required=True)


class ReviewSchema(Strict):
    """A review as anybody may read it."""

    id = fields.UUID(required=True)
    expert_id = fields.UUID(required=True)
    topic_id = fields.UUID(required=True, allow_none=True)
    stars = fields.Integer(required=True)
    marks = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    text = fields.String(required=True)
    author_label = fields.String(required=True)
    reply = fields.String(required=True)
    replied_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)
    edited_at = Instant(required=True, allow_none=True)


class DistributionSchema(Strict):
    """How many reviews gave how many stars; keys "1" to "5". ``aspects`` are means."""

    total = fields.Integer(required=True)
    average = fields.Float(required=True, allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    aspects = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)


def review_out(review: Review) -> dict[str, Any]:
    """A review without what would name its author."""
    return {
        "id": review.id,
        "expert_id": review.expert_id,
        "topic_id": review.topic_id,
        "stars": review.stars,
        "marks": review.marks,
        "text": review.text,
        "author_label": review.author_label,
        "reply": review.reply,
        "replied_at": review.replied_at,
        "created_at": review.created_at,
        "edited_at": review.edited_at,
    }


def distribution_out(found: Distribution) -> dict[str, Any]:
    """A distribution as the API shows it."""
    return {
        "total": found.total,
        "average": None if found.average is None else round(found.average, 2),
        "counts": {str(stars): count for stars, count in found.counts.items()},
        "aspects": {aspect: round(mean, 2) for aspect, mean in found.aspects.items()},
    }


def marks_of(form: Mapping[str, Any]) -> dict[str, int]:
    """The aspects that a loaded form gives stars."""
    return {aspect: form[aspect] for aspect in ASPECTS if form.get(aspect)}
