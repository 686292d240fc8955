"""Promises of a provider without a gateway: it knows nothing, and says so."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from cilis.hooks import PluginError
from cilis.hooks.payment_parts import HandledByStaff, Instructions
from cilis.hooks.payments import (
    BadSignature,
    CallbackRequest,
    Outcome,
    PaymentProvider,
    PaymentQuestion,
    RefundNews,
    RefundOrder,
    RefundOutcome,
    Verdict,
)
from cilis.kit import clock, guard, ids
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import INSTRUCTIONS_URL, LABEL, make_order, question_about
from cilis.testing.contracts.payment_fixtures import Fixtures

_LONGEST_REFERENCE = 20  # what people copy without a mistake, and every bank's field holds


class ByHandPromises(Fixtures):
    """Instead of notices, questions and a gateway's refunds."""

    @pytest.fixture
    def question(
        self, provider: PaymentProvider, settings: Mapping[str, str], amount: Money, way: str
    ) -> PaymentQuestion:
        """A payment that was started."""
        order = make_order(amount, way=way)
        return question_about(order, provider.start(order, settings))

    @pytest.fixture
    def refund_order(self, question: PaymentQuestion) -> RefundOrder:
        """The refund of a payment that staff wrote down."""
        return RefundOrder(
            refund_reference=ids.new().hex,
            payment=question,
            provider_reference="statement 7",
            amount=question.amount,
            is_full=True,
            reason="Khách hủy lịch hẹn",
            requested_by="Lan",
            requested_at=clock.now(),
        )

    def test_the_client_is_led_to_the_instructions(
        self, provider: PaymentProvider, settings: Mapping[str, str], amount: Money, way: str
    ) -> None:
        """To the core's own page, twice to the same; nothing is sent, so a transaction may be."""
        order = make_order(amount, way=way)
        with guard.marking_transaction():
            first, second = (provider.start(order, settings) for _ in range(2))
        assert first == second
        assert first.url == INSTRUCTIONS_URL

    def test_the_instructions_are_for_this_payment(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        other_settings: Mapping[str, str],
        question: PaymentQuestion,
    ) -> None:
        """They name the reference to copy, say what comes next, and are this tenant's."""
        found = self._instructions(provider, question, settings)
        values = [line.value for line in found.lines]
        assert LABEL in values
        assert all(len(line.value) <= _LONGEST_REFERENCE for line in found.lines[-1:])
        assert all(line.label and line.value for line in found.lines)
        assert found.next_steps
        assert all(step.endswith(".") for step in found.next_steps)
        assert set(found.notes) <= {"vi", "en", "de"}
        json.dumps([values, list(found.next_steps), dict(found.notes)])
        others = self._instructions(provider, question, other_settings)
        assert others.lines != found.lines

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_whoever_calls_is_not_believed(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        question: PaymentQuestion,
        method: str,
    ) -> None:
        """Neither a notice nor a way back can be genuine: nobody could have sent it."""
        told = {"reference": question.reference, "outcome": "paid", "signature": "x"}
        call = CallbackRequest(method, told, {}, json.dumps(told).encode())
        with pytest.raises(BadSignature):
            provider.read_callback(call, settings)
        with pytest.raises(BadSignature):
            provider.read_return(call, settings)
        assert provider.acknowledge(Verdict.FORGED).status >= 400

    def test_it_never_says_that_money_came(
        self, provider: PaymentProvider, settings: Mapping[str, str], question: PaymentQuestion
    ) -> None:
        """However often it is asked, before and after the end: only people know."""
        for _ in range(2):
            news = provider.query(question, settings)
            assert (news.outcome, news.amount) == (Outcome.UNKNOWN, None)
            assert news.reference == question.reference
            provider.close(question, settings)

    def test_a_refund_waits_for_a_person(
        self, provider: PaymentProvider, settings: Mapping[str, str], refund_order: RefundOrder
    ) -> None:
        """Taken on as often as it is sent, never done by itself."""
        heard: list[RefundNews] = [
            provider.refund(refund_order, settings),
            provider.refund(refund_order, settings),
            provider.query_refund(refund_order, settings),
        ]
        assert {news.outcome for news in heard} == {RefundOutcome.ACCEPTED}
        assert {news.refund_reference for news in heard} == {refund_order.refund_reference}
        assert len({news.event_id for news in heard}) == 1

    def test_the_test_button_tells_the_truth_without_a_gateway(
        self, provider: PaymentProvider, settings: Mapping[str, str]
    ) -> None:
        """Complete settings work, empty ones do not, and it never raises."""
        assert provider.test(settings).works
        found = provider.test({})
        assert not found.works
        assert found.message.endswith(".")

    def test_what_is_off_cannot_be_chosen(
        self, provider: PaymentProvider, settings: Mapping[str, str], amount: Money
    ) -> None:
        """A way that there is not is refused."""
        with pytest.raises(PluginError):
            provider.start(make_order(amount, way="by pigeon"), settings)

    @staticmethod
    def _instructions(
        provider: PaymentProvider, question: PaymentQuestion, settings: Mapping[str, str]
    ) -> Instructions:
        assert isinstance(provider, HandledByStaff)
        return provider.instructions(question, settings)
