"""What the API says of an organization."""

from __future__ import annotations

from marshmallow import fields

from cilis.infra.http.schemas import Strict


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
