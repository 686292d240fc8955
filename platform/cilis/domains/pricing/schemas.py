"""What the API says of prices, and what it takes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields, post_load, validate

from cilis.domains.pricing.types import Base, Commission, Parts, RuleWish, Tax
from cilis.domains.tenants import PriceDisplay
from cilis.infra.http.schemas import MoneySchema, Strict, Text, Translations, money

_MOST = 10**12
_PERCENT = {"description": "hundredths of a percent: 1500 is 15 %"}
_MINOR = {"description": "minor units of the organization's currency"}
_SHARE = validate.Range(0, 10_000, error="out_of_range")
_AMOUNT = validate.Range(0, _MOST, error="out_of_range")


class CommissionSchema(Strict):
    """A commission for one expert, one field with all below it, or (neither given) everybody."""

    expert_id = fields.UUID(load_default=None, allow_none=True)
    topic_id = fields.UUID(load_default=None, allow_none=True)
    percent_bp = fields.Integer(required=True, strict=True, validate=_SHARE, metadata=_PERCENT)
    fixed_minor = fields.Integer(load_default=0, strict=True, validate=_AMOUNT, metadata=_MINOR)
    minimum_minor = fields.Integer(load_default=0, strict=True, validate=_AMOUNT, metadata=_MINOR)
    base = fields.Enum(Base, by_value=True, load_default=Base.NET)

    @post_load
    def _to_wish(self, data: dict[str, Any], **_: Any) -> RuleWish:
        scope = {name: data.pop(name) for name in ("expert_id", "topic_id")}
        return RuleWish(commission=Commission(**data), **scope)


class ShownCommissionSchema(CommissionSchema):
    """A commission that holds."""

    id = fields.UUID(required=True)
    percent_bp = fields.Integer(required=True, attribute="commission.percent_bp", metadata=_PERCENT)
    fixed_minor = fields.Integer(required=True, attribute="commission.fixed_minor", metadata=_MINOR)
    minimum_minor = fields.Integer(
        required=True, attribute="commission.minimum_minor", metadata=_MINOR
    )
    base = fields.Enum(Base, by_value=True, required=True, attribute="commission.base")


class CommissionListSchema(Strict):
    """All rules: everybody's first, then fields, then experts."""

    items = fields.List(fields.Nested(ShownCommissionSchema), required=True)


class RateSchema(Strict):
    """A tax rate: its name by language, the country it is of, and the rate prices include."""

    name = Translations(required=True, most=60)
    country = Text(required=True, least=2, most=2, metadata={"description": "ISO 3166-1 alpha-2"})
    rate_bp = fields.Integer(required=True, strict=True, validate=_SHARE, metadata=_PERCENT)

    @post_load
    def _to_tax(self, data: dict[str, Any], **_: Any) -> Tax:
        return Tax(**data)


class ShownRateSchema(Strict):
    """A tax rate and how many services have it."""

    id = fields.UUID(required=True)
    name = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, attribute="tax.name"
    )
    country = fields.String(required=True, attribute="tax.country")
    rate_bp = fields.Integer(required=True, attribute="tax.rate_bp", metadata=_PERCENT)
    services = fields.Integer(required=True)


class RateListSchema(Strict):
    """All tax rates beside the usual one."""

    items = fields.List(fields.Nested(ShownRateSchema), required=True)


class ServiceTaxSchema(Strict):
    """Which tax rate a service has; null is the organization's usual one."""

    rate_id = fields.UUID(required=True, allow_none=True)


class PriceListArgs(Strict):
    """Whose services."""

    expert_id = fields.UUID(required=True)


class PriceSchema(Strict):
    """What a service costs today: ``price`` is paid, ``net`` and ``tax`` add up to it."""

    service_id = fields.UUID(required=True)
    price = fields.Nested(MoneySchema, required=True)
    net = fields.Nested(MoneySchema, required=True)
    tax = fields.Nested(MoneySchema, required=True)
    tax_rate_bp = fields.Integer(required=True, metadata=_PERCENT)
    tax_name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class PriceListSchema(Strict):
    """An expert's prices, and which of the two amounts pages show."""

    price_display = fields.Enum(PriceDisplay, by_value=True, required=True)
    items = fields.List(fields.Nested(PriceSchema), required=True)


def show_price(service_id: UUID, parts: Parts, tax: Tax) -> dict[str, Any]:
    """A price taken apart, as the API shows it."""
    return {
        "service_id": service_id,
        "price": money(parts.gross),
        "net": money(parts.net),
        "tax": money(parts.tax),
        "tax_rate_bp": tax.rate_bp,
        "tax_name": dict(tax.name),
    }
