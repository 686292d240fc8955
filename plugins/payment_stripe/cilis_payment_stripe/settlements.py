"""Stripe's own lists of a period: sessions that were paid, refunds that were done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import stripe

from cilis.hooks import Refused
from cilis.hooks.payments import Settled
from cilis_payment_stripe import messages
from cilis_payment_stripe.amounts import amount_of
from cilis_payment_stripe.client import translated

MOST = 20_000
"""Of sessions and of refunds in one list; a larger day is refused instead of being cut."""
# Stripe lists sessions by their birth; one that was paid lived at most a day before.
_LIFE = timedelta(days=1)


def settled(client: stripe.StripeClient, since: datetime, until: datetime) -> Iterator[Settled]:
    """What Stripe took and gave back for us in [since, until).

    A session's payment has no time of its own in the list, so those of the day before come too.
    """
    for session in _sessions(client, since - _LIFE, until):
        paid = session.get("payment_status") == "paid" and session.get("mode") == "payment"
        if paid and session.get("client_reference_id"):
            yield _payment(session)
    for refund in _refunds(client, since, until):
        reference = (refund.get("metadata") or {}).get("refund_reference")
        if refund.get("status") == "succeeded" and reference:
            yield Settled(
                reference=str(reference),
                amount=amount_of(int(refund["amount"]), str(refund["currency"])),
                provider_reference=str(refund.get("id") or ""),
                is_refund=True,
            )


def _payment(session: Mapping[str, Any]) -> Settled:
    return Settled(
        reference=str(session["client_reference_id"]),
        amount=amount_of(int(session["amount_total"]), str(session["currency"])),
        provider_reference=messages.intent_of(session),
    )


def _sessions(
    client: stripe.StripeClient, since: datetime, until: datetime
) -> Iterator[dict[str, Any]]:
    window: Any = {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
    with translated():
        listed = client.v1.checkout.sessions.list(params={"created": window, "limit": 100})
        for number, session in enumerate(islice(listed.auto_paging_iter(), MOST + 1)):
            _must_fit(number)
            yield session.to_dict()


def _refunds(
    client: stripe.StripeClient, since: datetime, until: datetime
) -> Iterator[dict[str, Any]]:
    window: Any = {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
    with translated():
        listed = client.v1.refunds.list(params={"created": window, "limit": 100})
        for number, refund in enumerate(islice(listed.auto_paging_iter(), MOST + 1)):
            _must_fit(number)
            yield refund.to_dict()


def _must_fit(number: int) -> None:
    if number >= MOST:
        raise Refused("there is more in this period than one list holds")
