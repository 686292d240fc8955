"""Experts' payouts by transfers to their connected accounts, and transfers taken back.

Source: Stripe, "Create separate charges and transfers"
(docs.stripe.com/connect/separate-charges-and-transfers).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

import stripe

from cilis.hooks import Refused
from cilis.hooks.payment_parts import ShareNotTaken
from cilis.hooks.transfers import Sending, TransferNews, TransferOrder, TransferOutcome
from cilis_payment_stripe.amounts import wire_amount
from cilis_payment_stripe.client import client_for, is_missing, translated
from cilis_payment_stripe.settings import Account, is_account

SENDING = Sending("payouts", frozenset({"transfers"}))
_MOST = 300  # of transfers or reversals looked through


def send(order: TransferOrder, account: Account) -> TransferNews:
    """Transfer once. Looks first: Stripe forgets an idempotency key after a day."""
    if not is_account(order.account):
        raise Refused("the expert's account does not begin with acct_")
    client = _client(account)
    found = _find(order, client)
    if found is not None:
        return _news(found, order)
    try:
        return _news(_make(order, client), order)
    except Refused as no:
        if not order.times_sent or not _is_final(no.__cause__):
            raise
        # looked for and not found, so what was sent before did not go either
        refused = TransferOutcome.REFUSED
        return TransferNews(order.transfer_reference, refused, "", no.reason)


def ask(order: TransferOrder, account: Account) -> TransferNews:
    """What became of it."""
    found = _find(order, _client(account))
    if found is None:
        return TransferNews(order.transfer_reference, TransferOutcome.REFUSED, "", "no_transfer")
    return _news(found, order)


def take_back(order: TransferOrder, account: Account) -> TransferNews:
    """Reverse all of it, once."""
    client = _client(account)
    found = _find(order, client)
    if found is None:
        raise Refused("Stripe knows no such transfer")
    if not found.get("reversed"):
        with translated():
            client.v1.transfers.reversals.create(
                str(found["id"]),
                params={"metadata": {"transfer_reference": order.transfer_reference}},
                options={"idempotency_key": f"payout-back-{order.transfer_reference}"},
            )
            found = client.v1.transfers.retrieve(str(found["id"])).to_dict()
    return _news(found, order)


def share_back(reference: str, intent: str, wire: int, account: Account) -> None:
    """Take the payee's share of so much of a payment back, with the fee; once by reference."""
    client = client_for(account)
    with translated():
        found = client.v1.payment_intents.retrieve(
            intent, params={"expand": ["latest_charge"]}
        ).to_dict()
        charge = found.get("latest_charge")
        transfer = charge.get("transfer") if isinstance(charge, Mapping) else None
        if not transfer:
            raise ShareNotTaken("Stripe passed nothing of this payment on")
        listed = client.v1.transfers.reversals.list(str(transfer), params={"limit": 100})
        for reversal in islice(listed.auto_paging_iter(), _MOST):
            if (reversal.to_dict().get("metadata") or {}).get("reference") == reference:
                return
    try:
        with translated():
            client.v1.transfers.reversals.create(
                str(transfer),
                params={
                    "amount": wire,
                    "refund_application_fee": True,
                    "metadata": {"reference": reference},
                },
                options={"idempotency_key": f"share-back-{reference}"},
            )
    except Refused as no:
        raise (ShareNotTaken(no.reason) if _is_final(no.__cause__) else no) from no.__cause__


def _client(account: Account) -> stripe.StripeClient:
    if account.connected:
        raise Refused("a connected account cannot transfer to another")
    return client_for(account)


def _make(order: TransferOrder, client: stripe.StripeClient) -> dict[str, Any]:
    with translated():
        made = client.v1.transfers.create(
            params={
                "amount": wire_amount(order.amount),
                "currency": order.amount.currency.lower(),
                "destination": order.account,
                "description": order.description,
                "transfer_group": order.transfer_reference,
                "metadata": {"transfer_reference": order.transfer_reference},
            },
            options={"idempotency_key": f"payout-{order.transfer_reference}"},
        )
    return made.to_dict()


def _is_final(problem: BaseException | None) -> bool:
    """Whether Stripe read the order and will not have it."""
    return isinstance(problem, stripe.InvalidRequestError)


def _find(order: TransferOrder, client: stripe.StripeClient) -> dict[str, Any] | None:
    with translated():
        if order.provider_reference:
            try:
                return client.v1.transfers.retrieve(order.provider_reference).to_dict()
            except stripe.InvalidRequestError as problem:
                if not is_missing(problem):
                    raise
        listed = client.v1.transfers.list(
            params={"transfer_group": order.transfer_reference, "limit": 100}
        )
        for one in islice(listed.auto_paging_iter(), _MOST):
            found = one.to_dict()
            told = (found.get("metadata") or {}).get("transfer_reference")
            if told == order.transfer_reference:
                return found
    return None


def _news(transfer: Mapping[str, Any], order: TransferOrder) -> TransferNews:
    """A transfer is done at once; one that was taken back as a whole did not arrive."""
    back = bool(transfer.get("reversed"))
    return TransferNews(
        order.transfer_reference,
        TransferOutcome.REFUSED if back else TransferOutcome.DONE,
        provider_reference=str(transfer.get("id") or ""),
        reason="reversed" if back else "",
        raw={name: transfer[name] for name in _KEPT if name in transfer},
    )


_KEPT = ("id", "object", "amount", "amount_reversed", "currency", "destination", "reversed")
