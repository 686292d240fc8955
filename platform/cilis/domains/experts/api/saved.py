"""The viewer's list of experts to find again. Every call may be repeated."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from cilis.domains.experts import queries, schemas, service
from cilis.infra import limits
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.paging import page_args
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "saved-experts",
    __name__,
    url_prefix="/api/v1/saved-experts",
    description="Experts whom a person wants to find again.",
)


@blueprint.get("")
@policy(SIGNED_IN)
@blueprint.arguments(page_args, location="query")
@blueprint.response(200, schemas.SavedPageSchema)
def list_saved(args: dict[str, Any]) -> dict[str, Any]:
    """Whom the viewer saved, the latest first; who is hidden at the moment is left out."""
    with reading() as session:
        found = queries.saved_page(session, viewer(), cursor=args["cursor"], limit=args["limit"])
        cards = queries.cards(session, [one.expert_id for one in found.items])
    items = [schemas.saved_out(one, cards[one.expert_id]) for one in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


@blueprint.put("/<uuid:expert_id>")
@policy(SIGNED_IN)
@blueprint.response(204)
@blueprint.problems(expert_not_found=404, too_many_saved=409)
def save(expert_id: UUID) -> None:
    """Save an expert; once more changes nothing."""
    limits.hit("experts.save", request.remote_addr or "", "120/minute")
    service.save(expert_id, viewer())


@blueprint.delete("/<uuid:expert_id>")
@policy(SIGNED_IN)
@blueprint.response(204)
def unsave(expert_id: UUID) -> None:
    """Take an expert out of the list; who is not in it stays out."""
    service.unsave(expert_id, viewer())
