"""GET /api/v1/organization."""

from __future__ import annotations

from cilis.domains.tenants import queries
from cilis.domains.tenants.schemas import OrganizationSchema
from cilis.domains.tenants.types import Organization
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.policies import PUBLIC, policy

blueprint = ApiBlueprint(
    "organization",
    __name__,
    url_prefix="/api/v1/organization",
    description="The organization whose site this is.",
)


@blueprint.get("")
@policy(PUBLIC)
@blueprint.response(200, OrganizationSchema)
def show_organization() -> Organization:
    """Name, languages, currency, time zone and rules of the organization."""
    with reading() as session:
        return queries.organization(session)
