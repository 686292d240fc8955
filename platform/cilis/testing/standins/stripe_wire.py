"""Stripe's side of the wire, written apart from its library."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any

from cilis.kit import clock
from cilis.testing.standins import notices
from cilis.testing.standins.notices import Twist
from cilis.testing.standins.state import Account, Payment, Refund, Sending, State

GATEWAY = "stripe"
API_VERSION = "2026-10-28.endive"
_SESSION_STATUS = {"open": "open", "expired": "expired"}
_REFUND_STATUS = {"accepted": "pending", "done": "succeeded", "refused": "failed"}


def nested(flat: Mapping[str, str]) -> dict[str, Any]:
    """``{"a[b][0]": "x"}`` as ``{"a": {"b": {"0": "x"}}}``."""
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        path = re.findall(r"[^\[\]]+", name)
        place = tree
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place[path[-1]] = value
    return tree


def new_id(kind: str) -> str:
    """An id such as "cs_test_…"."""
    return f"{kind}_{secrets.token_hex(12)}"


def session_json(payment: Payment, *, expand: bool = False) -> dict[str, Any]:
    """A Checkout Session as the API shows it."""
    data = payment.data
    intent: str | dict[str, Any] | None = data.get("payment_intent")
    if expand and intent:
        state = {"paid": "succeeded", "pending": "processing"}.get(
            payment.state, "requires_payment_method"
        )
        intent = {"id": intent, "object": "payment_intent", "status": state}
    return {
        "id": payment.id,
        "object": "checkout.session",
        "amount_total": payment.amount,
        "cancel_url": data["cancel_url"],
        "client_reference_id": payment.reference,
        "created": int(payment.created_at),
        "currency": payment.currency,
        "customer_email": data.get("customer_email"),
        "expires_at": int(payment.expires_at),
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "mode": "payment",
        "payment_intent": intent,
        "payment_status": "paid" if payment.state == "paid" else "unpaid",
        "status": _SESSION_STATUS.get(payment.state, "complete"),
        "success_url": data["success_url"],
        "url": data["url"] if payment.state == "open" else None,
    }


def refund_json(payment: Payment, refund: Refund) -> dict[str, Any]:
    """A Refund as the API shows it."""
    return {
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "created": int(refund.day or payment.data.get("paid_at", payment.created_at)),
        "currency": payment.currency,
        "metadata": payment.data["refund_metadata"].get(refund.id, {}),
        "payment_intent": payment.data["payment_intent"],
        "reason": "requested_by_customer",
        "status": _REFUND_STATUS[refund.state],
        "transfer_reversal": _reversal_of(payment, refund),
    }


def _reversal_of(payment: Payment, refund: Refund) -> str | None:
    told = payment.data.get("shares_back", {}).get(refund.id)
    return f"trr_{refund.id}" if told and told["reverse_transfer"] else None


def tell(state: State, payment: Payment, kind: str, thing: dict[str, Any], *, now: bool) -> None:
    """Send one event about a payment."""

    def make(account: Account, twist: Twist) -> Sending:
        told = dict(thing)
        if twist.wrong_amount:
            name = "amount_total" if "amount_total" in told else "amount"
            told[name] = told[name] - 100
        return _event(payment, account, kind, told, twist)

    notices.tell(state, payment, make, now=now)


def _event(
    payment: Payment, account: Account, kind: str, thing: dict[str, Any], twist: Twist
) -> Sending:
    body = json.dumps(
        {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            **({"account": payment.data["connected"]} if payment.data.get("connected") else {}),
            "created": int(clock.now().timestamp()),
            "data": {"object": thing},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        },
        ensure_ascii=False,
    )
    of_expert = kind == "account.updated"
    secret = (account.connect_secret if of_expert else "") or account.secret
    if twist.bad_signature:
        secret = f"{secret}?"
    if twist.other_merchant:
        secret = "whsec_of_another_merchant"  # noqa: S105 - that is the point
    return Sending(
        id=notices.new_id(),
        gateway=GATEWAY,
        reference=payment.reference,
        about=kind,
        method="POST",
        url=account.notice_url,
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(body, secret),
        },
        body=body,
    )


def signature(body: str, secret: str) -> str:
    """The header that proves an event. The library compares it with the machine's clock."""
    moment = int(time.time())
    mark = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256)
    return f"t={moment},v1={mark.hexdigest()}"
