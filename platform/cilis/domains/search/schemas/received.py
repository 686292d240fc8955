"""What the room is told over HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, pre_load, validate, validates_schema

from cilis.domains import experts
from cilis.domains.search.types import Question, Sort
from cilis.domains.search.types.synonyms import MAX_LENGTH, MAX_WORDS, MIN_WORDS
from cilis.infra.http.paging import PageArgs
from cilis.infra.http.schemas import Instant, Strict, Text, between, one_of

MAX_PRICE = 10**13
_RATING = validate.Range(1, 5, error="out_of_range")


class QuestionArgs(PageArgs):
    """Query of GET /api/v1/experts. Prices are in minor units of the tenant's currency."""

    words = Text(most=120, load_default="")
    topic = fields.String(
        load_default=None,
        validate=validate.Regexp(r"^[a-z0-9-]{1,60}\Z", error="unknown_topic"),
    )
    price_min = fields.Integer(load_default=None, validate=between(0, MAX_PRICE))
    price_max = fields.Integer(load_default=None, validate=between(0, MAX_PRICE))
    rating_min = fields.Float(load_default=None, allow_nan=False, validate=_RATING)
    language = fields.List(
        fields.String(validate=validate.Regexp(r"^[a-z]{2,3}\Z", error="unknown_language")),
        load_default=list,
        validate=validate.Length(max=12, error="too_many"),
    )
    verified = fields.Boolean(load_default=False)
    since = Instant(load_default=None, data_key="from")
    until = Instant(load_default=None)
    duration_minutes = fields.Integer(load_default=None, validate=between(5, 480))
    mode = fields.String(
        load_default=None, validate=one_of(*(mode.value for mode in experts.ServiceMode))
    )
    country = fields.String(
        load_default=None, validate=validate.Regexp(r"^[A-Z]{2}\Z", error="not_a_country")
    )
    sort = fields.String(load_default="best", validate=one_of(*(sort.value for sort in Sort)))
    facets = fields.Boolean(load_default=True)

    @validates_schema
    def _window_is_whole(self, data: dict[str, Any], **_: Any) -> None:
        since, until = data.get("since"), data.get("until")
        if (since is None) != (until is None):
            raise ValidationError("required", "until" if until is None else "from")
        if since is not None and until is not None and until <= since:
            raise ValidationError("before_start", "until")


class SuggestionArgs(Strict):
    """Query of GET /api/v1/search-suggestions."""

    words = Text(most=80, load_default="")


class SynonymsWishSchema(Strict):
    """Body of POST /api/v1/synonyms and PUT /api/v1/synonyms/<id>: words that mean the same."""

    words = fields.List(
        Text(least=1, most=MAX_LENGTH),
        required=True,
        validate=[
            validate.Length(min=MIN_WORDS, error="too_few_synonyms"),
            validate.Length(max=MAX_WORDS, error="too_many"),
        ],
    )


class SynonymsFormSchema(SynonymsWishSchema):
    """The admin's form: all words in one text, a line each or with commas."""

    @pre_load
    def _read_form(self, data: Any, **_: Any) -> Any:
        typed = dict(data)
        words = str(typed.pop("text", ""))
        return {
            **typed,
            "words": [word.strip() for word in re.split(r"[\n,;]", words) if word.strip()],
        }


def question(args: Mapping[str, Any]) -> Question:
    """The question that `QuestionArgs` loaded."""
    window = (args["since"], args["until"]) if args["since"] else None
    return Question(
        words=args["words"],
        topic_slug=args["topic"],
        price_min=args["price_min"],
        price_max=args["price_max"],
        rating_min=args["rating_min"],
        languages=tuple(args["language"]),
        verified=args["verified"],
        window=window,
        duration_minutes=args["duration_minutes"],
        mode=args["mode"],
        country=args["country"],
        sort=Sort(args["sort"]),
        cursor=args["cursor"],
        limit=args["limit"],
        facets=args["facets"],
    )
