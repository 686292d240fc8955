"""What the API says of an organization."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from cilis.domains.tenants.types import BrandWish
from cilis.infra.http.schemas import Strict, Text

_COLOUR = validate.Regexp(r"^#[0-9a-fA-F]{6}$", error="not_a_colour")


class TierSchema(Strict):
    """Until ``hours`` before the session, ``percent`` of the price comes back."""

    hours = fields.Integer(required=True)
    percent = fields.Integer(required=True)


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
    hold_minutes = fields.Integer(required=True)


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
