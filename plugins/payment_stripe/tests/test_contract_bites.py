"""Negative control: for each promise about shares and transfers a provider that breaks it.

A promise without such a provider fails `test_every_promise_bites`.
"""

from __future__ import annotations

import contextlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from typing_extensions import override

from cilis.hooks import Refused, TryLater
from cilis.hooks.payee_accounts import AccountNews, AccountOrder, OpenedAccount
from cilis.hooks.payment_parts import Passing, ShareBackOrder
from cilis.hooks.payments import (
    CallbackRequest,
    PaymentOrder,
    RefundNews,
    RefundOrder,
    RefundOutcome,
    Share,
    StartedPayment,
)
from cilis.hooks.transfers import Sending, TransferNews, TransferOrder, TransferOutcome
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.testing.contracts import (
    AccountPromises,
    SharePromises,
    StandInGateway,
    TransferPromises,
)
from cilis.testing.standins import StandIns
from cilis_payment_stripe import client, connect, messages
from cilis_payment_stripe.client import client_for, translated
from cilis_payment_stripe.plugin import StripeProvider
from cilis_payment_stripe.settings import account

MINE = ("sk_test_of_antam", "whsec_of_antam")
AMOUNT = Money(12_000, "EUR")
PAYEE = AccountOrder(
    ids.new().hex, "minh@example.com", "DE", "de", "https://x.example/r", "https://x.example/a"
)
SHARE = Share("acct_expert", AMOUNT.portion(17, 21))
SUITE = SharePromises
SENDS = TransferPromises
OPENS = AccountPromises
SUITES: dict[str, type] = {one.__name__: one for one in (SUITE, SENDS, OPENS)}
Settings = Mapping[str, str]
BREAKS: dict[str, list[tuple[type[StripeProvider], dict[str, Any]]]] = {}


def breaks(
    promise: Callable[..., None], **given: Any
) -> Callable[[type[StripeProvider]], type[StripeProvider]]:
    """A provider that breaks a promise; ``given`` are the values of its parameters."""

    def mark(faulty: type[StripeProvider]) -> type[StripeProvider]:
        BREAKS.setdefault(promise.__qualname__, []).append((faulty, given))
        return faulty

    return mark


@breaks(SUITE.test_it_says_when_it_passes_on)
class Vague(StripeProvider):
    """Passes on by a value that cannot be chosen."""

    passing = Passing("charges", frozenset({"always"}))


class Sharing(StripeProvider):
    """Passes something else on than it was told."""

    @override
    def start(self, order: PaymentOrder, settings: Settings) -> StartedPayment:
        share = order.share
        return super().start(replace(order, share=self.other(order, share, settings)), settings)

    def other(self, order: PaymentOrder, share: Share | None, settings: Settings) -> Share | None:
        raise NotImplementedError


@breaks(SUITE.test_a_share_reaches_the_payee, part=17, whole=21)
class Rounding(Sharing):
    """Shares in whole euros."""

    @override
    def other(self, order: PaymentOrder, share: Share | None, settings: Settings) -> Share | None:
        if share is None:
            return None
        cut = share.amount.minor - share.amount.minor % 100
        return replace(share, amount=Money(cut, share.amount.currency))


@breaks(SUITE.test_a_share_reaches_the_payee, part=1, whole=1)
class Greedy(Sharing):
    """Always keeps something."""

    @override
    def other(self, order: PaymentOrder, share: Share | None, settings: Settings) -> Share | None:
        if share is None or share.amount != order.amount:
            return share
        return replace(share, amount=order.amount.percent(90))


@breaks(SUITE.test_without_a_share_all_of_it_stays)
class Lavish(Sharing):
    """Gives the expert all of it where nothing was said."""

    @override
    def other(self, order: PaymentOrder, share: Share | None, settings: Settings) -> Share | None:
        return share or Share("acct_expert", order.amount)


@breaks(SUITE.test_an_orders_share_goes_whatever_the_settings_say_now)
class Fickle(Sharing):
    """Decides anew by the settings."""

    @override
    def other(self, order: PaymentOrder, share: Share | None, settings: Settings) -> Share | None:
        return share if settings.get("charges") == "destination" else None


