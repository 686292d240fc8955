"""Stripe's API: sessions, refunds, balance, with idempotency keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from cilis.kit import clock
from cilis.testing.standins import stripe_connect, stripe_pages, stripe_wire, troubles
from cilis.testing.standins.memory import state
from cilis.testing.standins.state import Account, Conflict, Payment, Refund
from cilis.testing.standins.stripe_wire import API_VERSION, GATEWAY

api = Blueprint("stripe_api", __name__, url_prefix="/stripe/v1")

Answer = tuple[dict[str, Any], int]
_LATEST = 24 * 3600


@api.post("/checkout/sessions")
def create_session() -> Response:
    """Open a session."""
    return work(_create_session)


@api.get("/checkout/sessions")
def list_sessions() -> Response:
    """Sessions of a time."""
    return work(_list_sessions)


@api.get("/checkout/sessions/<session_id>")
def show_session(session_id: str) -> Response:
    """One session."""
    return work(lambda account: _on_session(account, session_id, _show))


@api.post("/checkout/sessions/<session_id>/expire")
def expire_session(session_id: str) -> Response:
    """End a session."""
    return work(lambda account: _on_session(account, session_id, _expire))


@api.post("/refunds")
def create_refund() -> Response:
    """Give money back."""
    return work(_create_refund)


@api.get("/refunds")
def list_refunds() -> Response:
    """The refunds of a payment."""
    return work(_list_refunds)


@api.get("/payment_intents/<intent>")
def show_intent(intent: str) -> Response:
    """The payment behind a session: its charge, fee and shares."""
    return work(lambda account: _show_intent(account, intent))


@api.get("/balance")
def show_balance() -> Response:
    """Something harmless to read."""
    return work(lambda _account: ({"object": "balance", "available": [], "pending": []}, 200))


def work(what: Callable[[Account], Answer]) -> Response:
    """Faults, key, version, idempotency, then the work itself."""
    memory = state()
    spoilt = troubles.before_work(memory, GATEWAY)
    if spoilt is not None:
        return spoilt
    key = request.headers.get("Authorization", "").removeprefix("Bearer ")
    account = memory.account(GATEWAY, key)
    if account is None:
        return reply(error("invalid_request_error", "", "Invalid API Key provided", 401))
    if request.headers.get("Stripe-Version") != API_VERSION:
        return reply(error("invalid_request_error", "", "Another version than this one", 400))
    with memory.lock:
        answer = _once(account, what) if request.method == "POST" else what(account)
    memory.changed.set()
    return troubles.after_work(memory, GATEWAY, reply(answer))


def _once(account: Account, what: Callable[[Account], Answer]) -> Answer:
    """The first answer again for the same key and parameters."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return what(account)
    name = f"{account.key}:{key}"
    form = json.dumps([request.path, sorted(request.form.items(multi=True))])
    mark = hashlib.sha256(form.encode()).hexdigest()
    known = state().replies.get(name)
    if known is not None and known[0] != mark:
        text = "Keys for idempotent requests can only be used with the same parameters"
        return error("idempotency_error", "", text, 400)
    if known is not None:
        return json.loads(known[2]), known[1]
    content, status = what(account)
    if status < 500:
        state().replies[name] = (mark, status, json.dumps(content))
    return content, status


def _create_session(account: Account) -> Answer:
    params = stripe_wire.nested(request.form)
    try:
        payment = _new_payment(account, params)
    except (KeyError, ValueError, AttributeError) as problem:
        return error("invalid_request_error", "parameter_invalid", f"{problem}", 400)
    state().add_payment(payment)
    told = stripe_wire.session_json(payment)
    if state().take_fault(GATEWAY, "before_reply", payment.reference) is not None:
        stripe_pages.pay(state(), payment, "paid", early=True)
    return told, 200


