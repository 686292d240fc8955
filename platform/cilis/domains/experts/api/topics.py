"""The tree of topics."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains.experts import queries, schemas, service
from cilis.domains.experts.types import Topic, TopicWish
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "topics", __name__, url_prefix="/api/v1/topics", description="What experts know about."
)


@blueprint.get("")
@policy(PUBLIC)
@blueprint.response(200, schemas.TopicsSchema)
def list_topics() -> dict[str, list[Topic]]:
    """The whole tree, from its roots."""
    with reading() as session:
        return {"items": queries.topics(session)}


@blueprint.post("")
@policy("admin")
@blueprint.arguments(schemas.TopicWishSchema)
@blueprint.response(201, schemas.TopicSchema)
@idempotent("experts.add_topic", again=lambda made_id: _shown(made_id))  # noqa: PLW0108 - defined below
def add_topic(wish: dict[str, Any]) -> Topic:
    """Add a topic."""
    return service.add_topic(TopicWish(**wish), viewer())


@blueprint.put("/<uuid:topic_id>")
@policy("admin")
@blueprint.arguments(schemas.TopicWishSchema)
@blueprint.response(200, schemas.TopicSchema)
@blueprint.problems(topic_not_found=404)
def edit_topic(wish: dict[str, Any], topic_id: UUID) -> Topic:
    """Change a topic's words or place in the tree."""
    return service.edit_topic(topic_id, TopicWish(**wish), viewer())


@blueprint.delete("/<uuid:topic_id>")
@policy("admin")
@blueprint.response(204)
@blueprint.problems(topic_not_found=404, topic_in_use=409)
def remove_topic(topic_id: UUID) -> None:
    """Take a topic out of the tree; refused while anything hangs on it."""
    service.remove_topic(topic_id, viewer())


@blueprint.put("/<uuid:topic_id>/place")
@policy("admin")
@blueprint.arguments(schemas.TopicPlaceSchema)
@blueprint.response(200, schemas.TopicSchema)
@blueprint.problems(topic_not_found=404)
def place_topic(wish: dict[str, Any], topic_id: UUID) -> Topic:
    """Move a topic: below which other one, and at which place among those there."""
    return service.place_topic(topic_id, wish["parent_id"], wish["place"], viewer())


@blueprint.post("/<uuid:topic_id>/mergers")
@policy("admin")
@blueprint.arguments(schemas.TopicMergerSchema)
@blueprint.response(201, schemas.TopicSchema)
@blueprint.problems(topic_not_found=404)
@idempotent("experts.merge_topic", again=lambda made_id: _shown(made_id))  # noqa: PLW0108 - defined below
def merge_topic(wish: dict[str, Any], topic_id: UUID) -> Topic:
    """Make one topic of two; answers with the one that stays."""
    return service.merge_topic(topic_id, wish["into_id"], viewer())


def _shown(topic_id: UUID) -> Topic:
    with reading() as session:
        return queries.topic(session, topic_id)