@breaks(SUITE.test_a_share_that_does_not_fit_is_refused, wrong="nobody")
@breaks(SUITE.test_a_share_that_does_not_fit_is_refused, wrong="nothing")
@breaks(SUITE.test_a_share_that_does_not_fit_is_refused, wrong="too much")
@breaks(SUITE.test_a_share_that_does_not_fit_is_refused, wrong="another currency")
class Obliging(StripeProvider):
    """Takes what it can of what does not fit."""

    @override
    def start(self, order: PaymentOrder, settings: Settings) -> StartedPayment:
        try:
            return super().start(order, settings)
        except Refused:
            return super().start(replace(order, share=None), settings)


@breaks(SUITE.test_nothing_is_passed_on_before_the_money_came)
class Restarting(StripeProvider):
    """Makes another payment at each repeat."""

    @override
    def start(self, order: PaymentOrder, settings: Settings) -> StartedPayment:
        super().start(replace(order, created_at=order.created_at), settings)
        return super().start(replace(order, reference=ids.new().hex), settings)


@breaks(SUITE.test_a_refund_takes_the_share_back)
@breaks(SUITE.test_parts_take_parts_back_and_add_up)
class Forgiving(StripeProvider):
    """Lets the expert keep what the client got back."""

    @override
    def refund(self, order: RefundOrder, settings: Settings) -> RefundNews:
        return super().refund(replace(order, share_back=None), settings)


@breaks(SUITE.test_a_refund_takes_the_share_back)
class Looking(StripeProvider):
    """Takes shares back only while the settings say so."""

    @override
    def refund(self, order: RefundOrder, settings: Settings) -> RefundNews:
        passes = settings.get("charges") == "destination"
        return super().refund(order if passes else replace(order, share_back=None), settings)


@breaks(SUITE.test_a_refund_that_the_tenant_bears_leaves_the_share)
class Strict(StripeProvider):
    """Takes the share back with every refund."""

    @override
    def refund(self, order: RefundOrder, settings: Settings) -> RefundNews:
        return super().refund(replace(order, share_back=order.amount), settings)


@breaks(SUITE.test_a_lost_answer_takes_the_share_back_once)
class Repeating(StripeProvider):
    """Gives back anew at each repeat."""

    @override
    def refund(self, order: RefundOrder, settings: Settings) -> RefundNews:
        return super().refund(replace(order, refund_reference=ids.new().hex), settings)


@breaks(SUITE.test_a_refund_that_is_turned_down_takes_nothing_back)
class Insisting(StripeProvider):
    """Tries again by itself when Stripe says no, and does not tell."""

    @override
    def refund(self, order: RefundOrder, settings: Settings) -> RefundNews:
        news = super().refund(order, settings)
        if news.outcome is RefundOutcome.REFUSED:
            GATEWAYS[-1].behave()
            super().refund(replace(order, refund_reference=ids.new().hex), settings)
        return news


@breaks(SUITE.test_a_contested_payment_takes_the_share_back)
class Twofold(StripeProvider):
    """Takes a share back anew at each repeat."""

    @override
    def take_share_back(self, order: ShareBackOrder, settings: Settings) -> None:
        super().take_share_back(replace(order, reference=ids.new().hex), settings)


@breaks(SUITE.test_a_share_that_cannot_be_had_is_told, why="spent")
@breaks(SUITE.test_a_share_that_cannot_be_had_is_told, why="never passed on")
@breaks(SUITE.test_a_share_that_cannot_be_had_is_told, why="unknown payment")
class Soothing(StripeProvider):
    """Keeps it to itself that nothing came back."""

    @override
    def take_share_back(self, order: ShareBackOrder, settings: Settings) -> None:
        with contextlib.suppress(Refused):
            super().take_share_back(order, settings)


# -- transfers


@breaks(SENDS.test_it_says_when_it_sends)
class Silent(StripeProvider):
    """Sends by a value that cannot be chosen."""

    sending = Sending("payouts", frozenset({"always"}))


@breaks(SENDS.test_the_money_arrives)
class Deducting(StripeProvider):
    """Keeps something for the trouble."""

    @override
    def transfer(self, order: TransferOrder, settings: Settings) -> TransferNews:
        return super().transfer(replace(order, amount=order.amount.percent(99)), settings)


@breaks(SENDS.test_a_repeat_pays_once)
@breaks(SENDS.test_a_lost_answer_pays_once)
class Paying(StripeProvider):
    """Pays anew each time, under the same name."""

    @override
    def transfer(self, order: TransferOrder, settings: Settings) -> TransferNews:
        with translated():
            made = client_for(account(settings)).v1.transfers.create(
                params={
                    "amount": order.amount.minor,
                    "currency": "eur",
                    "destination": order.account,
                    "transfer_group": order.transfer_reference,
                    "metadata": {"transfer_reference": order.transfer_reference},
                }
            )
        return TransferNews(order.transfer_reference, TransferOutcome.DONE, made.id)


