"""The list of experts and completion, for programs."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from cilis.domains.search import queries, schemas
from cilis.infra import limits
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.policies import PUBLIC, policy

experts_list = ApiBlueprint(
    "expert-search", __name__, url_prefix="/api/v1/experts", description="Finding experts."
)
suggestions = ApiBlueprint(
    "search-suggestions",
    __name__,
    url_prefix="/api/v1/search-suggestions",
    description="Completion while typing.",
)
blueprints = (experts_list, suggestions)


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
