"""Sessions and refunds, where Stripe's way is its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from cilis.hooks import Refused, TryLater
from cilis.hooks.payments import (
    CallbackRequest,
    Outcome,
    PaymentNews,
    PaymentOrder,
    PaymentQuestion,
    RefundNews,
    RefundOutcome,
    StartedPayment,
)
from cilis.kit import clock, http
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import make_order, question_about, refund_of
from cilis.testing.standins import PayingFailed, StandIns
from cilis_payment_stripe.plugin import StripeProvider

ACCOUNT = ("sk_test_of_antam", "whsec_of_antam")
AMOUNT = Money(12_000, "EUR")
PROVIDER = StripeProvider()


@pytest.fixture
def settings(stand_ins: StandIns) -> dict[str, str]:
    stand_ins.register("stripe", *ACCOUNT)
    return stand_ins.stripe_settings(*ACCOUNT)


@pytest.fixture
def order() -> PaymentOrder:
    return make_order(AMOUNT)


@pytest.fixture
def started(order: PaymentOrder, settings: dict[str, str]) -> StartedPayment:
    return PROVIDER.start(order, settings)


@pytest.fixture
def question(order: PaymentOrder, started: StartedPayment) -> PaymentQuestion:
    return question_about(order, started)


@pytest.fixture
def moved_clock() -> Iterator[None]:
    before = clock.distance()
    yield
    clock.set_distance(before)


def newest(stand_ins: StandIns, reference: str) -> CallbackRequest:
    notice = stand_ins.notices(reference)[-1]
    return CallbackRequest("POST", {}, notice.headers, notice.body)


@pytest.mark.usefixtures("moved_clock")
def test_a_later_repeat_sends_the_very_same_parameters(
    order: PaymentOrder, started: StartedPayment, settings: dict[str, str]
) -> None:
    clock.set_distance(clock.distance() + timedelta(minutes=5))
    assert PROVIDER.start(order, settings) == started


@pytest.mark.usefixtures("started")
def test_another_order_with_the_same_reference_is_refused(
    order: PaymentOrder, settings: dict[str, str]
) -> None:
    with pytest.raises(Refused):
        PROVIDER.start(replace(order, amount=Money(1, "EUR")), settings)


def test_a_closed_session_takes_no_money(
    stand_ins: StandIns,
    started: StartedPayment,
    question: PaymentQuestion,
    settings: dict[str, str],
) -> None:
    PROVIDER.close(question, settings)
    with pytest.raises(PayingFailed):
        stand_ins.pay(started.url)

    assert PROVIDER.query(question, settings).outcome is Outcome.EXPIRED


def test_a_session_is_found_though_its_name_was_lost(
    stand_ins: StandIns,
    started: StartedPayment,
    question: PaymentQuestion,
    settings: dict[str, str],
) -> None:
    stand_ins.pay(started.url)
    lost = replace(question, provider_data={})

    assert PROVIDER.query(lost, settings).outcome is Outcome.PAID


def test_another_payments_session_does_not_speak_for_this_one(
    question: PaymentQuestion, settings: dict[str, str]
) -> None:
    swapped = replace(question, reference="f" * 32)

    assert PROVIDER.query(swapped, settings).outcome is Outcome.UNKNOWN


def test_money_that_comes_later(
    stand_ins: StandIns,
    order: PaymentOrder,
    started: StartedPayment,
    question: PaymentQuestion,
    settings: dict[str, str],
) -> None:
    outcomes = []
    for act in ("pending", "paid"):
        stand_ins.pay(started.url if act == "pending" else order.reference, act)
        news = PROVIDER.read_callback(newest(stand_ins, order.reference), settings)
        assert isinstance(news, PaymentNews)
        outcomes += [news.outcome, PROVIDER.query(question, settings).outcome]

    assert outcomes == [Outcome.PENDING, Outcome.PENDING, Outcome.PAID, Outcome.PAID]


def test_money_that_does_not_come(
    stand_ins: StandIns,
    order: PaymentOrder,
    started: StartedPayment,
    question: PaymentQuestion,
    settings: dict[str, str],
) -> None:
    stand_ins.pay(started.url, "pending")
    stand_ins.pay(order.reference, "failed")

    assert PROVIDER.query(question, settings).outcome is Outcome.FAILED


def test_a_declined_card_may_be_tried_again(
    stand_ins: StandIns,
    started: StartedPayment,
    question: PaymentQuestion,
    settings: dict[str, str],
) -> None:
    assert stand_ins.pay(started.url, "declined").endswith("declined=1")
    assert PROVIDER.query(question, settings).outcome is Outcome.PENDING
    stand_ins.pay(started.url)

    assert PROVIDER.query(question, settings).outcome is Outcome.PAID


def test_a_refund_under_way_is_told_by_an_event(
    stand_ins: StandIns,
    order: PaymentOrder,
    started: StartedPayment,
    question: PaymentQuestion,
    settings: dict[str, str],
) -> None:
    stand_ins.pay(started.url)
    stand_ins.set_fault("refund_stuck", "stripe")
    refund = refund_of(question, PROVIDER.query(question, settings), AMOUNT)
    assert PROVIDER.refund(refund, settings).outcome is RefundOutcome.ACCEPTED
    stand_ins.settle_refund(refund.refund_reference, "refused")

    news = PROVIDER.read_callback(newest(stand_ins, order.reference), settings)
    assert isinstance(news, RefundNews)
    assert (news.refund_reference, news.outcome) == (
        refund.refund_reference,
        RefundOutcome.REFUSED,
    )


def test_the_way_back_may_have_a_query(
    stand_ins: StandIns, order: PaymentOrder, settings: dict[str, str]
) -> None:
    there = replace(order, return_url="https://shop.example.com/return?lang=vi")
    back = stand_ins.pay(PROVIDER.start(there, settings).url)

    assert back.startswith("https://shop.example.com/return?lang=vi&payment=")


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/stripe", "http://169.254.169.254", "https://localhost.evil.example"],
)
def test_other_addresses_are_refused(
    order: PaymentOrder, settings: dict[str, str], address: str
) -> None:
    with pytest.raises(Refused):
        PROVIDER.start(order, settings | {"api_base": address})


@pytest.mark.usefixtures("stand_ins")
def test_without_leave_this_machine_is_not_called(
    order: PaymentOrder, settings: dict[str, str]
) -> None:
    http.allow_networks("")
    with pytest.raises(Refused):
        PROVIDER.start(order, settings)


def test_a_call_that_is_being_answered_is_no_refusal(
    order: PaymentOrder, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two same calls at once the second must not say no to what the first one does."""
    body = b'{"error": {"type": "idempotency_error", "code": "idempotency_key_in_use"}}'
    monkeypatch.setattr(http, "request", lambda *_, **__: http.HttpAnswer(409, body))
    with pytest.raises(TryLater):
        PROVIDER.start(order, settings)


def test_too_many_calls_are_tried_later(
    order: PaymentOrder, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b'{"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "!"}}'
    monkeypatch.setattr(http, "request", lambda *_, **__: http.HttpAnswer(429, body))
    with pytest.raises(TryLater):
        PROVIDER.start(order, settings)
