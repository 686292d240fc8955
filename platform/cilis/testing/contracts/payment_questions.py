"""Promises of asking, closing and trying the settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace

import pytest

from cilis.hooks import PluginError, TryLater
from cilis.hooks.payments import Outcome, PaymentProvider, PaymentQuestion
from cilis.kit import clock, guard, ids
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import Gateway, make_order, question_about
from cilis.testing.contracts.payment_fixtures import (
    TROUBLES,
    Fixtures,
    secrets_of,
    with_wrong_secrets,
)


class QuestionPromises(Fixtures):
    """Asking, closing, the test button."""

    def test_knows_what_became_of_a_payment(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
    ) -> None:
        """Not paid, then paid: asked twice it says the same."""
        order = make_order(amount)
        started = provider.start(order, settings)
        question = question_about(order, started)
        assert provider.query(question, settings).outcome in {Outcome.PENDING, Outcome.UNKNOWN}

        gateway.pay(started)
        news = provider.query(question, settings)
        assert (news.outcome, news.amount) == (Outcome.PAID, amount)
        assert news.reference == order.reference
        assert news.provider_reference
        assert provider.query(question, settings).event_id == news.event_id

    def test_the_amount_is_not_the_questions(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
    ) -> None:
        """What was paid is what the gateway says, not what we ask about."""
        order = make_order(amount)
        started = provider.start(order, settings)
        gateway.pay(started)
        question = question_about(order, started)
        wrong = replace(question, amount=amount + amount)

        assert provider.query(wrong, settings).amount == amount

    def test_does_not_know_what_never_was(
        self, provider: PaymentProvider, settings: Mapping[str, str], amount: Money
    ) -> None:
        """An unknown reference is UNKNOWN, not a fault."""
        question = PaymentQuestion(ids.new().hex, amount, clock.now(), {})

        assert provider.query(question, settings).outcome is Outcome.UNKNOWN

    def test_another_merchants_payment_is_unknown(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        other_settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
    ) -> None:
        """With other settings the payment does not exist."""
        order = make_order(amount)
        started = provider.start(order, settings)
        gateway.pay(started)

        question = question_about(order, started)
        assert provider.query(question, other_settings).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize("trouble", TROUBLES)
    @pytest.mark.usefixtures("impatience")
    def test_a_troubled_gateway_is_asked_later(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
        trouble: str,
    ) -> None:
        """No answer is no outcome."""
        order = make_order(amount)
        started = provider.start(order, settings)
        gateway.pay(started)
        gateway.misbehave(trouble)

        with pytest.raises(TryLater):
            provider.query(question_about(order, started), settings)

    def test_a_closed_payment_takes_no_money(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
    ) -> None:
        """Closing twice is fine; closing what is paid changes nothing."""
        order = make_order(amount)
        started = provider.start(order, settings)
        question = question_about(order, started)
        gateway.pay(started)
        provider.close(question, settings)
        assert provider.query(question, settings).outcome is Outcome.PAID

        another = make_order(amount)
        other = question_about(another, provider.start(another, settings))
        provider.close(other, settings)
        provider.close(other, settings)
        outcome = provider.query(other, settings).outcome
        assert outcome in {Outcome.EXPIRED, Outcome.UNKNOWN, Outcome.PENDING}

    def test_never_speaks_inside_a_transaction(
        self, provider: PaymentProvider, settings: Mapping[str, str], amount: Money
    ) -> None:
        """The network is reached by `cilis.kit.http` only, which refuses."""
        order = make_order(amount)
        started = provider.start(order, settings)
        with guard.marking_transaction(), pytest.raises(guard.InsideTransaction):
            provider.query(question_about(order, started), settings)

    def test_the_test_button_tells_the_truth(
        self, provider: PaymentProvider, settings: Mapping[str, str], gateway: Gateway
    ) -> None:
        """It works, it does not work, and it never raises."""
        assert provider.test(settings).works
        wrong = with_wrong_secrets(provider, settings)
        found = provider.test(wrong)
        assert not found.works
        assert found.message.endswith(".")
        assert not provider.test({}).works
        gateway.misbehave("down")
        assert not provider.test(settings).works

    def test_errors_keep_secrets(
        self, provider: PaymentProvider, settings: Mapping[str, str], amount: Money
    ) -> None:
        """What goes into the log holds no secret, neither in news nor in refusals."""
        order = make_order(amount)
        question = question_about(order, provider.start(order, settings))
        wrong = with_wrong_secrets(provider, settings)
        told = [json.dumps(asdict(provider.query(question, settings)), default=str)]
        try:
            provider.query(question, wrong)
        except PluginError as problem:
            told.append(repr(problem))
        for secret in (*secrets_of(provider, settings), "wrong" * 8):
            assert secret not in " ".join(told)
