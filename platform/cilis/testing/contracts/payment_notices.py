"""Promises of notices and of the browser's way back: whom to believe, what to answer."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cilis.hooks.payments import (
    BadSignature,
    CallbackRequest,
    Outcome,
    PaymentNews,
    PaymentOrder,
    PaymentProvider,
    Verdict,
)
from cilis.kit import guard
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import Gateway, forgeries, make_order, question_about
from cilis.testing.contracts.payment_fixtures import Fixtures

Pair = tuple[PaymentOrder, CallbackRequest]


class NoticePromises(Fixtures):
    """Notices and returns."""

    @pytest.fixture
    def paid(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
    ) -> Pair:
        """An order that was paid, and the browser's way back."""
        order = make_order(amount)
        return order, gateway.pay(provider.start(order, settings))

    def test_a_genuine_notice_is_believed(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        paid: Pair,
    ) -> None:
        """It says which payment, that it is paid, and how much."""
        order, _ = paid
        news = provider.read_callback(gateway.notice(order.reference), settings)

        assert isinstance(news, PaymentNews)
        assert news.reference == order.reference
        assert (news.outcome, news.amount) == (Outcome.PAID, order.amount)
        assert news.provider_reference
        assert 0 < len(news.event_id) <= 200

    def test_a_repeat_is_known_as_one(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        paid: Pair,
        amount: Money,
    ) -> None:
        """The same fact has the same event id, another fact has another."""
        call = gateway.notice(paid[0].reference)
        other = make_order(amount)
        gateway.pay(provider.start(other, settings))
        ids = [
            self._read(provider, notice, settings).event_id
            for notice in (call, call, gateway.notice(other.reference))
        ]

        assert ids[0] == ids[1] != ids[2]

    def test_notice_and_question_agree(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
    ) -> None:
        """Whichever the core hears first, it is the same payment, amount and number."""
        order = make_order(amount)
        started = provider.start(order, settings)
        gateway.pay(started)
        told = self._read(provider, gateway.notice(order.reference), settings)
        asked = provider.query(question_about(order, started), settings)
        assert (told.reference, told.outcome, told.amount, told.provider_reference) == (
            asked.reference,
            asked.outcome,
            asked.amount,
            asked.provider_reference,
        )

    def test_reading_needs_no_network(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        paid: Pair,
    ) -> None:
        """Neither a notice nor the way back nor an answer makes anybody wait for the gateway."""
        order, back = paid
        call = gateway.notice(order.reference)
        gateway.misbehave("down")
        with guard.marking_transaction():  # in which the house's way to the network refuses
            assert self._read(provider, call, settings).outcome is Outcome.PAID
            assert provider.read_return(back, settings) in {Outcome.PAID, Outcome.PENDING}
            assert provider.acknowledge(Verdict.RECORDED).status == 200

    def test_every_forgery_is_found(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        paid: Pair,
    ) -> None:
        """Each part of a notice altered, each part left out: BadSignature and nothing else."""
        believed = []
        for what, call in forgeries(gateway.notice(paid[0].reference)):
            try:
                provider.read_callback(call, settings)
                believed.append(what)
            except BadSignature:
                continue
        assert believed == []

    def test_foreign_parameters_change_nothing(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        paid: Pair,
    ) -> None:
        """A proxy may add what it likes to the address."""
        order, _ = paid
        call = gateway.notice(order.reference)
        longer = CallbackRequest(
            call.method,
            {**call.query, "utm_source": "mail", "amount": "1"},
            call.headers,
            call.body,
        )

        assert self._read(provider, longer, settings).amount == order.amount

    @pytest.mark.parametrize("fault", ["bad_signature", "other_merchant"])
    def test_a_notice_signed_by_somebody_else_is_refused(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
        fault: str,
    ) -> None:
        """A well-formed notice with another key, or of another merchant."""
        gateway.misbehave(fault)
        order = make_order(amount)
        gateway.pay(provider.start(order, settings))

        with pytest.raises(BadSignature):
            provider.read_callback(gateway.notice(order.reference), settings)

    def test_another_tenant_does_not_believe_it(
        self,
        provider: PaymentProvider,
        other_settings: Mapping[str, str],
        gateway: Gateway,
        paid: Pair,
    ) -> None:
        """A genuine notice at the wrong address."""
        order, back = paid
        with pytest.raises(BadSignature):
            provider.read_callback(gateway.notice(order.reference), other_settings)
        with pytest.raises(BadSignature):
            provider.read_return(back, other_settings)

    def test_the_amount_is_the_gateways(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
    ) -> None:
        """A well-signed notice of another amount is told as it is: the core compares."""
        gateway.misbehave("wrong_amount")
        order = make_order(amount)
        gateway.pay(provider.start(order, settings))
        news = self._read(provider, gateway.notice(order.reference), settings)

        assert news.amount is not None
        assert news.amount != order.amount

    def test_every_verdict_has_an_answer(self, provider: PaymentProvider) -> None:
        """What is done is 2xx and not repeated; what is not done does not look like it."""
        done = provider.acknowledge(Verdict.RECORDED)
        assert 200 <= done.status < 300
        assert 200 <= provider.acknowledge(Verdict.REPEATED).status < 300
        assert 200 <= provider.acknowledge(Verdict.IGNORED).status < 300
        for verdict in (Verdict.FAULT, Verdict.FORGED, Verdict.WRONG_AMOUNT):
            reply = provider.acknowledge(verdict)
            assert (reply.status, reply.body) != (done.status, done.body)

    def test_answers_name_no_product(self, provider: PaymentProvider) -> None:
        """The gateway learns the tenant's name only."""
        for verdict in Verdict:
            assert b"cilis" not in provider.acknowledge(verdict).body.lower()

    def test_the_way_back_is_shown(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
        paid: Pair,
    ) -> None:
        """A payer who paid is not told of failure, one who gave up not of success."""
        assert provider.read_return(paid[1], settings) in {Outcome.PAID, Outcome.PENDING}
        left = gateway.pay(provider.start(make_order(amount), settings), "cancelled")
        assert provider.read_return(left, settings) is Outcome.FAILED

    def test_a_made_up_way_back_is_refused(
        self, provider: PaymentProvider, settings: Mapping[str, str], paid: Pair
    ) -> None:
        """Typing an address does not make a success."""
        for _, call in forgeries(paid[1]):
            with pytest.raises(BadSignature):
                provider.read_return(call, settings)

    @staticmethod
    def _read(
        provider: PaymentProvider, call: CallbackRequest, settings: Mapping[str, str]
    ) -> PaymentNews:
        news = provider.read_callback(call, settings)
        assert isinstance(news, PaymentNews)
        return news
