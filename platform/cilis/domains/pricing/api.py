"""/api/v1/commission-rules and /api/v1/tax-rates, for admins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cilis.domains.pricing import queries, service
from cilis.domains.pricing.schemas import (
    CommissionListSchema,
    CommissionSchema,
    RateListSchema,
    RateSchema,
    ServiceTaxSchema,
    ShownCommissionSchema,
    ShownRateSchema,
)
from cilis.domains.pricing.types import Rate, Rule, RuleWish, Tax
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "pricing",
    __name__,
    url_prefix="/api/v1",
    description="Commission and tax. Bookings keep the terms of the day they were made.",
)


@blueprint.get("/commission-rules")
@policy("admin")
@blueprint.response(200, CommissionListSchema)
def list_commission_rules() -> Mapping[str, Any]:
    """All rules; the nearest one holds: the expert's, the field's, everybody's."""
    with reading() as session:
        return {"items": queries.rules(session)}


@blueprint.put("/commission-rules")
@policy("admin")
@blueprint.arguments(CommissionSchema)
@blueprint.response(200, ShownCommissionSchema)
@blueprint.problems(expert_not_found=404, topic_not_found=404)
def set_commission_rule(wish: RuleWish) -> Rule:
    """Set the commission of an expert, a field or everybody; it replaces the one before."""
    return service.set_commission(wish, viewer())


@blueprint.delete("/commission-rules/<uuid:rule_id>")
@policy("admin")
@blueprint.response(204)
@blueprint.problems(commission_rule_not_found=404)
def remove_commission_rule(rule_id: UUID) -> None:
    """Take a rule away; the next one above it holds."""
    service.remove_commission(rule_id, viewer())


@blueprint.get("/tax-rates")
@policy("admin")
@blueprint.response(200, RateListSchema)
def list_tax_rates() -> Mapping[str, Any]:
    """All tax rates beside the organization's usual one."""
    with reading() as session:
        return {"items": queries.rates(session)}


@blueprint.post("/tax-rates")
@policy("admin")
@blueprint.arguments(RateSchema)
@blueprint.response(201, ShownRateSchema)
def add_tax_rate(tax: Tax) -> Rate:
    """Add a tax rate that services can have."""
    return service.save_rate(tax, viewer())


@blueprint.put("/tax-rates/<uuid:rate_id>")
@policy("admin")
@blueprint.arguments(RateSchema)
@blueprint.response(200, ShownRateSchema)
@blueprint.problems(tax_rate_not_found=404)
def change_tax_rate(tax: Tax, rate_id: UUID) -> Rate:
    """Change a tax rate for bookings to come."""
    return service.save_rate(tax, viewer(), rate_id)


@blueprint.delete("/tax-rates/<uuid:rate_id>")
@policy("admin")
@blueprint.response(204)
@blueprint.problems(tax_rate_not_found=404, tax_rate_in_use=409)
def remove_tax_rate(rate_id: UUID) -> None:
    """Take a tax rate away that no service has."""
    service.remove_rate(rate_id, viewer())


@blueprint.put("/services/<uuid:service_id>/tax")
@policy("admin")
@blueprint.arguments(ServiceTaxSchema)
@blueprint.response(204)
@blueprint.problems(service_not_found=404, tax_rate_not_found=404)
def set_service_tax(body: Mapping[str, Any], service_id: UUID) -> None:
    """Give a service a tax rate, or the usual one again."""
    service.tax_service(service_id, body["rate_id"], viewer())
