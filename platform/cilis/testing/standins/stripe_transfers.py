"""Transfers to connected accounts, and how they are taken back: of payouts and of shares."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from cilis.kit import clock
from cilis.testing.standins import stripe_connect, stripe_wire
from cilis.testing.standins.memory import state
from cilis.testing.standins.state import Account, Payment
from cilis.testing.standins.stripe_api import Answer, error, listed, work
from cilis.testing.standins.stripe_wire import GATEWAY

api = Blueprint("stripe_transfers", __name__, url_prefix="/stripe/v1")


@api.post("/transfers")
def create_transfer() -> Response:
    """Send money to a connected account."""
    return work(_create)


@api.get("/transfers")
def list_transfers() -> Response:
    """The transfers of a group."""
    return work(_list)


@api.get("/transfers/<transfer_id>")
def show_transfer(transfer_id: str) -> Response:
    """One transfer."""
    return work(lambda account: _on(account, transfer_id, lambda found: (found, 200)))


@api.post("/transfers/<transfer_id>/reversals")
def reverse(transfer_id: str) -> Response:
    """Take a transfer back, or a part of it."""
    return work(lambda account: _reverse(account, transfer_id))


@api.get("/transfers/<transfer_id>/reversals")
def list_reversals(transfer_id: str) -> Response:
    """What was taken back of a transfer."""
    return work(lambda account: _list_reversals(account, transfer_id))


def _create(account: Account) -> Answer:
    params = stripe_wire.nested(request.form)
    amount, destination = int(params.get("amount") or 0), str(params.get("destination", ""))
    if stripe_connect.connected():
        return error("invalid_request_error", "", "Connected accounts cannot transfer", 400)
    if amount <= 0 or not str(params.get("currency", "")).islower():
        return error("invalid_request_error", "parameter_invalid", "amount or currency", 400)
    refusal = stripe_connect.refusal_of(account, destination)
    if refusal:
        return error("invalid_request_error", refusal, f"{destination} cannot be paid", 400)
    if state().take_fault(GATEWAY, "transfer_refused") is not None:
        text = "You have insufficient available funds in your Stripe account."
        return error("invalid_request_error", "balance_insufficient", text, 400)
    transfer = {
        "id": stripe_wire.new_id("tr"),
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "created": int(clock.now().timestamp()),
        "currency": params["currency"],
        "description": params.get("description"),
        "destination": destination,
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "reversed": False,
        "transfer_group": params.get("transfer_group"),
    }
    state().contents.transfers.append({**transfer, "account": account.key, "reversals": []})
    return transfer, 200


def _list(account: Account) -> Answer:
    group = request.args.get("transfer_group")
    found = [
        _shown(one)
        for one in reversed(state().contents.transfers)
        if one["account"] == account.key and group in {None, one["transfer_group"]}
    ]
    return listed("/v1/transfers", found)


def _on(account: Account, transfer_id: str, what: Any) -> Answer:
    for one in state().contents.transfers:
        if (one["id"], one["account"]) == (transfer_id, account.key):
            answer: Answer = what(_shown(one))
            return answer
    return error("invalid_request_error", "resource_missing", "No such transfer", 404)


def _reverse(account: Account, transfer_id: str) -> Answer:
    params = stripe_wire.nested(request.form)
    payment = _passed(account, transfer_id)
    if payment is not None:
        return _reverse_share(payment, transfer_id, params)
    for one in state().contents.transfers:
        if (one["id"], one["account"]) != (transfer_id, account.key):
            continue
        left = one["amount"] - one["amount_reversed"]
        amount = int(params.get("amount") or left)
        if not 0 < amount <= left:
            return error("invalid_request_error", "", "More than is left of it", 400)
        if state().take_fault(GATEWAY, "reversal_refused") is not None:
            text = "Insufficient funds in the connected account"
            return error("invalid_request_error", "insufficient_funds", text, 400)
        one["amount_reversed"] += amount
        one["reversed"] = one["amount_reversed"] == one["amount"]
        made = _reversal(transfer_id, amount, one["currency"], params)
        one["reversals"].append(made)
        return made, 200
    return error("invalid_request_error", "resource_missing", "No such transfer", 404)


def _reverse_share(payment: Payment, transfer_id: str, params: dict[str, Any]) -> Answer:
    """Take a part of what a payment passed on back, without a refund."""
    amount = int(params.get("amount") or payment.amount)
    if not 0 < amount <= stripe_connect.left_of_transfer(payment):
        return error("invalid_request_error", "", "More than is left of it", 400)
    if state().take_fault(GATEWAY, "reversal_refused", payment.reference) is not None:
        text = "Insufficient funds in the connected account"
        return error("invalid_request_error", "insufficient_funds", text, 400)
    made = _reversal(transfer_id, amount, payment.currency, params)
    payment.data.setdefault("reversals", []).append(made)
    payment.data.setdefault("shares_back", {})[made["id"]] = {
        "reverse_transfer": True,
        "refund_application_fee": params.get("refund_application_fee") == "true",
        "amount": amount,
    }
    return made, 200


def _list_reversals(account: Account, transfer_id: str) -> Answer:
    payment = _passed(account, transfer_id)
    if payment is not None:
        made = payment.data.get("reversals", [])
    else:
        made = [
            back
            for one in state().contents.transfers
            if (one["id"], one["account"]) == (transfer_id, account.key)
            for back in one["reversals"]
        ]
    return listed(f"/v1/transfers/{transfer_id}/reversals", list(reversed(made)))


def _passed(account: Account, transfer_id: str) -> Payment | None:
    """The payment that passed its share on by this transfer."""
    return state().find(
        lambda p: stripe_connect.is_of(p, account) and stripe_connect.transfer_id(p) == transfer_id
    )


def _reversal(
    transfer_id: str, amount: int, currency: str, params: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": stripe_wire.new_id("trr"),
        "object": "transfer_reversal",
        "amount": amount,
        "created": int(clock.now().timestamp()),
        "currency": currency,
        "metadata": params.get("metadata", {}),
        "transfer": transfer_id,
    }


def _shown(transfer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in transfer.items() if name not in {"account", "reversals"}}
