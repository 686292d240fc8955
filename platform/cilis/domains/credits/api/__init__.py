"""Coupons, packages and credit over the API."""

from cilis.domains.credits.api import admin
from cilis.domains.credits.api.blueprint import client_credits, coupons, gift_rules, offers

blueprints = (coupons, offers, gift_rules, client_credits)

__all__ = ["admin", "blueprints"]
