"""Experts as visitors see them, and what staff may do to them. The list is the search room's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains.experts import queries, schemas, service
from cilis.domains.experts.types import Application
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "experts", __name__, url_prefix="/api/v1/experts", description="Profiles of experts."
)


@blueprint.post("")
@policy(SIGNED_IN)
@blueprint.arguments(schemas.ApplicationSchema)
@blueprint.response(201, schemas.ProfileSchema)
@blueprint.problems(already_expert=409)
@idempotent("experts.apply", again=lambda _: _own())
def apply(wish: dict[str, Any]) -> dict[str, Any]:
    """Become an expert: opens a draft profile for the signed-in person."""
    service.apply(Application(**wish), viewer())
    return _own()


@blueprint.get("/<string(maxlength=80):expert>")
@policy(PUBLIC)
@blueprint.response(200, schemas.ProfileSchema)
@blueprint.problems(expert_not_found=404)
def show_expert(expert: str) -> dict[str, Any]:
    """One expert by id or by the readable part of the page's address."""
    with reading() as session:
        return schemas.profile_out(queries.profile(session, expert, viewer()))


@blueprint.put("/services/<uuid:service_id>/policy")
@policy("admin")
@blueprint.arguments(schemas.PolicyChoiceSchema)
@blueprint.response(200, schemas.OfferSchema)
@blueprint.problems(service_not_found=404, invalid_input=422)
def choose_policy(wish: dict[str, Any], service_id: UUID) -> dict[str, Any]:
    """Give a service other rules of cancelling, or the organization's own."""
    return schemas.offer_out(service.choose_policy(service_id, wish["policy"], viewer()))


@blueprint.put("/<uuid:expert_id>/suspension")
@policy("admin")
@blueprint.arguments(schemas.SuspensionSchema)
@blueprint.response(204)
@blueprint.problems(expert_not_found=404, expert_state=409)
def suspend(wish: dict[str, Any], expert_id: UUID) -> None:
    """Hide a published expert from visitors; bookings stay."""
    service.suspend(expert_id, wish["reason"], viewer())


@blueprint.delete("/<uuid:expert_id>/suspension")
@policy("admin")
@blueprint.response(204)
@blueprint.problems(expert_not_found=404, expert_state=409)
def reinstate(expert_id: UUID) -> None:
    """Show a suspended expert again."""
    service.reinstate(expert_id, viewer())


def _own() -> dict[str, Any]:
    with reading() as session:
        return schemas.profile_out(queries.mine(session, viewer()), whole=True)
