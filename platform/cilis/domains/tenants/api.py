"""/api/v1/organization: what everybody may know of it, and its brand for admins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cilis.domains.tenants import queries, service
from cilis.domains.tenants.schemas import (
    BrandSchema,
    OrganizationSchema,
    PictureSchema,
    PriceDisplaySchema,
    RulesSchema,
    ShownBrandSchema,
    show_rules,
)
from cilis.domains.tenants.types import BrandWish, Organization, RulesWish
from cilis.infra.db import reading
from cilis.infra.files import public_url
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.viewer import viewer
from cilis.kit.errors import InvalidInput

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


@blueprint.get("/brand")
@policy("admin")
@blueprint.response(200, ShownBrandSchema)
def show_brand() -> Mapping[str, Any]:
    """Name, colours, fonts, languages, legal texts and pictures."""
    with reading() as session:
        return _brand(queries.organization(session))


@blueprint.put("/brand")
@policy("admin")
@blueprint.arguments(BrandSchema)
@blueprint.response(200, ShownBrandSchema)
def change_brand(wish: BrandWish) -> Mapping[str, Any]:
    """Change all of it but the pictures; a colour that cannot be read is refused."""
    return _brand(service.change_brand(wish, viewer()))


@blueprint.get("/rules")
@policy("admin")
@blueprint.response(200, RulesSchema)
def show_the_rules() -> Mapping[str, Any]:
    """What comes back when plans change, and what services may choose instead."""
    with reading() as session:
        return show_rules(queries.organization(session))


@blueprint.put("/rules")
@policy("admin")
@blueprint.arguments(RulesSchema)
@blueprint.response(200, RulesSchema)
def change_rules(wish: RulesWish) -> Mapping[str, Any]:
    """Change all of it; bookings that are made keep the rules of their day."""
    return show_rules(service.change_rules(wish, viewer()))


@blueprint.put("/price-display")
@policy("admin")
@blueprint.arguments(PriceDisplaySchema)
@blueprint.response(200, OrganizationSchema)
def change_price_display(body: Mapping[str, Any]) -> Organization:
    """Show prices with tax in them or beside them; bookings keep the form of their day."""
    return service.change_price_display(body["price_display"], viewer())


@blueprint.put("/pictures/<string:kind>")
@policy("admin")
@blueprint.arguments(PictureSchema)
@blueprint.response(200, ShownBrandSchema)
@blueprint.problems(not_found=404)
def change_picture(body: Mapping[str, str], kind: str) -> Mapping[str, Any]:
    """Take another logo or icon; what acts, loads or links is taken out of the drawing."""
    try:
        png = base64.b64decode(body["png"], validate=True)
    except (binascii.Error, ValueError) as problem:
        raise InvalidInput({"png": ["not_a_picture"]}) from problem
    return _brand(service.change_picture(kind, body["svg"].encode(), png or None, viewer()))


@blueprint.delete("/pictures/<string:kind>")
@policy("admin")
@blueprint.response(200, ShownBrandSchema)
@blueprint.problems(not_found=404)
def remove_picture(kind: str) -> Mapping[str, Any]:
    """Show the name's first letter instead."""
    return _brand(service.remove_picture(kind, viewer()))


def _brand(found: Organization) -> Mapping[str, Any]:
    def address(name: str) -> str:
        key = found.brand.get(name)
        return public_url(key) if key else ""

    return {
        "name": found.name,
        "colour": found.brand.get("colour", ""),
        "neutral": found.brand.get("neutral", "plain"),
        "font_text": found.brand.get("font_text", "inter"),
        "font_display": found.brand.get("font_display", "inter"),
        "languages": list(found.languages),
        "default_language": found.default_language,
        "legal": dict(found.legal),
        "logo": address("logo_svg_key"),
        "mail_logo": address("logo_png_key"),
        "icon": address("icon_key"),
    }
