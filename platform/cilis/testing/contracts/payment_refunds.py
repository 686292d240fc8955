"""Promises of giving money back: once, whatever gets lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cilis.hooks import Refused, TryLater
from cilis.hooks.payments import (
    PaymentProvider,
    PaymentQuestion,
    RefundNews,
    RefundOrder,
    RefundOutcome,
)
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import Gateway, make_order, question_about, refund_of
from cilis.testing.contracts.payment_fixtures import TROUBLES, Fixtures

TAKEN_ON = {RefundOutcome.ACCEPTED, RefundOutcome.DONE}
_QUESTIONS = 5


class RefundPromises(Fixtures):
    """Refunds."""

    @pytest.fixture
    def full(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
    ) -> RefundOrder:
        """The refund of a payment that was made, in full, not yet sent."""
        order = make_order(amount)
        started = provider.start(order, settings)
        gateway.pay(started)
        question = question_about(order, started)
        return refund_of(question, provider.query(question, settings), amount)

    def test_gives_everything_back(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        full: RefundOrder,
    ) -> None:
        """Taken on, and in the end done."""
        news = provider.refund(full, settings)

        assert news.refund_reference == full.refund_reference
        assert news.outcome in TAKEN_ON
        assert self._end(provider, settings, full).outcome is RefundOutcome.DONE
        assert gateway.refunded(full.payment.reference) == full.amount

    def test_a_repeat_gives_back_once(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        full: RefundOrder,
    ) -> None:
        """The same reference three times is one refund, also when only a part is given back."""
        half = self._part(full, 50)
        for order in (half, half, half):
            assert provider.refund(order, settings).outcome in TAKEN_ON

        assert gateway.refunded(full.payment.reference) == half.amount

    def test_a_lost_answer_gives_back_once(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        full: RefundOrder,
    ) -> None:
        """The gateway did it, we did not hear it, we ask again."""
        half = self._part(full, 50)
        gateway.misbehave("lost_reply")
        with pytest.raises(TryLater):
            provider.refund(half, settings)
        gateway.behave()
        assert provider.refund(half, settings).outcome in TAKEN_ON

        assert gateway.refunded(full.payment.reference) == half.amount

    def test_two_parts_are_two_refunds(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        full: RefundOrder,
    ) -> None:
        """Other references add up."""
        for percent in (50, 25):
            provider.refund(self._part(full, percent), settings)

        assert gateway.refunded(full.payment.reference) == full.amount.percent(75)

    def test_more_than_was_paid_is_refused(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        full: RefundOrder,
    ) -> None:
        """Neither at once nor in parts."""
        twice = replace(full, amount=full.amount + full.amount)
        assert self._outcome(provider, twice, settings) is RefundOutcome.REFUSED
        provider.refund(self._part(full, 75), settings)
        assert self._outcome(provider, self._part(full, 50), settings) is RefundOutcome.REFUSED

        assert gateway.refunded(full.payment.reference) == full.amount.percent(75)

    def test_an_unknown_payment_is_refused(
        self, provider: PaymentProvider, settings: Mapping[str, str], full: RefundOrder
    ) -> None:
        """Nothing comes back of what never was."""
        stranger = PaymentQuestion(ids.new().hex, full.amount, clock.now(), {})
        order = replace(full, payment=stranger, provider_reference="")

        assert self._outcome(provider, order, settings) is RefundOutcome.REFUSED

    def test_a_refusal_is_told(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        full: RefundOrder,
    ) -> None:
        """What the gateway turns down is REFUSED in the end, and nothing went back."""
        gateway.misbehave("refund_refused")
        provider.refund(full, settings)

        assert self._end(provider, settings, full).outcome is RefundOutcome.REFUSED
        assert gateway.refunded(full.payment.reference).is_zero

    @pytest.mark.parametrize("trouble", TROUBLES)
    @pytest.mark.usefixtures("impatience")
    def test_a_troubled_gateway_refunds_later(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        full: RefundOrder,
        trouble: str,
    ) -> None:
        """No answer is no refusal: the core repeats."""
        gateway.misbehave(trouble)
        with pytest.raises(TryLater):
            provider.refund(full, settings)
        with pytest.raises(TryLater):
            provider.query_refund(full, settings)

    @staticmethod
    def _part(full: RefundOrder, percent: int) -> RefundOrder:
        return replace(
            full,
            refund_reference=ids.new().hex,
            amount=full.amount.percent(percent),
            is_full=False,
        )

    @staticmethod
    def _end(
        provider: PaymentProvider, settings: Mapping[str, str], order: RefundOrder
    ) -> RefundNews:
        """What the refund comes to after a few questions."""
        news = provider.query_refund(order, settings)
        for _ in range(_QUESTIONS):
            if news.outcome is not RefundOutcome.ACCEPTED:
                break
            news = provider.query_refund(order, settings)
        return news

    @staticmethod
    def _outcome(
        provider: PaymentProvider, order: RefundOrder, settings: Mapping[str, str]
    ) -> RefundOutcome:
        """A refusal may be news or an exception."""
        try:
            return provider.refund(order, settings).outcome
        except Refused:
            return RefundOutcome.REFUSED
