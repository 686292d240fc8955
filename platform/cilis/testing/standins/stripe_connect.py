"""Stripe Connect: whose account is charged, who gets a share, and what Stripe keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from cilis.testing.standins.memory import state
from cilis.testing.standins.state import Account, Payment, Refund

GATEWAY = "stripe"


def connected() -> str:
    """The connected account that is asked about; "" for the key's own."""
    return request.headers.get("Stripe-Account", "")


def is_of(payment: Payment, account: Account) -> bool:
    """Whether a payment lies at the account that is asked."""
    mine = (payment.gateway, payment.account) == (GATEWAY, account.key)
    return mine and payment.data.get("connected", "") == connected()


def shares(account: Account, intent: Mapping[str, Any], amount: int) -> dict[str, Any]:
    """What is kept of ``payment_intent_data``; raises ValueError for what Stripe refuses."""
    found: dict[str, Any] = {"connected": connected()}
    fee = int(intent.get("application_fee_amount", 0))
    destination = str(intent.get("transfer_data", {}).get("destination", ""))
    if destination and (connected() or refusal_of(account, destination)):
        raise ValueError("No such destination")
    if fee and not (connected() or destination):
        raise ValueError("Can only apply an application_fee_amount with Connect")
    if not 0 <= fee <= amount:
        raise ValueError("application_fee_amount is more than the amount")
    return {**found, "application_fee": fee, "destination": destination}


def intent_json(payment: Payment) -> dict[str, Any]:
    """A PaymentIntent with its charge and what was booked of it."""
    data = payment.data
    booked = payment.state == "paid"
    return {
        "id": data["payment_intent"],
        "object": "payment_intent",
        "amount": payment.amount,
        "currency": payment.currency,
        "application_fee_amount": data.get("application_fee") or None,
        "transfer_data": {"destination": data["destination"]} if data.get("destination") else None,
        "latest_charge": {
            "id": charge_id(payment),
            "object": "charge",
            "balance_transaction": _booking(payment) if booked else None,
            "transfer": transfer_id(payment) or None,
        },
        "status": "succeeded" if booked else "processing",
    }


def charge_id(payment: Payment) -> str:
    """The charge of a payment."""
    return str(payment.data["payment_intent"]).replace("pi_", "ch_")


def transfer_id(payment: Payment) -> str:
    """The transfer by which a share was passed on; "" for none."""
    passed = payment.state == "paid" and payment.data.get("destination")
    return charge_id(payment).replace("ch_", "tr_") if passed else ""


def left_of_transfer(payment: Payment) -> int:
    """What of that transfer was not taken back: it was of all of the payment."""
    back = payment.data.get("shares_back", {}).values()
    return payment.amount - sum(int(told["amount"]) for told in back if told["reverse_transfer"])


def refusal_of(account: Account, destination: str) -> str:
    """Why nothing can be sent to a connected account; "" when it can."""
    known = find(account, destination)
    if known is not None and known["capabilities"]["transfers"] != "active":
        return "insufficient_capabilities_for_transfer"
    return "" if destination.startswith("acct_") else "resource_missing"


def find(account: Account, name: str) -> dict[str, Any] | None:
    """A connected account that was opened here; one that was not is somebody's all the same."""
    for one in state().contents.connected:
        if (one["id"], one["platform"]) == (name, account.key):
            return one
    return None


def stripe_fee(payment: Payment) -> int:
    """What Stripe keeps: 1.5 % and 25 units."""
    return payment.amount * 15 // 1000 + 25


def wrong_shares_back(payment: Payment, params: Mapping[str, Any]) -> str:
    """Why a refund's shares cannot be taken back; "" when they can, or must not."""
    has_transfer, has_fee = (
        bool(payment.data.get("destination")),
        payment.data.get("application_fee"),
    )
    if params.get("reverse_transfer") == "true" and not has_transfer:
        return "Cannot reverse transfer on charge because it does not have an associated transfer"
    if params.get("refund_application_fee") == "true" and not (has_fee or has_transfer):
        return "You cannot refund an application fee that there is not"
    return ""


def share(payment: Payment) -> int:
    """What of a payment the payee has now, in wire units: all of it less the fee, while paid.

    What a refund took back stays taken, also when the refund comes to nothing later.
    """
    if payment.state != "paid" or not payment.data.get("destination"):
        return 0
    fee, reversed_, free_of_fee = int(payment.data.get("application_fee") or 0), 0, 0
    for told in payment.data.get("shares_back", {}).values():
        reversed_ += told["amount"] if told["reverse_transfer"] else 0
        free_of_fee += told["amount"] if told["refund_application_fee"] else 0
    fee_back = (2 * fee * free_of_fee + payment.amount) // (2 * payment.amount)
    return payment.amount - reversed_ - fee + fee_back


def remember_back(payment: Payment, refund: Refund, params: Mapping[str, Any]) -> None:
    """Keep how a refund took the shares back."""
    if refund.state == "refused":
        return
    told: dict[str, Any] = {
        name: params.get(name) == "true" for name in ("reverse_transfer", "refund_application_fee")
    }
    payment.data.setdefault("shares_back", {})[refund.id] = {**told, "amount": refund.amount}


def _booking(payment: Payment) -> dict[str, Any]:
    own, application = stripe_fee(payment), int(payment.data.get("application_fee") or 0)
    direct = bool(payment.data.get("connected"))
    details = [{"type": "stripe_fee", "amount": own, "currency": payment.currency}]
    if direct and application:
        details.append(
            {"type": "application_fee", "amount": application, "currency": payment.currency}
        )
    fee = own + (application if direct else 0)
    return {
        "id": charge_id(payment).replace("ch_", "txn_"),
        "object": "balance_transaction",
        "amount": payment.amount,
        "currency": payment.currency,
        "fee": fee,
        "fee_details": details,
        "net": payment.amount - fee,
    }
