"""Coupons, packages and credit over the API."""

from cilis.domains.credits.api import admin, client
from cilis.domains.credits.api.blueprint import (
    client_credits,
    coupons,
    credits,
    gift_rules,
    offers,
    packages,
)

blueprints = (coupons, offers, gift_rules, client_credits, packages, credits)

__all__ = ["admin", "blueprints", "client"]
