"""/api/v1/commission-rules and /api/v1/tax-rates for admins, /api/v1/prices for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cilis.domains import experts, tenants
from cilis.domains.pricing import queries, service
from cilis.domains.pricing.schemas import (
    CommissionListSchema,
    CommissionSchema,
    PriceListArgs,
    PriceListSchema,
    RateListSchema,
    RateSchema,
    ServiceTaxSchema,
    ShownCommissionSchema,
    ShownRateSchema,
    show_price,
)
from cilis.domains.pricing.types import Rate, Rule, RuleWish, Tax
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.viewer import viewer

commissions = ApiBlueprint(
    "commission_rules",
    __name__,
    url_prefix="/api/v1/commission-rules",
    description="What the organization keeps. Bookings keep the terms of the day they were made.",
)
rates = ApiBlueprint(
    "tax_rates",
    __name__,
    url_prefix="/api/v1/tax-rates",
    description="Tax rates beside the organization's usual one, and the services that have them.",
)
prices = ApiBlueprint(
    "prices",
    __name__,
    url_prefix="/api/v1/prices",
    description="What services cost, with tax and without.",
)
blueprints = [commissions, rates, prices]


@commissions.get("")
@policy("admin")
@commissions.response(200, CommissionListSchema)
def list_commission_rules() -> Mapping[str, Any]:
    """All rules; the nearest one holds: the expert's, the field's, everybody's."""
    with reading() as session:
        return {"items": queries.rules(session)}


@commissions.put("")
@policy("admin")
@commissions.arguments(CommissionSchema)
@commissions.response(200, ShownCommissionSchema)
@commissions.problems(expert_not_found=404, topic_not_found=404)
def set_commission_rule(wish: RuleWish) -> Rule:
    """Set the commission of an expert, a field or everybody; it replaces the one before."""
    return service.set_commission(wish, viewer())


@commissions.delete("/<uuid:rule_id>")
@policy("admin")
@commissions.response(204)
@commissions.problems(commission_rule_not_found=404)
def remove_commission_rule(rule_id: UUID) -> None:
    """Take a rule away; the next one above it holds."""
    service.remove_commission(rule_id, viewer())


@rates.get("")
@policy("admin")
@rates.response(200, RateListSchema)
def list_tax_rates() -> Mapping[str, Any]:
    """All tax rates beside the organization's usual one."""
    with reading() as session:
        return {"items": queries.rates(session)}


@rates.post("")
@policy("admin")
@rates.arguments(RateSchema)
@rates.response(201, ShownRateSchema)
def add_tax_rate(tax: Tax) -> Rate:
    """Add a tax rate that services can have."""
    return service.save_rate(tax, viewer())


@rates.put("/<uuid:rate_id>")
@policy("admin")
@rates.arguments(RateSchema)
@rates.response(200, ShownRateSchema)
@rates.problems(tax_rate_not_found=404)
def change_tax_rate(tax: Tax, rate_id: UUID) -> Rate:
    """Change a tax rate for bookings to come."""
    return service.save_rate(tax, viewer(), rate_id)


@rates.delete("/<uuid:rate_id>")
@policy("admin")
@rates.response(204)
@rates.problems(tax_rate_not_found=404, tax_rate_in_use=409)
def remove_tax_rate(rate_id: UUID) -> None:
    """Take a tax rate away that no service has."""
    service.remove_rate(rate_id, viewer())


@rates.put("/services/<uuid:service_id>")
@policy("admin")
@rates.arguments(ServiceTaxSchema)
@rates.response(204)
@rates.problems(service_not_found=404, tax_rate_not_found=404)
def set_service_tax(body: Mapping[str, Any], service_id: UUID) -> None:
    """Give a service a tax rate, or the usual one again."""
    service.tax_service(service_id, body["rate_id"], viewer())


@prices.get("")
@policy(PUBLIC)
@prices.arguments(PriceListArgs, location="query")
@prices.response(200, PriceListSchema)
@prices.problems(expert_not_found=404)
def list_prices(args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Prices of an expert's services; what is shown without tax and the tax add up to them."""
    with reading() as session:
        organization = tenants.organization(session)
        expert_id = experts.visible_id(session, args["expert_id"], viewer())
        offered = experts.services_of(session, [expert_id])[expert_id]
        taxes = queries.taxes(session, [one.id for one in offered], organization)
    items = [show_price(one.id, taxes[one.id].parts(one.price), taxes[one.id]) for one in offered]
    return {"price_display": organization.price_display, "items": items}
