"""What Stripe's events and sessions mean."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe

from cilis.hooks.payments import (
    BadSignature,
    CallbackRequest,
    Ignored,
    Outcome,
    PaymentNews,
    RefundNews,
    RefundOutcome,
)
from cilis.kit import ids
from cilis.kit.money import Money
from cilis_payment_stripe import messages
from cilis_payment_stripe.plugin import StripeProvider

SETTINGS = {"secret_key": "sk_test_of_antam", "webhook_secret": "whsec_of_antam"}
REFERENCE = ids.new().hex
SESSION: dict[str, Any] = {
    "id": "cs_test_1",
    "object": "checkout.session",
    "mode": "payment",
    "client_reference_id": REFERENCE,
    "amount_total": 12_000,
    "currency": "eur",
    "status": "complete",
    "payment_status": "paid",
    "payment_intent": "pi_1",
    "customer_details": {"email": "hoa@example.com", "name": "Hoa"},
}
REFUND: dict[str, Any] = {
    "id": "re_1",
    "object": "refund",
    "status": "succeeded",
    "metadata": {"refund_reference": "r" * 32},
}


def call(
    kind: str, thing: dict[str, Any], *, moment: int | None = None, **more: Any
) -> CallbackRequest:
    event = {"id": "evt_1", "object": "event", "type": kind, "data": {"object": thing}, **more}
    body = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(
        body, SETTINGS["webhook_secret"], moment
    )
    return CallbackRequest("POST", {}, {"stripe-signature": header}, body.encode())


def read(notice: CallbackRequest) -> PaymentNews | RefundNews | Ignored:
    return StripeProvider().read_callback(notice, SETTINGS)


@pytest.mark.parametrize(
    ("kind", "changes", "outcome"),
    [
        ("completed", {}, Outcome.PAID),
        ("completed", {"payment_status": "unpaid"}, Outcome.PENDING),
        ("async_payment_succeeded", {}, Outcome.PAID),
        ("async_payment_failed", {"payment_status": "unpaid"}, Outcome.FAILED),
        ("expired", {"status": "expired", "payment_status": "unpaid"}, Outcome.EXPIRED),
    ],
)
def test_sessions(kind: str, changes: dict[str, Any], outcome: Outcome) -> None:
    news = read(call(f"checkout.session.{kind}", SESSION | changes))

    assert isinstance(news, PaymentNews)
    assert (news.reference, news.outcome) == (REFERENCE, outcome)
    assert (news.amount, news.provider_reference) == (Money(12_000, "EUR"), "pi_1")
    assert news.event_id == "evt_1"


def test_nothing_of_the_person_is_kept() -> None:
    news = read(call("checkout.session.completed", SESSION))
    assert isinstance(news, PaymentNews)
    assert "hoa" not in str(news.raw).lower()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("succeeded", RefundOutcome.DONE),
        ("pending", RefundOutcome.ACCEPTED),
        ("requires_action", RefundOutcome.ACCEPTED),
        ("failed", RefundOutcome.REFUSED),
        ("canceled", RefundOutcome.REFUSED),
    ],
)
def test_refunds(status: str, outcome: RefundOutcome) -> None:
    news = read(call("refund.updated", REFUND | {"status": status}))

    assert isinstance(news, RefundNews)
    assert (news.refund_reference, news.outcome) == ("r" * 32, outcome)


@pytest.mark.parametrize(
    ("kind", "thing", "more"),
    [
        ("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"}, {}),
        ("charge.dispute.created", {"id": "dp_1", "object": "dispute", "metadata": {}}, {}),
        ("checkout.session.completed", SESSION | {"client_reference_id": None}, {}),
        ("checkout.session.completed", SESSION | {"mode": "subscription"}, {}),
        ("checkout.session.completed", SESSION, {"account": "acct_of_somebody"}),
        ("refund.updated", REFUND | {"metadata": {}}, {}),
        ("something.new", {}, {}),
    ],
)
def test_other_events_are_heard_and_ignored(
    kind: str, thing: dict[str, Any], more: dict[str, Any]
) -> None:
    assert isinstance(read(call(kind, thing, **more)), Ignored)


def test_an_old_event_is_a_replay() -> None:
    with pytest.raises(BadSignature):
        read(call("checkout.session.completed", SESSION, moment=int(time.time()) - 600))


@pytest.mark.parametrize("header", ["", "t=1", "v1=x", "t=x,v1=x", "nonsense", "t=1,v0=abc"])
def test_headers_that_prove_nothing(header: str) -> None:
    notice = call("checkout.session.completed", SESSION)
    with pytest.raises(BadSignature):
        read(CallbackRequest("POST", {}, {"stripe-signature": header}, notice.body))


@pytest.mark.parametrize(
    ("session", "outcome"),
    [
        ({"status": "open", "payment_status": "unpaid"}, Outcome.PENDING),
        ({"payment_status": "no_payment_required"}, Outcome.PAID),
        (
            {"payment_status": "unpaid", "payment_intent": {"id": "pi_1", "status": "processing"}},
            Outcome.PENDING,
        ),
        (
            {
                "payment_status": "unpaid",
                "payment_intent": {"id": "pi_1", "status": "requires_payment_method"},
            },
            Outcome.FAILED,
        ),
    ],
)
def test_what_a_question_finds(session: dict[str, Any], outcome: Outcome) -> None:
    assert messages.outcome_of_session(SESSION | session) is outcome
