"""Experts' own accounts at Stripe: opened and filled in on Stripe's pages, told of by events.

Source: Stripe, "Stripe-hosted onboarding" (docs.stripe.com/connect/hosted-onboarding).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import stripe
from stripe.params import AccountCreateParams

from cilis.hooks import Refused
from cilis.hooks.payee_accounts import (
    AccountNews,
    AccountOrder,
    OpenedAccount,
    no_such_account,
)
from cilis.kit import clock
from cilis_payment_stripe.client import client_for, is_missing, translated
from cilis_payment_stripe.settings import Account, is_account

_MOST = 300  # of accounts looked through
_KEPT = (
    "id", "object", "capabilities", "charges_enabled", "payouts_enabled", "details_submitted",
)  # fmt: skip


def open_account(order: AccountOrder, account: Account) -> OpenedAccount:
    """The payee's account and Stripe's page for it; looked for first, then made with a key."""
    if account.connected:
        raise Refused("a connected account cannot open accounts")
    client = client_for(account)
    name = order.account or _find(order.reference, client) or _make(order, client)
    with translated():
        link = client.v1.account_links.create(
            params={
                "account": name,
                "type": "account_onboarding",
                "return_url": order.return_url,
                "refresh_url": order.again_url,
                "collection_options": {"fields": "eventually_due"},
            }
        )
    return OpenedAccount(name, link.url)


def ask(name: str, account: Account) -> AccountNews:
    """How an account stands now; one that Stripe does not know is shut."""
    if not is_account(name):
        return no_such_account(name, clock.now())
    with translated():
        try:
            found = client_for(account).v1.accounts.retrieve(name).to_dict()
        except (stripe.InvalidRequestError, stripe.PermissionError) as problem:
            if is_missing(problem) or problem.code == "account_invalid":
                return no_such_account(name, clock.now())
            raise
    return news_of_account(found, at=clock.now())


def news_of_account(thing: Mapping[str, Any], *, at: datetime, event_id: str = "") -> AccountNews:
    """What an Account says."""
    asked = thing.get("requirements") or {}
    due = [*(asked.get("past_due") or ()), *(asked.get("currently_due") or ())]
    return AccountNews(
        account=str(thing.get("id") or ""),
        can_receive=(thing.get("capabilities") or {}).get("transfers") == "active",
        can_charge=bool(thing.get("charges_enabled")),
        can_be_paid=bool(thing.get("payouts_enabled")),
        due=tuple(dict.fromkeys(str(one) for one in due)),
        at=at,
        event_id=event_id,
        obstacle=str(asked.get("disabled_reason") or ""),
        raw={one: thing[one] for one in _KEPT if one in thing},
    )


def _find(reference: str, client: stripe.StripeClient) -> str:
    with translated():
        listed = client.v1.accounts.list(params={"limit": 100})
        for one in islice(listed.auto_paging_iter(), _MOST):
            found = one.to_dict()
            if (found.get("metadata") or {}).get("payee_reference") == reference:
                return str(found["id"])
    return ""


def _make(order: AccountOrder, client: stripe.StripeClient) -> str:
    params: AccountCreateParams = {
        "type": "express",
        "email": order.email,
        "business_type": "individual",
        "capabilities": {"transfers": {"requested": True}},
        "metadata": {"payee_reference": order.reference},
    }
    if order.country:
        params["country"] = order.country
    with translated():
        made = client.v1.accounts.create(
            params=params, options={"idempotency_key": f"account-{order.reference}"}
        )
    return made.id
