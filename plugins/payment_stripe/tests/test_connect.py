"""Whose account is charged, who gets a share, and what comes back of it."""

from __future__ import annotations

from typing import Any

import pytest

from cilis.hooks import Refused
from cilis.hooks.payments import CallbackRequest, Ignored, Outcome, PaymentNews, RefundOutcome
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
        assert back == {"reverse_transfer": False, "refund_application_fee": True}

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
        order = make_order(AMOUNT, payee_account="acct_expert", fee=Money(1_800, "EUR"))
        started = PROVIDER.start(order, mine)
        assert started.provider_data["destination"] == "acct_expert"
        stand_ins.pay(started.url)
        data = at_stripe(stand_ins, order.reference)
        assert (data["destination"], data["application_fee"]) == ("acct_expert", 1_800)
        question = question_about(order, started)
        refund = refund_of(question, PROVIDER.query(question, mine), AMOUNT)
        # also when the way has been changed meanwhile
        assert PROVIDER.refund(refund, settings).outcome is RefundOutcome.DONE
        (back,) = at_stripe(stand_ins, order.reference)["shares_back"].values()
        assert back == {"reverse_transfer": True, "refund_application_fee": True}

    @pytest.mark.parametrize(
        "more", [{}, {"payee_account": "acct_expert"}, {"fee": Money(1_800, "EUR")}]
    )
    def test_without_account_or_terms_all_of_it_stays(
        self, stand_ins: StandIns, settings: dict[str, str], more: dict[str, Any]
    ) -> None:
        mine = settings | DESTINATION
        order = make_order(AMOUNT, **more)
        started = PROVIDER.start(order, mine)
        stand_ins.pay(started.url)
        assert at_stripe(stand_ins, order.reference)["destination"] == ""
        question = question_about(order, started)
        refund = refund_of(question, PROVIDER.query(question, mine), AMOUNT)
        assert PROVIDER.refund(refund, mine).outcome is RefundOutcome.DONE

    @pytest.mark.parametrize(
        "more",
        [
            {"payee_account": "expert", "fee": Money(1, "EUR")},
            {"payee_account": "acct_expert", "fee": Money(12_001, "EUR")},
            {"payee_account": "acct_expert", "fee": Money(1, "USD")},
        ],
    )
    def test_what_does_not_fit_is_refused(
        self, settings: dict[str, str], more: dict[str, Any]
    ) -> None:
        with pytest.raises(Refused):
            PROVIDER.start(make_order(AMOUNT, **more), settings | DESTINATION)


@pytest.mark.parametrize(
    ("amount", "fee", "wire"),
    [
        (Money(12_345, "EUR"), Money(1_851, "EUR"), 1_851),
        (Money(500_000, "VND"), Money(75_001, "VND"), 75_001),
        (Money(500, "JPY"), Money(7, "JPY"), 7),
        (Money(5_120, "KWD"), Money(767, "KWD"), 760),  # three decimals, the last one 0
        (Money(5_120, "KWD"), Money(7, "KWD"), None),
        (Money(5_000, "ISK"), Money(749, "ISK"), 74_900),  # whole only, sent with two zeros
        (Money(50_000, "MGA"), Money(7_550, "MGA"), 75),
    ],
)
def test_fees_are_what_stripe_can_take_and_never_more(
    amount: Money, fee: Money, wire: int | None
) -> None:
    order = make_order(amount, payee_account="acct_expert", fee=fee)
    to = Account("sk", "whsec", "https://x", charges="destination")
    assert connect.shares(order, to).get("application_fee_amount") == wire


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
