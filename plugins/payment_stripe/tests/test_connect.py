"""Whose account is charged, who gets a share, and what comes back of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cilis.hooks import Refused
from cilis.hooks.payments import (
    CallbackRequest,
    Ignored,
    Outcome,
    PaymentNews,
    RefundOutcome,
    Share,
)
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import make_order, question_about, refund_of
from cilis.testing.standins import StandIns
from cilis_payment_stripe import connect
from cilis_payment_stripe.plugin import StripeProvider
from cilis_payment_stripe.settings import Account, account

PLATFORM = ("sk_test_of_platform", "whsec_of_platform")
AMOUNT = Money(12_000, "EUR")
PROVIDER = StripeProvider()
DIRECT = {"charges": "direct", "connected_account": "acct_antam", "platform_fee": "250"}
DESTINATION = {"charges": "destination"}


@pytest.fixture
def settings(stand_ins: StandIns) -> dict[str, str]:
    stand_ins.register("stripe", *PLATFORM)
    return stand_ins.stripe_settings(*PLATFORM)


def at_stripe(stand_ins: StandIns, reference: str) -> dict[str, Any]:
    (payment,) = stand_ins.payments(reference)
    data: dict[str, Any] = payment["data"]
    return data


def notice(stand_ins: StandIns, reference: str) -> CallbackRequest:
    sent = stand_ins.notices(reference)[-1]
    return CallbackRequest("POST", {}, sent.headers, sent.body)


class TestDirectCharges:
    def test_the_connected_account_is_charged_and_the_platform_keeps_its_fee(
        self, stand_ins: StandIns, settings: dict[str, str]
    ) -> None:
        order = make_order(AMOUNT)
        stand_ins.pay(PROVIDER.start(order, settings | DIRECT).url)
        data = at_stripe(stand_ins, order.reference)
        assert (data["connected"], data["application_fee"]) == ("acct_antam", 300)
        news = PROVIDER.read_callback(notice(stand_ins, order.reference), settings | DIRECT)
        assert isinstance(news, PaymentNews)
        assert news.outcome is Outcome.PAID

    def test_another_connected_accounts_event_is_not_ours(
        self, stand_ins: StandIns, settings: dict[str, str]
    ) -> None:
        """One platform signs for all its accounts: the account in the event tells them apart."""
        order = make_order(AMOUNT)
        stand_ins.pay(PROVIDER.start(order, settings | DIRECT).url)
        call = notice(stand_ins, order.reference)
        other = settings | DIRECT | {"connected_account": "acct_other"}
        for wrong in (other, settings):
            assert isinstance(PROVIDER.read_callback(call, wrong), Ignored)
        question = question_about(order, PROVIDER.start(order, settings | DIRECT))
        assert PROVIDER.query(question, other).outcome is Outcome.UNKNOWN

    def test_a_refund_takes_the_platforms_fee_along(
        self, stand_ins: StandIns, settings: dict[str, str]
    ) -> None:
        mine = settings | DIRECT
        order = make_order(AMOUNT)
        started = PROVIDER.start(order, mine)
        stand_ins.pay(started.url)
        question = question_about(order, started)
        refund = refund_of(question, PROVIDER.query(question, mine), Money(6_000, "EUR"))
        assert PROVIDER.refund(refund, mine).outcome is RefundOutcome.DONE
        (back,) = at_stripe(stand_ins, order.reference)["shares_back"].values()
        assert (back["reverse_transfer"], back["refund_application_fee"]) == (False, True)

    def test_stripes_own_fee_is_told_without_the_platforms(
        self, stand_ins: StandIns, settings: dict[str, str]
    ) -> None:
        mine = settings | DIRECT
        order = make_order(AMOUNT)
        started = PROVIDER.start(order, mine)
        stand_ins.pay(started.url)
        assert PROVIDER.fee(question_about(order, started), mine) == Money(205, "EUR")


class TestDestinationCharges:
    def test_the_expert_gets_the_share_and_gives_it_back(
        self, stand_ins: StandIns, settings: dict[str, str]
    ) -> None:
        mine = settings | DESTINATION
        order = make_order(AMOUNT, share=Share("acct_expert", Money(10_200, "EUR")))
        started = PROVIDER.start(order, mine)
        stand_ins.pay(started.url)
        data = at_stripe(stand_ins, order.reference)
        assert (data["destination"], data["application_fee"]) == ("acct_expert", 1_800)
        question = question_about(order, started)
        refund = refund_of(question, PROVIDER.query(question, mine), AMOUNT)
        refund = replace(refund, share_back=Money(10_200, "EUR"))
        # also when the way has been changed meanwhile
        assert PROVIDER.refund(refund, settings).outcome is RefundOutcome.DONE
        (back,) = at_stripe(stand_ins, order.reference)["shares_back"].values()
        assert (back["reverse_transfer"], back["refund_application_fee"]) == (True, True)

    @pytest.mark.parametrize(
        "share",
        [
            Share("expert", Money(1, "EUR")),
            Share("acct_expert", Money(12_001, "EUR")),
            Share("acct_expert", Money(0, "EUR")),
            Share("acct_expert", Money(1, "USD")),
        ],
    )
    def test_what_does_not_fit_is_refused(self, settings: dict[str, str], share: Share) -> None:
        with pytest.raises(Refused):
            PROVIDER.start(make_order(AMOUNT, share=share), settings | DESTINATION)

    def test_a_connected_account_passes_nothing_on(self, settings: dict[str, str]) -> None:
        """A share that was promised before the way was changed is not dropped in silence."""
        share = Share("acct_expert", Money(1, "EUR"))
        with pytest.raises(Refused):
            PROVIDER.start(make_order(AMOUNT, share=share), settings | DIRECT)


@pytest.mark.parametrize(
    ("amount", "fee", "wire"),
    [
        (Money(12_345, "EUR"), Money(1_851, "EUR"), 1_851),
        (Money(500_000, "VND"), Money(75_001, "VND"), 75_001),
        (Money(500, "JPY"), Money(7, "JPY"), 7),
        (Money(500, "JPY"), Money(0, "JPY"), None),
        (Money(5_120, "KWD"), Money(760, "KWD"), 760),  # three decimals, the last one 0
        (Money(5_000, "ISK"), Money(749, "ISK"), 74_900),  # whole only, sent with two zeros
        (Money(50_000, "MGA"), Money(7_500, "MGA"), 75),
    ],
)
def test_what_is_not_the_experts_is_the_fee(amount: Money, fee: Money, wire: int | None) -> None:
    order = make_order(amount, share=Share("acct_expert", amount - fee))
    to = Account("sk", "whsec", "https://x", charges="destination")
    assert connect.shares(order, to).get("application_fee_amount") == wire


@pytest.mark.parametrize("share", [Money(4_353, "KWD"), Money(42_450, "MGA")])
def test_a_share_that_stripe_cannot_express_is_refused_and_told_before(share: Money) -> None:
    """The core rounds down by the steps that are declared; what it did not round is no share."""
    step = StripeProvider.passing.steps[share.currency]
    order = make_order(Money(60_000, share.currency), share=Share("acct_expert", share))
    to = Account("sk", "whsec", "https://x", charges="destination")
    with pytest.raises(Refused):
        connect.shares(order, to)
    rounded = Money(share.minor - share.minor % step, share.currency)
    assert connect.shares(replace(order, share=Share("acct_expert", rounded)), to)


@pytest.mark.parametrize(
    ("amount", "percent", "wire"),
    [
        (Money(12_345, "EUR"), 250, 308),
        (Money(5_120, "KWD"), 1_500, 760),
        (Money(9, "JPY"), 1, None),
    ],
)
def test_a_platforms_fee_is_never_more_than_its_percent(
    amount: Money, percent: int, wire: int | None
) -> None:
    to = Account("sk", "whsec", "https://x", "direct", "acct_antam", percent)
    assert connect.shares(make_order(amount), to).get("application_fee_amount") == wire


@pytest.mark.parametrize(
    "wrong",
    [
        {"charges": "elsewhere"},
        {"charges": "direct"},
        {"charges": "direct", "connected_account": "antam"},
        {"charges": "direct", "connected_account": "acct_x", "platform_fee": "10000"},
    ],
)
def test_settings_that_cannot_be_used(wrong: dict[str, str]) -> None:
    with pytest.raises(Refused):
        account({"secret_key": "sk", "webhook_secret": "whsec", **wrong})
