"""What the API says of an organization."""

from __future__ import annotations

import dataclasses
from typing import Any

from marshmallow import fields, post_load, validate

from cilis.domains.tenants.types import (
    BrandWish,
    CancellationPolicy,
    CancellationTier,
    Organization,
    PriceDisplay,
    Rules,
    RulesWish,
)
from cilis.infra.http.schemas import Strict, Text, Translations, one_of

_COLOUR = validate.Regexp(r"^#[0-9a-fA-F]{6}$", error="not_a_colour")


class TierSchema(Strict):
    """Until ``hours`` before the session, ``percent`` of the price comes back."""

    hours = fields.Integer(required=True, strict=True)
    percent = fields.Integer(required=True, strict=True)

    @post_load
    def _to_tier(self, data: dict[str, Any], **_: Any) -> CancellationTier:
        return CancellationTier(**data)


class PolicySchema(Strict):
    """Rules that an expert may choose for a service; ``names`` by language."""

    key = Text(required=True, least=2, most=40)
    names = Translations(most=60, required=True)
    tiers = fields.List(fields.Nested(TierSchema), required=True)
    no_show_percent = fields.Integer(load_default=0, strict=True)

    @post_load
    def _to_policy(self, data: dict[str, Any], **_: Any) -> CancellationPolicy:
        return CancellationPolicy(**data)


class PublicRulesSchema(Strict):
    """What becomes of money when plans change, besides the tiers."""

    no_show_percent = fields.Integer(
        load_default=0, strict=True, metadata={"description": "back when the client did not come"}
    )
    expert_percent = fields.Integer(
        load_default=100, strict=True, metadata={"description": "back when the expert cancels"}
    )
    suggest = fields.Boolean(load_default=True)
    moves = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        metadata={"description": "how often a client may move a session; null: no limit"},
    )
    move_hours = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        metadata={"description": "until so many hours before; null: as long as money comes back"},
    )
    other_service = fields.Boolean(load_default=False)
    policies = fields.List(fields.Nested(PolicySchema), load_default=list)


class RulesSchema(PublicRulesSchema):
    """The same with the tiers, and for staff what one person may give back alone."""

    cancellation = fields.List(fields.Nested(TierSchema), required=True)
    refund_limits = fields.Dict(
        keys=fields.String(validate=one_of("support", "admin")),
        values=fields.Integer(strict=True, validate=validate.Range(0, 10**15)),
        load_default=dict,
        metadata={"description": "role: minor units; a role that is not named has no limit"},
    )

    @post_load
    def _to_wish(self, data: dict[str, Any], **_: Any) -> RulesWish:
        tiers = data.pop("cancellation")
        return RulesWish(cancellation=tiers, rules=Rules(**data))


def show_rules(found: Organization) -> dict[str, Any]:
    """All rules as an admin's program sees them."""
    rules = dataclasses.asdict(found.rules)
    return {**rules, "cancellation": [dataclasses.asdict(tier) for tier in found.cancellation]}


class OrganizationSchema(Strict):
    """The organization whose site this is, as anybody may see it."""

    name = fields.String(required=True)
    languages = fields.List(fields.String(), required=True)
    default_language = fields.String(required=True)
    currency = fields.String(required=True, metadata={"description": "ISO 4217"})
    time_zone = fields.String(required=True, metadata={"description": "IANA name"})
    country = fields.String(required=True, metadata={"description": "ISO 3166-1 alpha-2"})
    legal = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    cancellation = fields.List(fields.Nested(TierSchema), required=True)
    tax_percent = fields.Integer(required=True, metadata={"description": "prices include it"})
    price_display = fields.Enum(
        PriceDisplay,
        by_value=True,
        required=True,
        metadata={"description": "how pages show prices: with tax in them, or beside them"},
    )
    hold_minutes = fields.Integer(required=True)
    rules = fields.Nested(PublicRulesSchema, required=True)


class PriceDisplaySchema(Strict):
    """How pages show prices: with tax in them, or without and the tax beside."""

    price_display = fields.Enum(PriceDisplay, by_value=True, required=True)


class BrandSchema(Strict):
    """How the organization is called and looks, for its admins."""

    name = Text(required=True, least=1, most=80)
    colour = fields.String(
        required=True, validate=validate.Regexp(r"^#[0-9a-fA-F]{6}$", error="not_a_colour")
    )
    neutral = fields.String(required=True, validate=validate.Length(1, 20))
    font_text = fields.String(required=True, validate=validate.Length(1, 40))
    font_display = fields.String(required=True, validate=validate.Length(1, 40))
    languages = fields.List(
        fields.String(validate=validate.Length(2, 5)), required=True, validate=validate.Length(1, 3)
    )
    default_language = fields.String(required=True, validate=validate.Length(2, 5))
    legal = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 20)),
        values=Text(most=300),
        load_default=dict,
    )

    @post_load
    def _to_wish(self, data: dict[str, Any], **_: Any) -> BrandWish:
        return BrandWish(**{**data, "colour": data["colour"].lower()})


class ShownBrandSchema(BrandSchema):
    """The same with the addresses of the pictures, "" where there is none."""

    logo = fields.String(required=True)
    mail_logo = fields.String(required=True)
    icon = fields.String(required=True)


class PictureSchema(Strict):
    """Body of PUT: a drawing, and for mails the logo as PNG (base64)."""

    svg = fields.String(required=True, validate=validate.Length(1, 64 * 1024))
    png = fields.String(load_default="", validate=validate.Length(0, 700 * 1024))
