"""The list of experts, completion, and the words that widen a search, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, jsonify, request

from cilis.domains.search import queries, schemas, service
from cilis.domains.search.types import Synonyms
from cilis.infra import limits
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.viewer import viewer

experts_list = ApiBlueprint(
    "expert-search", __name__, url_prefix="/api/v1/experts", description="Finding experts."
)
suggestions = ApiBlueprint(
    "search-suggestions",
    __name__,
    url_prefix="/api/v1/search-suggestions",
    description="Completion while typing.",
)
synonyms = ApiBlueprint(
    "synonyms",
    __name__,
    url_prefix="/api/v1/synonyms",
    description="Groups of words that mean the same.",
)
blueprints = (experts_list, suggestions, synonyms)


@experts_list.get("")
@policy(PUBLIC)
@experts_list.arguments(schemas.QuestionArgs, location="query")
@experts_list.response(200, schemas.ResultsSchema)
def find_experts(args: dict[str, Any]) -> Response:
    """Find experts by words, topic, price, stars, language and real free time."""
    limits.hit("search.find", request.remote_addr or "", "120/minute")
    question = schemas.question(args)
    return jsonify(schemas.results_out(*queries.shown(question)))  # has the schema's form already


@suggestions.get("")
@policy(PUBLIC)
@suggestions.arguments(schemas.SuggestionArgs, location="query")
@suggestions.response(200, schemas.SuggestionsSchema)
def suggest(args: dict[str, str]) -> Response:
    """Complete what somebody types: topics, experts, services."""
    limits.hit("search.suggest", request.remote_addr or "", "300/minute")
    return jsonify(schemas.suggestions_out(queries.complete(args["words"])))


@synonyms.get("")
@policy("admin")
@synonyms.response(200, schemas.SynonymsListSchema)
def list_synonyms() -> dict[str, list[Synonyms]]:
    """All groups, by their first words."""
    with reading() as session:
        return {"items": queries.synonyms(session)}


@synonyms.post("")
@policy("admin")
@synonyms.arguments(schemas.SynonymsWishSchema)
@synonyms.response(201, schemas.SynonymsSchema)
@synonyms.problems(too_many_synonyms=409)
@idempotent("search.add_synonyms", again=lambda made_id: _shown(made_id))  # noqa: PLW0108 - defined below
def add_synonyms(wish: dict[str, Any]) -> Synonyms:
    """Add a group; the next search is widened by it."""
    return service.add_synonyms(wish["words"], viewer())


@synonyms.put("/<uuid:group_id>")
@policy("admin")
@synonyms.arguments(schemas.SynonymsWishSchema)
@synonyms.response(200, schemas.SynonymsSchema)
@synonyms.problems(synonyms_not_found=404)
def edit_synonyms(wish: dict[str, Any], group_id: UUID) -> Synonyms:
    """Replace the words of a group."""
    return service.edit_synonyms(group_id, wish["words"], viewer())


@synonyms.delete("/<uuid:group_id>")
@policy("admin")
@synonyms.response(204)
@synonyms.problems(synonyms_not_found=404)
def remove_synonyms(group_id: UUID) -> None:
    """Take a group away."""
    service.remove_synonyms(group_id, viewer())


def _shown(group_id: UUID) -> Synonyms:
    with reading() as session:
        return queries.synonyms_of(session, group_id)
