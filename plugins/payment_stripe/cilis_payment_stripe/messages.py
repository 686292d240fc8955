"""Orders into Stripe's parameters, and Stripe's objects back into our words. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from stripe.params.checkout import SessionCreateParams

from cilis.hooks import TryLater
from cilis.hooks.payee_accounts import AccountNews
from cilis.hooks.payments import (
    BadSignature,
    DisputeNews,
    Ignored,
    Outcome,
    PaymentNews,
    PaymentOrder,
    RefundNews,
    RefundOutcome,
)
from cilis.kit import crypto
from cilis.kit.money import Money
from cilis_payment_stripe import accounts, connect, disputes
from cilis_payment_stripe.amounts import amount_of, wire_amount
from cilis_payment_stripe.settings import Account

# Stripe keeps a session open for 30 minutes at least; ours ends earlier, by `close`. Counted from
# the attempt's birth, so that a repeat sends the very same parameters with the same key.
SHORTEST = timedelta(minutes=40)

_LOCALES: Mapping[str, Literal["vi", "en", "de"]] = {"vi": "vi", "en": "en", "de": "de"}
_REFUNDS: Mapping[str, RefundOutcome] = {
    "succeeded": RefundOutcome.DONE,
    "failed": RefundOutcome.REFUSED,
    "canceled": RefundOutcome.REFUSED,
}
_EVIDENCE = ("id", "object", "status", "payment_status", "amount_total", "amount", "currency")


def session_params(order: PaymentOrder, account: Account) -> SessionCreateParams:
    """What is sent to open Stripe's page for an order."""
    params: SessionCreateParams = {
        "mode": "payment",
        "client_reference_id": order.reference,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.amount.currency.lower(),
                    "unit_amount": wire_amount(order.amount),
                    "product_data": {"name": order.description or order.reference},
                },
            }
        ],
        "success_url": _return_url(order, "done", account.webhook_secret),
        "cancel_url": _return_url(order, "left", account.webhook_secret),
        "expires_at": int(max(order.expires_at, order.created_at + SHORTEST).timestamp()),
        "locale": _LOCALES.get(order.language, "auto"),
        "metadata": {"reference": order.reference},
        "payment_intent_data": {"metadata": {"reference": order.reference}},
    }
    shared = connect.shares(order, account)
    if "application_fee_amount" in shared:
        params["payment_intent_data"]["application_fee_amount"] = shared["application_fee_amount"]
    if "transfer_data" in shared:
        destination = shared["transfer_data"]["destination"]
        params["payment_intent_data"]["transfer_data"] = {"destination": destination}
    if order.payer_email:
        params["customer_email"] = order.payer_email
    return params


def read_return(query: Mapping[str, str], webhook_secret: str) -> Outcome:
    """What the browser brings back; raises BadSignature if the way back is not ours.

    Stripe leads to the first address when the page is finished, also where the money comes
    days later: so it says no more than "wait for the notice".
    """
    way, reference = query.get("way", ""), query.get("payment", "")
    if not crypto.same(query.get("proof", ""), _proof(reference, way, webhook_secret)):
        raise BadSignature("the way back is not one that was given to Stripe")
    return Outcome.PENDING if way == "done" else Outcome.FAILED


def outcome_of_session(session: Mapping[str, Any]) -> Outcome:
    """What a Checkout Session says of the money."""
    if session.get("payment_status") in {"paid", "no_payment_required"}:
        return Outcome.PAID
    if session.get("status") == "expired":
        return Outcome.EXPIRED
    intent = session.get("payment_intent")
    state = intent.get("status") if isinstance(intent, Mapping) else ""
    if session.get("status") == "complete" and state in {"canceled", "requires_payment_method"}:
        return Outcome.FAILED  # a late payment, say by direct debit, did not come
    return Outcome.PENDING


def news_of_session(
    session: Mapping[str, Any], *, outcome: Outcome | None = None, event_id: str = ""
) -> PaymentNews:
    """What a Checkout Session, asked for or told by an event, says of a payment."""
    total, currency = session.get("amount_total"), session.get("currency")
    told = f"{session.get('id')}:{session.get('status')}:{session.get('payment_status')}"
    return PaymentNews(
        reference=str(session.get("client_reference_id") or ""),
        outcome=outcome or outcome_of_session(session),
        amount=None if total is None or not currency else amount_of(int(total), str(currency)),
        event_id=event_id or told,
        provider_reference=intent_of(session),
        reason=str(session.get("status") or ""),
        raw=_evidence(session),
    )


