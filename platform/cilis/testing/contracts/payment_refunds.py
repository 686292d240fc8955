"""Promises of giving money back: once, whatever gets lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cilis.hooks import Refused, TryLater
from cilis.hooks.payments import (
    OtherRefund,
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
        for times in range(3):
            order = replace(half, times_sent=times)
            assert provider.refund(order, settings).outcome in TAKEN_ON
            self._end(provider, settings, order)

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
        self._end(provider, settings, half)
        again = replace(half, times_sent=1)
        assert provider.refund(again, settings).outcome in TAKEN_ON

        assert gateway.refunded(full.payment.reference) == half.amount

    @pytest.mark.parametrize("percents", [(50, 25), (30, 30)])
    def test_two_parts_are_two_refunds(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        full: RefundOrder,
        percents: tuple[int, int],
    ) -> None:
        """Other references add up, also when the amounts are equal; each is followed to its end."""
        first = self._part(full, percents[0])
        provider.refund(first, settings)
        assert self._end(provider, settings, first).outcome is RefundOutcome.DONE
        second = self._part(full, percents[1], first)
        assert provider.refund(second, settings).outcome in TAKEN_ON
        assert self._end(provider, settings, second).outcome is RefundOutcome.DONE

        assert gateway.refunded(full.payment.reference) == full.amount.percent(sum(percents))

    def test_equal_parts_have_ends_of_their_own(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        full: RefundOrder,
    ) -> None:
        """That the first is done says nothing of the second, which the gateway turns down."""
        first = self._part(full, 30)
        provider.refund(first, settings)
        assert self._end(provider, settings, first).outcome is RefundOutcome.DONE
        gateway.misbehave("refund_refused")
        second = self._part(full, 30, first)
        self._outcome(provider, second, settings)
        assert self._end(provider, settings, second).outcome is RefundOutcome.REFUSED

        assert gateway.refunded(full.payment.reference) == full.amount.percent(30)

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
        first = self._part(full, 75)
        provider.refund(first, settings)
        self._end(provider, settings, first)
        second = self._part(full, 50, first)
        assert self._outcome(provider, second, settings) is RefundOutcome.REFUSED

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
    def _part(full: RefundOrder, percent: int, *done: RefundOrder) -> RefundOrder:
        """A part; ``done`` are the refunds of the payment that went before."""
        others = tuple(
            OtherRefund(one.refund_reference, one.amount, RefundOutcome.DONE) for one in done
        )
        return replace(
            full,
            refund_reference=ids.new().hex,
            amount=full.amount.percent(percent),
            is_full=False,
            others=others,
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