def _new_payment(account: Account, params: dict[str, Any]) -> Payment:
    price = params["line_items"]["0"]["price_data"]
    born, ends = clock.now().timestamp(), float(params["expires_at"])
    amount, currency = int(price["unit_amount"]), str(price["currency"])
    if params["mode"] != "payment" or amount <= 0 or len(currency) != 3 or not currency.islower():
        raise ValueError("mode, unit_amount or currency")
    if not born + 1790 <= ends <= born + _LATEST:
        raise ValueError("expires_at must lie between 30 minutes and 24 hours ahead")
    session_id = stripe_wire.new_id("cs_test")
    shares = stripe_connect.shares(account, params.get("payment_intent_data", {}), amount)
    return Payment(
        id=session_id,
        gateway=GATEWAY,
        account=account.key,
        reference=str(params.get("client_reference_id", "")),
        amount=amount * int(params["line_items"]["0"]["quantity"]),
        currency=currency,
        description=str(price["product_data"]["name"]),
        created_at=born,
        expires_at=ends,
        data={
            "url": f"{request.host_url}stripe/pay/{session_id}",
            "success_url": params["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id),
            "cancel_url": params["cancel_url"],
            "locale": params.get("locale", "auto"),
            "metadata": params.get("metadata", {}),
            "customer_email": params.get("customer_email"),
            "refund_metadata": {},
            **shares,
        },
    )


def _list_sessions(account: Account) -> Answer:
    created = stripe_wire.nested(request.args).get("created", {})
    first, last = int(created.get("gte", 0)), int(created.get("lte", 1 << 40))
    found = [
        stripe_wire.session_json(payment, expand=True)
        for payment in reversed(state().contents.payments)
        if stripe_connect.is_of(payment, account) and first <= int(payment.created_at) <= last
    ]
    return listed("/v1/checkout/sessions", found)


def _on_session(account: Account, session_id: str, what: Callable[[Payment], Answer]) -> Answer:
    payment = state().find(lambda p: stripe_connect.is_of(p, account) and p.id == session_id)
    if payment is None:
        text = f"No such checkout.session: {session_id}"
        return error("invalid_request_error", "resource_missing", text, 404)
    if payment.is_over:
        stripe_pages.expire(state(), payment)
    return what(payment)


def _show(payment: Payment) -> Answer:
    expand = "payment_intent" in request.args.to_dict().values()
    return stripe_wire.session_json(payment, expand=expand), 200


def _expire(payment: Payment) -> Answer:
    try:
        stripe_pages.expire(state(), payment)
    except Conflict as refusal:
        text = "Only Checkout Sessions with a status in open can be expired"
        return error("invalid_request_error", str(refusal), text, 400)
    return stripe_wire.session_json(payment), 200


def _create_refund(account: Account) -> Answer:
    params = stripe_wire.nested(request.form)
    payment = paid_by(account, str(params.get("payment_intent", "")))
    if payment is None:
        return error("invalid_request_error", "resource_missing", "No such payment_intent", 404)
    left = payment.amount - payment.refunded
    amount = int(params.get("amount") or left)
    if payment.state != "paid" or left == 0:
        return error("invalid_request_error", "charge_already_refunded", "Nothing is left", 400)
    if not 0 < amount <= left:
        return error("invalid_request_error", "amount_too_large", "More than is left", 400)
    wrong = stripe_connect.wrong_shares_back(payment, params)
    if wrong:
        return error("invalid_request_error", "parameter_invalid", wrong, 400)
    memory = state()
    refused = memory.take_fault(GATEWAY, "refund_refused", payment.reference) is not None
    stuck = memory.take_fault(GATEWAY, "refund_stuck", payment.reference) is not None
    outcome = "refused" if refused else "accepted" if stuck else "done"
    day = str(int(clock.now().timestamp()))
    refund = Refund(stripe_wire.new_id("re"), "", amount, outcome, day)
    metadata = params.get("metadata", {})
    refund.reference = str(metadata.get("refund_reference", ""))
    payment.refunds.append(refund)
    payment.data["refund_metadata"][refund.id] = metadata
    stripe_connect.remember_back(payment, refund, params)
    thing = stripe_wire.refund_json(payment, refund)
    if not stuck:
        stripe_wire.tell(memory, payment, "refund.updated", thing, now=False)
    return thing, 200


def _show_intent(account: Account, intent: str) -> Answer:
    payment = paid_by(account, intent)
    if payment is None:
        return error("invalid_request_error", "resource_missing", "No such payment_intent", 404)
    return stripe_connect.intent_json(payment), 200


def _list_refunds(account: Account) -> Answer:
    """The refunds of a payment, or those of a time."""
    if "payment_intent" not in request.args:
        return _refunds_of_time(account)
    payment = paid_by(account, request.args.get("payment_intent", ""))
    if payment is None:
        return error("invalid_request_error", "resource_missing", "No such payment_intent", 404)
    found = [stripe_wire.refund_json(payment, refund) for refund in reversed(payment.refunds)]
    return listed("/v1/refunds", found)


def paid_by(account: Account, intent: str) -> Payment | None:
    """The payment with this PaymentIntent, at the account that is asked."""
    return state().find(
        lambda p: stripe_connect.is_of(p, account) and p.data.get("payment_intent") == intent
    )


def _refunds_of_time(account: Account) -> Answer:
    created = stripe_wire.nested(request.args).get("created", {})
    first, last = int(created.get("gte", 0)), int(created.get("lte", 1 << 40))
    found = [
        stripe_wire.refund_json(payment, refund)
        for payment in reversed(state().contents.payments)
        if stripe_connect.is_of(payment, account)
        for refund in payment.refunds
    ]
    return listed("/v1/refunds", [one for one in found if first <= one["created"] <= last])


def listed(url: str, found: list[dict[str, Any]]) -> Answer:
    """A list as the API writes it."""
    return {"object": "list", "url": url, "has_more": False, "data": found}, 200


def error(kind: str, code: str, message: str, status: int) -> Answer:
    """An error as the API writes it."""
    return {"error": {"type": kind, "code": code or None, "message": message}}, status


def reply(answer: Answer) -> Response:
    """An answer as HTTP."""
    content, status = answer
    return Response(json.dumps(content), status, content_type="application/json")
