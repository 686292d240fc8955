"""What a tenant fills in, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cilis.hooks import Refused, SettingField, SettingKind
from cilis.kit import http

API = "https://api.stripe.com"

FIELDS = (
    SettingField(
        "secret_key", "Secret key", SettingKind.SECRET,
        help="From Stripe's dashboard, Developers, API keys. Begins with sk_ or rk_.",
    ),
    SettingField(
        "webhook_secret", "Signing secret of the webhook", SettingKind.SECRET,
        help="From Stripe's dashboard, Developers, Webhooks. Begins with whsec_.",
    ),
    SettingField(
        "api_base", "Server address of a stand-in", SettingKind.URL, required=False,
        help="For trials on this machine only. Leave empty.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """One tenant's account at Stripe."""

    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api_base: str


def account(settings: Mapping[str, str]) -> Account:
    """The tenant's account; raises Refused when the settings cannot be used."""
    key = settings.get("secret_key", "").strip()
    webhook_secret = settings.get("webhook_secret", "").strip()
    if not key or not webhook_secret:
        raise Refused("secret key or signing secret is missing")
    api_base = settings.get("api_base", "").rstrip("/")
    if api_base and not http.is_loopback(api_base):
        raise Refused("the address of a stand-in must lie on this machine")
    return Account(key, webhook_secret, api_base or API)