def intent_of(session: Mapping[str, Any]) -> str:
    """The id of the session's PaymentIntent, whether it came expanded or not."""
    intent = session.get("payment_intent") or ""
    return str(intent.get("id", "")) if isinstance(intent, Mapping) else str(intent)


def fee_of_intent(intent: Mapping[str, Any]) -> Money | None:
    """What Stripe kept of a payment, in the currency of the account; TryLater while unknown."""
    charge = intent.get("latest_charge")
    booked = charge.get("balance_transaction") if isinstance(charge, Mapping) else None
    if not isinstance(booked, Mapping) or booked.get("fee") is None:
        raise TryLater("Stripe has not booked the charge yet", after=timedelta(hours=1))
    # the platform's fee is told apart: it is not Stripe's
    details = booked.get("fee_details") or [{"type": "stripe_fee", "amount": booked["fee"]}]
    own = sum(int(one["amount"]) for one in details if one.get("type") != "application_fee")
    return amount_of(own, str(booked["currency"])) if own else None


def news_of_refund(
    refund: Mapping[str, Any], refund_reference: str, *, event_id: str = ""
) -> RefundNews:
    """What a Refund says."""
    status = str(refund.get("status") or "")
    return RefundNews(
        refund_reference=refund_reference,
        outcome=_REFUNDS.get(status, RefundOutcome.ACCEPTED),
        event_id=event_id or f"{refund.get('id')}:{status}",
        provider_reference=str(refund.get("id") or ""),
        reason=str(refund.get("failure_reason") or status),
        raw=_evidence(refund),
        took_share=bool(refund.get("transfer_reversal")),
    )


def news_of_event(
    event: Mapping[str, Any], connected: str = ""
) -> PaymentNews | RefundNews | DisputeNews | AccountNews | Ignored:
    """What a genuine event says, if it says anything the core needs.

    ``connected`` is the account that is charged, where it is not the key's own.
    """
    kind, event_id = str(event.get("type", "")), str(event.get("id", ""))
    thing = event.get("data", {}).get("object", {})
    nothing = Ignored(event_id, kind)
    if kind == "account.updated" and thing.get("object") == "account" and not connected:
        at = datetime.fromtimestamp(int(event.get("created") or 0), UTC)
        return accounts.news_of_account(thing, at=at, event_id=event_id)
    if str(event.get("account") or "") != connected:
        return nothing  # of another account that is connected: not this tenant's money
    if kind in _SESSION_EVENTS:
        if not thing.get("client_reference_id") or thing.get("mode") != "payment":
            return nothing  # the tenant sells other things by the same account
        return news_of_session(thing, outcome=_SESSION_EVENTS[kind], event_id=event_id)
    if thing.get("object") == "dispute" and kind.startswith("charge.dispute."):
        return disputes.news_of_dispute(thing, event_id=event_id) or nothing
    reference = (thing.get("metadata") or {}).get("refund_reference")
    if thing.get("object") == "refund" and reference:
        return news_of_refund(thing, str(reference), event_id=event_id)
    return nothing


_SESSION_EVENTS: Mapping[str, Outcome | None] = {
    "checkout.session.completed": None,  # paid or not: the session tells
    "checkout.session.async_payment_succeeded": Outcome.PAID,
    "checkout.session.async_payment_failed": Outcome.FAILED,
    "checkout.session.expired": Outcome.EXPIRED,
}


def _return_url(order: PaymentOrder, way: str, webhook_secret: str) -> str:
    proof = _proof(order.reference, way, webhook_secret)
    query = urlencode({"payment": order.reference, "way": way, "proof": proof})
    return f"{order.return_url}{'&' if '?' in order.return_url else '?'}{query}"


def _proof(reference: str, way: str, webhook_secret: str) -> str:
    message = f"return:{reference}:{way}"
    return hmac.new(webhook_secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def _evidence(thing: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept: nothing about the person."""
    return {name: thing[name] for name in _EVIDENCE if name in thing}