@breaks(SENDS.test_a_refusal_is_told)
@breaks(SENDS.test_an_account_that_is_none_is_refused)
class Confident(StripeProvider):
    """Takes every transfer for done."""

    @override
    def transfer(self, order: TransferOrder, settings: Settings) -> TransferNews:
        try:
            return super().transfer(order, settings)
        except Refused:
            return TransferNews(order.transfer_reference, TransferOutcome.DONE)


@breaks(SENDS.test_what_was_never_sent_did_not_go)
class Remembering(StripeProvider):
    """Remembers transfers that never were."""

    @override
    def query_transfer(self, order: TransferOrder, settings: Settings) -> TransferNews:
        super().query_transfer(order, settings)
        return TransferNews(order.transfer_reference, TransferOutcome.DONE, "tr_x")


@breaks(SENDS.test_it_can_be_had_back)
class Halving(StripeProvider):
    """Says that it is back, and leaves it there."""

    @override
    def reverse_transfer(self, order: TransferOrder, settings: Settings) -> TransferNews:
        return TransferNews(order.transfer_reference, TransferOutcome.REFUSED)


@breaks(SENDS.test_what_cannot_be_had_back_stays_paid)
class Hoping(StripeProvider):
    """Takes a no for a yes."""

    @override
    def reverse_transfer(self, order: TransferOrder, settings: Settings) -> TransferNews:
        try:
            return super().reverse_transfer(order, settings)
        except Refused:
            return TransferNews(order.transfer_reference, TransferOutcome.REFUSED)


@breaks(SENDS.test_a_troubled_gateway_is_told_later, trouble="down")
@breaks(SENDS.test_a_troubled_gateway_is_told_later, trouble="nonsense")
class Hasty(StripeProvider):
    """Takes silence for a no."""

    @override
    def transfer(self, order: TransferOrder, settings: Settings) -> TransferNews:
        try:
            return super().transfer(order, settings)
        except TryLater as problem:
            raise Refused("no answer") from problem


@breaks(SENDS.test_a_troubled_gateway_is_told_later, trouble="slow")
class Patient(StripeProvider):
    """Waits as long as it takes, whatever its time limit says."""

    @override
    def query_transfer(self, order: TransferOrder, settings: Settings) -> TransferNews:
        before, client.SECONDS = client.SECONDS, 20.0
        try:
            return super().query_transfer(order, settings)
        finally:
            client.SECONDS = before


# -- accounts


@breaks(OPENS.test_a_page_is_opened_and_leads_back)
class Straight(StripeProvider):
    """Leads back somewhere else."""

    @override
    def open_account(self, order: AccountOrder, settings: Settings) -> OpenedAccount:
        return super().open_account(replace(order, return_url="https://example.com"), settings)


@breaks(OPENS.test_a_repeat_opens_no_second_account)
@breaks(OPENS.test_a_lost_answer_opens_one_account)
class Opening(StripeProvider):
    """Opens an account each time."""

    @override
    def open_account(self, order: AccountOrder, settings: Settings) -> OpenedAccount:
        fresh_one = replace(order, reference=ids.new().hex, account="")
        return super().open_account(fresh_one, settings)


class Reporting(StripeProvider):
    """Says of an account something else than Stripe does."""

    @override
    def read_callback(self, call: CallbackRequest, settings: Settings) -> Any:
        news = super().read_callback(call, settings)
        assert isinstance(news, AccountNews)
        return self.retold(news, settings)

    def retold(self, news: AccountNews, settings: Settings) -> AccountNews:
        raise NotImplementedError


@breaks(OPENS.test_what_the_payee_said_is_told, outcome="pending", can_receive=False, is_due=True)
@breaks(OPENS.test_a_change_of_mind_is_told)
class Welcoming(Reporting):
    """Every account takes money."""

    @override
    def retold(self, news: AccountNews, settings: Settings) -> AccountNews:
        return replace(news, can_receive=True)


@breaks(OPENS.test_what_the_payee_said_is_told, outcome="complete", can_receive=True, is_due=False)
class Doubting(Reporting):
    """No account takes money."""

    @override
    def retold(self, news: AccountNews, settings: Settings) -> AccountNews:
        return replace(news, can_receive=False)


