"""The room's addresses."""

from __future__ import annotations

from cilis.infra.http.api import ApiBlueprint

coupons = ApiBlueprint(
    "coupons",
    __name__,
    url_prefix="/api/v1/coupons",
    description="Codes that make a session cheaper.",
)
offers = ApiBlueprint(
    "package_offers",
    __name__,
    url_prefix="/api/v1/package-offers",
    description="Packages of sessions as the organization sells them; who has bought one keeps it.",
)
gift_rules = ApiBlueprint(
    "gift_credit_rules",
    __name__,
    url_prefix="/api/v1/gift-credit-rules",
    description="What gift credit is sold for.",
)
packages = ApiBlueprint(
    "packages",
    __name__,
    url_prefix="/api/v1/packages",
    description="Packages of sessions that are on sale, and buying one.",
)
credits = ApiBlueprint(
    "credits",
    __name__,
    url_prefix="/api/v1/credits",
    description="Your credit: what you bought, were given or took as a gift.",
)
client_credits = ApiBlueprint(
    "client_credits",
    __name__,
    url_prefix="/api/v1/client-credits",
    description="Everybody's credit, for staff: packages, gifts, and what the team has given.",
)
