"""What the room tells over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from cilis.domains import experts
from cilis.domains.search.types import (
    Facets,
    Hit,
    Results,
    ServiceHint,
    Suggestions,
)
from cilis.infra import files
from cilis.infra.http.schemas import Instant, Strict


class StartsSchema(Strict):
    """The next free starts of one service."""

    service_id = fields.UUID(required=True)
    starts = fields.List(Instant(), required=True)


class HitSchema(experts.CardSchema):
    """An expert in a list, with fitting services and true free times."""

    services = fields.List(fields.Nested(experts.TermsSchema), required=True)
    next_starts = fields.List(fields.Nested(StartsSchema), required=True)


class TopicCountSchema(Strict):
    """A topic and how many experts there would be."""

    topic_id = fields.UUID(required=True)
    count = fields.Integer(required=True)


class LanguageCountSchema(Strict):
    """A language and how many experts there would be."""

    language = fields.String(required=True)
    count = fields.Integer(required=True)


class CountryCountSchema(Strict):
    """A country and how many experts there would be."""

    country = fields.String(required=True)
    count = fields.Integer(required=True)


class ModeCountSchema(Strict):
    """A way to meet and how many experts there would be."""

    mode = fields.String(required=True)
    count = fields.Integer(required=True)


class DurationCountSchema(Strict):
    """A length of a session and how many experts there would be."""

    minutes = fields.Integer(required=True)
    count = fields.Integer(required=True)


class RatingCountSchema(Strict):
    """At least so many stars, and how many experts there would be."""

    at_least = fields.Float(required=True)
    count = fields.Integer(required=True)


class PriceStepSchema(Strict):
    """How many experts begin at a price from ``from`` on, below the next step."""

    from_ = fields.Integer(required=True, data_key="from", attribute="from")
    until = fields.Integer(required=True)
    count = fields.Integer(required=True)


class FacetsSchema(Strict):
    """Counts for every choice, all other choices kept."""

    topics = fields.List(fields.Nested(TopicCountSchema), required=True)
    languages = fields.List(fields.Nested(LanguageCountSchema), required=True)
    countries = fields.List(fields.Nested(CountryCountSchema), required=True)
    modes = fields.List(fields.Nested(ModeCountSchema), required=True)
    durations = fields.List(fields.Nested(DurationCountSchema), required=True)
    ratings = fields.List(fields.Nested(RatingCountSchema), required=True)
    verified = fields.Integer(required=True)
    prices = fields.List(fields.Nested(PriceStepSchema), required=True)
    loosened = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class TopicHintSchema(Strict):
    """A topic that the typed words begin."""

    id = fields.UUID(required=True)
    slug = fields.String(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    icon = fields.String(required=True)


class ExpertHintSchema(Strict):
    """An expert whose name the typed words begin."""

    id = fields.UUID(required=True)
    slug = fields.String(required=True)
    title = fields.String(required=True)
    headline = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    picture_url = fields.String(required=True, allow_none=True)


class ServiceHintSchema(Strict):
    """A service's name and how many experts offer it."""

    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    experts = fields.Integer(required=True)


class SuggestionsSchema(Strict):
    """What somebody who typed this far may mean."""

    topics = fields.List(fields.Nested(TopicHintSchema), required=True)
    experts = fields.List(fields.Nested(ExpertHintSchema), required=True)
    services = fields.List(fields.Nested(ServiceHintSchema), required=True)
    near = fields.Boolean(required=True)


class SynonymsSchema(Strict):
    """A group of words that mean the same."""

    id = fields.UUID(required=True)
    words = fields.List(fields.String(), required=True)


class SynonymsListSchema(Strict):
    """All groups."""

    items = fields.List(fields.Nested(SynonymsSchema), required=True)


class ResultsSchema(Strict):
    """One page of experts, with counts.

    ``suggestion``: words that find more than those that were asked for, where these find little.
    ``is_fallback``: the engine that should answer did not, another one did.
    """

    items = fields.List(fields.Nested(HitSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    total = fields.Integer(required=True)
    total_is_exact = fields.Boolean(required=True)
    matched = fields.String(required=True)
    facets = fields.Nested(FacetsSchema, required=True, allow_none=True)
    suggestions = fields.Nested(SuggestionsSchema, required=True)
    suggestion = fields.String(required=True, allow_none=True)
    is_fallback = fields.Boolean(required=True)


def results_out(results: Results, hits: list[Hit]) -> dict[str, Any]:
    """A page of results as the API shows it."""
    return {
        "items": [_hit(hit) for hit in hits],
        "next_cursor": results.next_cursor,
        "total": results.total,
        "total_is_exact": results.total_is_exact,
        "matched": results.matched.value,
        "facets": _facets(results.facets) if results.facets else None,
        "suggestions": suggestions_out(results.suggestions),
        "suggestion": results.suggestion or None,
        "is_fallback": results.is_fallback,
    }


def suggestions_out(found: Suggestions) -> dict[str, Any]:
    """Suggestions as the API shows them."""
    return {
        "topics": [
            {"id": one.id, "slug": one.slug, "names": dict(one.names), "icon": one.icon}
            for one in found.topics
        ],
        "experts": [
            {
                "id": one.id,
                "slug": one.slug,
                "title": one.title,
                "headline": dict(one.headline),
                "picture_url": files.public_url(one.picture_key) if one.picture_key else None,
            }
            for one in found.experts
        ],
        "services": [_service(one) for one in found.services],
        "near": found.near,
    }


def _service(hint: ServiceHint) -> dict[str, Any]:
    return {"names": dict(hint.names), "experts": hint.experts}


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        **experts.card_out(hit.card),
        "services": [experts.terms_out(terms) for terms in hit.services],
        "next_starts": [
            {"service_id": terms.id, "starts": list(hit.starts.get(terms.id, ()))}
            for terms in hit.services
        ],
    }


def _facets(facets: Facets) -> dict[str, Any]:
    prices = facets.prices
    edges = prices.edges() if prices else []
    return {
        "topics": [{"topic_id": one, "count": count} for one, count in _most(facets.topics)],
        "languages": [{"language": one, "count": count} for one, count in _most(facets.languages)],
        "countries": [{"country": one, "count": count} for one, count in _most(facets.countries)],
        "modes": [{"mode": one, "count": count} for one, count in _most(facets.modes)],
        "durations": [
            {"minutes": one, "count": count} for one, count in sorted(facets.durations.items())
        ],
        "ratings": [{"at_least": stars, "count": count} for stars, count in facets.ratings.items()],
        "verified": facets.verified,
        "prices": [
            {"from": edges[step], "until": edges[step + 1], "count": count}
            for step, count in enumerate(prices.counts if prices else ())
        ],
        "loosened": dict(facets.loosened),
    }


def _most(counts: Mapping[Any, int]) -> list[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