@breaks(OPENS.test_nothing_about_the_person_is_kept)
class Talkative(Reporting):
    """Keeps whose it is."""

    @override
    def retold(self, news: AccountNews, settings: Settings) -> AccountNews:
        return replace(news, raw={**news.raw, "email": "minh@example.com"})


@breaks(OPENS.test_a_forged_account_is_not_believed)
class Believing(StripeProvider):
    """Reads what comes without looking who signed it."""

    @override
    def read_callback(self, call: CallbackRequest, settings: Settings) -> Any:
        return messages.news_of_event(json.loads(call.body or b"{}"))


@breaks(OPENS.test_an_account_that_is_none_takes_nothing)
class Knowing(StripeProvider):
    """Knows every account."""

    @override
    def query_account(self, account_name: str, settings: Settings) -> AccountNews:
        news = super().query_account(account_name, settings)
        return replace(news, can_receive=True, obstacle="")


@breaks(OPENS.test_a_troubled_gateway_is_told_later, trouble="down")
@breaks(OPENS.test_a_troubled_gateway_is_told_later, trouble="nonsense")
class Nervous(StripeProvider):
    """Takes silence for a no."""

    @override
    def query_account(self, account_name: str, settings: Settings) -> AccountNews:
        try:
            return super().query_account(account_name, settings)
        except TryLater as problem:
            raise Refused("no answer") from problem


@breaks(OPENS.test_a_troubled_gateway_is_told_later, trouble="slow")
class Waiting(StripeProvider):
    """Waits as long as it takes, whatever its time limit says."""

    @override
    def query_account(self, account_name: str, settings: Settings) -> AccountNews:
        before, client.SECONDS = client.SECONDS, 20.0
        try:
            return super().query_account(account_name, settings)
        finally:
            client.SECONDS = before


GATEWAYS: list[StandInGateway] = []


@pytest.fixture
def settings(stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(client, "SECONDS", 0.5)
    stand_ins.register("stripe", *MINE)
    chosen = {"charges": "destination", "payouts": "transfers"}
    return {**stand_ins.stripe_settings(*MINE), **chosen}


def fresh(
    stand_ins: StandIns,
    settings: dict[str, str],
    provider: StripeProvider,
    promise: Any,
    given: dict[str, Any],
) -> dict[str, Any]:
    """What the suite's fixtures would give."""
    suite = type(promise.__self__)
    stand_ins.clear()
    stand_ins.clear_faults()
    gateway = StandInGateway(stand_ins, "stripe", "EUR", per_minor=1)
    GATEWAYS[:] = [gateway]
    paid_with = inspect.unwrap(cast("Any", SUITE.paid_with))
    things = {
        "provider": provider,
        "settings": settings,
        "gateway": gateway,
        "amount": AMOUNT,
        "payee": PAYEE if suite is OPENS else SHARE.account,
        "other_settings": {**settings, "webhook_secret": "whsec_o", "connect_secret": "whsec_o"},
        "share": SHARE,
        "transfer": TransferOrder(ids.new().hex, SHARE.account, AMOUNT, "K7M2QX", clock.now()),
        "paid_with": paid_with(SUITE(), provider, settings, gateway, AMOUNT),
        **given,
    }
    names = list(inspect.signature(promise).parameters)
    return {name: things[name] for name in names if name != "self"}


@pytest.mark.parametrize(
    ("name", "faulty", "given"),
    [(name, *one) for name, found in BREAKS.items() for one in found],
    ids=[
        "-".join([one[0].__name__, name.partition(".test_")[2], *map(str, one[1].values())])[:90]
        for name, found in BREAKS.items()
        for one in found
    ],
)
def test_the_suite_finds_it(
    name: str,
    faulty: type[StripeProvider],
    given: dict[str, Any],
    stand_ins: StandIns,
    settings: dict[str, str],
) -> None:
    suite, _, test = name.partition(".")
    promise = getattr(SUITES[suite](), test)
    promise(**fresh(stand_ins, settings, StripeProvider(), promise, given))
    try:
        promise(**fresh(stand_ins, settings, faulty(), promise, given))
    except (Exception, pytest.fail.Exception):  # noqa: BLE001 - a failed promise, however it fails
        return
    pytest.fail(f"{name} does not find {faulty.__name__}")


def test_every_promise_bites() -> None:
    promises = {
        f"{suite}.{name}"
        for suite, found in SUITES.items()
        for name, _ in inspect.getmembers(found)
        if name.startswith("test_")
    }
    assert promises == set(BREAKS)


def test_the_control_shares_as_the_plugin_does() -> None:
    assert connect.PASSING.values == {"destination"}
