"""/api/v1/extensions: the switchboard, for admins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cilis.domains.extensions import queries, service
from cilis.domains.extensions.schemas import (
    ExtensionListSchema,
    ExtensionSchema,
    OutcomeSchema,
    SwitchSchema,
)
from cilis.domains.extensions.types import Extension
from cilis.hooks.settings import TestOutcome
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "extensions",
    __name__,
    url_prefix="/api/v1/extensions",
    description="Plugins: switch, settings, health. Secrets can be set and never read.",
)


@blueprint.get("")
@policy("admin")
@blueprint.response(200, ExtensionListSchema)
def list_extensions() -> Mapping[str, Any]:
    """Every installed extension with its switch, settings and health."""
    with reading() as session:
        return {"items": queries.overview(session)}


@blueprint.get("/<string:kind>/<string:key>")
@policy("admin")
@blueprint.response(200, ExtensionSchema)
@blueprint.alt_response(404, description="extension_not_found")
def show_extension(kind: str, key: str) -> Extension:
    """One installed extension."""
    with reading() as session:
        return queries.one(session, kind, key)


@blueprint.put("/<string:kind>/<string:key>")
@policy("admin")
@blueprint.arguments(SwitchSchema)
@blueprint.response(200, ExtensionSchema)
@blueprint.alt_response(404, description="extension_not_found")
def switch_extension(body: Mapping[str, Any], kind: str, key: str) -> Extension:
    """Switch an extension on or off and change its settings."""
    return service.switch(kind, key, body["on"], body["settings"], viewer())


@blueprint.post("/<string:kind>/<string:key>/tests")
@policy("admin")
@blueprint.response(200, OutcomeSchema)
@blueprint.alt_response(404, description="extension_not_found")
def test_extension(kind: str, key: str) -> TestOutcome:
    """Try the kept settings against the outside, without moving money or reaching a person."""
    return service.try_out(kind, key)
