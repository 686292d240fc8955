"""Negative control: a provider with one fault breaks the promise that is about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from typing_extensions import override

from cilis.hooks import TryLater
from cilis.hooks.payments import (
    CallbackRequest,
    PaymentNews,
    PaymentOrder,
    PaymentQuestion,
    RefundNews,
    RefundOrder,
    StartedPayment,
)
from cilis.kit import ids
from cilis.kit.money import Money
from cilis.testing.contracts import PaymentProviderContract, StandInGateway
from cilis.testing.contracts.gateways import make_order, question_about, refund_of
from cilis.testing.standins import StandIns
from cilis_payment_vnpay import messages
from cilis_payment_vnpay.plugin import VnpayProvider

MINE = ("TESTTMN1", "TESTSECRET0123456789ABCDEFGHIJKL")
THEIRS = ("TESTTMN2", "LKJIHGFEDCBA9876543210TERCESTSET")
AMOUNT = Money(1_500_000, "VND")
SUITE = PaymentProviderContract()


class Believing(VnpayProvider):
    """Takes every notice for genuine."""

    @override
    def read_callback(self, call: CallbackRequest, settings: Mapping[str, str]) -> PaymentNews:
        return messages.news_of_notice(call.query)


class Forgetful(VnpayProvider):
    """Names the same fact differently each time."""

    @override
    def read_callback(self, call: CallbackRequest, settings: Mapping[str, str]) -> PaymentNews:
        news = super().read_callback(call, settings)
        assert isinstance(news, PaymentNews)
        return replace(news, event_id=ids.new().hex)


class Generous(VnpayProvider):
    """Gives back anew at each repeat."""

    @override
    def refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        return super().refund(replace(order, refund_reference=ids.new().hex), settings)


class Restarting(VnpayProvider):
    """Makes a new payment at each repeat."""

    @override
    def start(self, order: PaymentOrder, settings: Mapping[str, str]) -> StartedPayment:
        return super().start(replace(order, reference=ids.new().hex), settings)


class Remembering(VnpayProvider):
    """Keeps the last tenant's settings."""

    @override
    def start(self, order: PaymentOrder, settings: Mapping[str, str]) -> StartedPayment:
        self.last = settings
        return super().start(order, settings)


class Hasty(VnpayProvider):
    """Takes trouble for an answer."""

    @override
    def query(self, question: PaymentQuestion, settings: Mapping[str, str]) -> PaymentNews:
        try:
            return super().query(question, settings)
        except TryLater:
            return messages.news_of_answer(question.reference, {"vnp_TransactionStatus": "02"})


@pytest.fixture
def settings(stand_ins: StandIns) -> dict[str, str]:
    stand_ins.register("vnpay", *MINE)
    return stand_ins.vnpay_settings(*MINE)


def fresh(stand_ins: StandIns, settings: dict[str, str], needs: str) -> dict[str, Any]:
    """What the suite's fixtures would give: a payment that was just made, nothing else."""
    stand_ins.clear()
    stand_ins.register("vnpay", *THEIRS)
    gateway = StandInGateway(stand_ins, "vnpay", "VND", per_minor=100)
    order = make_order(AMOUNT)
    started = VnpayProvider().start(order, settings)
    back = gateway.pay(started)
    question = question_about(order, started)
    paid = VnpayProvider().query(question, settings)
    things = {
        "settings": settings,
        "other_settings": stand_ins.vnpay_settings(*THEIRS),
        "gateway": gateway,
        "amount": AMOUNT,
        "way": "",
        "paid": (order, back),
        "full": refund_of(question, paid, AMOUNT),
        "trouble": "down",
        "fault": "other_merchant",
    }
    return {name: things[name] for name in needs.split()}


@pytest.mark.parametrize(
    ("faulty", "promise", "needs"),
    [
        (Believing, SUITE.test_every_forgery_is_found, "settings gateway paid"),
        (Believing, SUITE.test_another_tenant_does_not_believe_it, "other_settings gateway paid"),
        (
            Believing,
            SUITE.test_a_notice_signed_by_somebody_else_is_refused,
            "settings gateway amount fault",
        ),
        (Forgetful, SUITE.test_a_repeat_is_known_as_one, "settings gateway paid amount"),
        (Generous, SUITE.test_a_repeat_gives_back_once, "settings gateway full"),
        (Generous, SUITE.test_a_lost_answer_gives_back_once, "settings gateway full"),
        (
            Restarting,
            SUITE.test_a_repeated_start_makes_no_second_payment,
            "settings gateway amount",
        ),
        (Remembering, SUITE.test_tenants_do_not_mix, "settings other_settings amount way"),
        (Hasty, SUITE.test_a_troubled_gateway_is_asked_later, "settings gateway amount trouble"),
    ],
)
def test_the_suite_finds_it(
    faulty: type[VnpayProvider],
    promise: Any,
    needs: str,
    stand_ins: StandIns,
    settings: dict[str, str],
) -> None:
    promise(provider=VnpayProvider(), **fresh(stand_ins, settings, needs))
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        promise(provider=faulty(), **fresh(stand_ins, settings, needs))
