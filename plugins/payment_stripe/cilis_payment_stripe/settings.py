"""What a tenant fills in, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cilis.hooks import Refused, SettingField, SettingKind
from cilis.kit import http

API = "https://api.stripe.com"
FILES = "https://files.stripe.com"
OWN, DIRECT, DESTINATION = "own", "direct", "destination"
_ACCOUNT = re.compile("acct_[A-Za-z0-9]{1,60}")
_WHOLE = 10_000

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
        "charges", "Where the money goes", SettingKind.CHOICE, default="own",
        choices=(
            ("own", "To your own account"),
            ("direct", "To your account as a connected one; the platform keeps a fee"),
            ("destination", "To your account, and the experts' shares to theirs"),
        ),
        help="The second and third need Stripe Connect. Payments made before keep their way.",
    ),
    SettingField(
        "connected_account", "Connected account", required=False,
        help="For the second way only. Begins with acct_. The keys above are the platform's then.",
    ),
    SettingField(
        "platform_fee", "Platform's fee, in hundredths of a percent", SettingKind.NUMBER,
        required=False, default="0",
        help="For the second way only. 250 stands for 2.5 percent.",
    ),
    SettingField(
        "payouts", "How experts are paid out", SettingKind.CHOICE, default="file",
        choices=(
            ("file", "Not by Stripe: by a file for the bank"),
            ("transfers", "By transfers to their accounts at Stripe"),
        ),
        help="The second needs Stripe Connect and keys of your own account.",
    ),
    SettingField(
        "connect_secret", "Signing secret for events of experts' accounts", SettingKind.SECRET,
        required=False,
        help="Of a second webhook at Stripe, for events on connected accounts. Begins with whsec_.",
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
    charges: str = OWN
    connected: str = ""  # the account that is charged, where it is not the key's own
    platform_fee: int = 0  # hundredths of a percent
    connect_secret: str = field(default="", repr=False)


def account(settings: Mapping[str, str]) -> Account:
    """The tenant's account; raises Refused when the settings cannot be used."""
    key = settings.get("secret_key", "").strip()
    webhook_secret = settings.get("webhook_secret", "").strip()
    if not key or not webhook_secret:
        raise Refused("secret key or signing secret is missing")
    api_base = settings.get("api_base", "").rstrip("/")
    if api_base and not http.is_loopback(api_base):
        raise Refused("the address of a stand-in must lie on this machine")
    charges = settings.get("charges") or OWN
    if charges not in {OWN, DIRECT, DESTINATION}:
        raise Refused(f"no such way: {charges}")
    connected = settings.get("connected_account", "").strip() if charges == DIRECT else ""
    if charges == DIRECT and not is_account(connected):
        raise Refused("the connected account is missing or does not begin with acct_")
    fee = int(settings.get("platform_fee") or 0) if charges == DIRECT else 0
    if fee >= _WHOLE:
        raise Refused("the platform's fee would be all of it")
    second = settings.get("connect_secret", "").strip()
    return Account(key, webhook_secret, api_base or API, charges, connected, fee, second)


def is_account(name: str) -> bool:
    """Whether this can be the name of an account at Stripe."""
    return _ACCOUNT.fullmatch(name) is not None
