"""Negative control: for each promise of the suite a provider that breaks it, and is found.

A promise without such a provider fails `test_every_promise_bites`, so the suite cannot grow softer.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from typing_extensions import override

from cilis.hooks import Refused, SettingField, SettingKind, TestOutcome, TryLater
from cilis.hooks.payments import (
    CallbackReply,
    CallbackRequest,
    Outcome,
    PaymentNews,
    PaymentOrder,
    PaymentQuestion,
    RefundNews,
    RefundOrder,
    RefundOutcome,
    StartedPayment,
    Verdict,
)
from cilis.kit import http, ids
from cilis.kit.money import Money
from cilis.testing.contracts import PaymentProviderContract, StandInGateway
from cilis.testing.contracts.gateways import make_order, question_about, refund_of
from cilis.testing.standins import StandIns
from cilis_payment_vnpay import messages, refunds
from cilis_payment_vnpay.plugin import VnpayProvider

MINE = ("TESTTMN1", "TESTSECRET0123456789ABCDEFGHIJKL")
THEIRS = ("TESTTMN2", "LKJIHGFEDCBA9876543210TERCESTSET")
AMOUNT = Money(1_500_000, "VND")
SUITE = PaymentProviderContract
Settings = Mapping[str, str]
BREAKS: dict[str, list[tuple[type[VnpayProvider], dict[str, Any]]]] = {}


def breaks(
    promise: Callable[..., None], **given: Any
) -> Callable[[type[VnpayProvider]], type[VnpayProvider]]:
    """A provider that breaks a promise; ``given`` are the values of its parameters."""

    def mark(faulty: type[VnpayProvider]) -> type[VnpayProvider]:
        BREAKS.setdefault(promise.__name__, []).append((faulty, given))
        return faulty

    return mark


# -- starting


@breaks(SUITE.test_describes_itself)
class Shouting(VnpayProvider):
    """Its secret is a plain text."""

    settings = (SettingField("hash_secret", "Secret"),)


@breaks(SUITE.test_its_ways_can_be_chosen)
class Vague(VnpayProvider):
    """Its ways hang on a setting that there is not."""

    settings = tuple(one for one in VnpayProvider.settings if one.name != "bank_code")


@breaks(SUITE.test_nothing_cannot_be_paid, minor=0)
@breaks(SUITE.test_other_currencies_are_refused)
@breaks(SUITE.test_missing_settings_are_refused)
class Obliging(VnpayProvider):
    """Sends everybody somewhere."""

    @override
    def start(self, order: PaymentOrder, settings: Settings) -> StartedPayment:
        try:
            return super().start(order, settings)
        except Refused:
            return StartedPayment("https://pay.example.com")


@breaks(SUITE.test_tenants_do_not_mix)
class Remembering(VnpayProvider):
    """Keeps the last tenant's settings."""

    @override
    def start(self, order: PaymentOrder, settings: Settings) -> StartedPayment:
        self.last = settings
        return super().start(order, settings)


@breaks(SUITE.test_a_start_leads_somewhere_and_can_be_kept)
class Talkative(VnpayProvider):
    """Keeps the secret with the payment."""

    @override
    def start(self, order: PaymentOrder, settings: Settings) -> StartedPayment:
        found = super().start(order, settings)
        return replace(found, provider_data={**found.provider_data, "with": dict(settings)})


@breaks(SUITE.test_a_repeated_start_makes_no_second_payment)
class Restarting(VnpayProvider):
    """Makes a new payment at each repeat."""

    @override
    def start(self, order: PaymentOrder, settings: Settings) -> StartedPayment:
        return super().start(replace(order, reference=ids.new().hex), settings)


@breaks(SUITE.test_any_words_may_stand_in_the_description, description="&vnp_Amount=1&amount=1")
class Pasting(VnpayProvider):
    """Pastes the client's words into the address as they are."""

    @override
    def start(self, order: PaymentOrder, settings: Settings) -> StartedPayment:
        found = super().start(order, settings)
        pasted = found.url.replace("vnp_OrderInfo=", f"vnp_OrderInfo={order.description}")
        return replace(found, url=pasted)


@breaks(SUITE.test_any_client_address_will_do, client_ip="nonsense")
class Particular(VnpayProvider):
    """Wants an address that it can read."""

    @override
    def start(self, order: PaymentOrder, settings: Settings) -> StartedPayment:
        if order.client_ip.count(".") != 3:
            raise Refused("no address")
        return super().start(order, settings)


# -- notices


@breaks(SUITE.test_every_forgery_is_found)
@breaks(SUITE.test_another_tenant_does_not_believe_it)
@breaks(SUITE.test_a_notice_signed_by_somebody_else_is_refused, fault="bad_signature")
@breaks(SUITE.test_a_notice_signed_by_somebody_else_is_refused, fault="other_merchant")
class Believing(VnpayProvider):
    """Takes every notice for genuine."""

    @override
    def read_callback(self, call: CallbackRequest, settings: Settings) -> PaymentNews:
        return messages.news_of_notice(call.query)


class Retelling(VnpayProvider):
    """Says of a notice something else than it does."""

    @override
    def read_callback(self, call: CallbackRequest, settings: Settings) -> PaymentNews:
        news = super().read_callback(call, settings)
        assert isinstance(news, PaymentNews)
        return self.retold(news, call)

    def retold(self, news: PaymentNews, call: CallbackRequest) -> PaymentNews:
        raise NotImplementedError


@breaks(SUITE.test_a_genuine_notice_is_believed)
class Doubting(Retelling):
    """Believes only half."""

    @override
    def retold(self, news: PaymentNews, call: CallbackRequest) -> PaymentNews:
        return replace(news, outcome=Outcome.PENDING)


@breaks(SUITE.test_a_repeat_is_known_as_one)
class Forgetful(Retelling):
    """Names the same fact differently each time."""

    @override
    def retold(self, news: PaymentNews, call: CallbackRequest) -> PaymentNews:
        return replace(news, event_id=ids.new().hex)


@breaks(SUITE.test_a_repeat_is_known_as_one)
class Lumping(Retelling):
    """Names different facts the same."""

    @override
    def retold(self, news: PaymentNews, call: CallbackRequest) -> PaymentNews:
        return replace(news, event_id="paid")


@breaks(SUITE.test_the_amount_is_the_gateways)
class Assuming(Retelling):
    """Takes the amount for right."""

    @override
    def retold(self, news: PaymentNews, call: CallbackRequest) -> PaymentNews:
        return replace(news, amount=AMOUNT)


@breaks(SUITE.test_foreign_parameters_change_nothing)
class Mixing(Retelling):
    """Reads what a proxy added."""

    @override
    def retold(self, news: PaymentNews, call: CallbackRequest) -> PaymentNews:
        return replace(news, amount=Money(int(call.query.get("amount", AMOUNT.minor)), "VND"))


@breaks(SUITE.test_notice_and_question_agree)
class Numberless(Retelling):
    """Loses the gateway's number in notices, so that a refund would find nothing."""

    @override
    def retold(self, news: PaymentNews, call: CallbackRequest) -> PaymentNews:
        return replace(news, provider_reference="")


@breaks(SUITE.test_reading_needs_no_network)
class Inquiring(Retelling):
    """Asks the gateway while the gateway waits for an answer."""

    asked = MINE

    @override
    def retold(self, news: PaymentNews, call: CallbackRequest) -> PaymentNews:
        http.request("GET", "https://sandbox.vnpayment.vn", seconds=1)
        return news


@breaks(SUITE.test_every_verdict_has_an_answer)
class Agreeing(VnpayProvider):
    """Says yes to all, and the gateway stops repeating what was not heard."""

    @override
    def acknowledge(self, verdict: Verdict) -> CallbackReply:
        return super().acknowledge(Verdict.RECORDED)


@breaks(SUITE.test_answers_name_no_product)
class Proud(VnpayProvider):
    """Names the product."""

    @override
    def acknowledge(self, verdict: Verdict) -> CallbackReply:
        found = super().acknowledge(verdict)
        return replace(found, body=found.body + b"Cilis")


@breaks(SUITE.test_a_made_up_way_back_is_refused)
@breaks(SUITE.test_the_way_back_is_shown)
class Trusting(VnpayProvider):
    """Believes the browser."""

    @override
    def read_return(self, call: CallbackRequest, settings: Settings) -> Outcome:
        return Outcome.PAID


# -- questions


class Answering(VnpayProvider):
    """Says of an answer something else than it does."""

    @override
    def query(self, question: PaymentQuestion, settings: Settings) -> PaymentNews:
        return self.retold(super().query(question, settings), question)

    def retold(self, news: PaymentNews, question: PaymentQuestion) -> PaymentNews:
        raise NotImplementedError


@breaks(SUITE.test_the_amount_is_not_the_questions)
class Echoing(Answering):
    """Tells the amount it was asked about."""

    @override
    def retold(self, news: PaymentNews, question: PaymentQuestion) -> PaymentNews:
        return replace(news, amount=question.amount)


@breaks(SUITE.test_knows_what_became_of_a_payment)
class Optimistic(Answering):
    """Everything is paid."""

    @override
    def retold(self, news: PaymentNews, question: PaymentQuestion) -> PaymentNews:
        return replace(news, outcome=Outcome.PAID)


@breaks(SUITE.test_does_not_know_what_never_was)
@breaks(SUITE.test_another_merchants_payment_is_unknown)
class Inventing(Answering):
    """Knows everything."""

    @override
    def retold(self, news: PaymentNews, question: PaymentQuestion) -> PaymentNews:
        known = news.outcome is not Outcome.UNKNOWN
        return news if known else replace(news, outcome=Outcome.FAILED)


@breaks(SUITE.test_a_closed_payment_takes_no_money)
class Slamming(VnpayProvider):
    """Cannot close what is closed or paid."""

    @override
    def close(self, question: PaymentQuestion, settings: Settings) -> None:
        raise Refused("it is paid")


@breaks(SUITE.test_a_troubled_gateway_is_asked_later, trouble="down")
@breaks(SUITE.test_a_troubled_gateway_is_asked_later, trouble="nonsense")
class Hasty(VnpayProvider):
    """Takes trouble for an answer."""

    @override
    def query(self, question: PaymentQuestion, settings: Settings) -> PaymentNews:
        try:
            return super().query(question, settings)
        except TryLater:
            return messages.news_of_answer(question.reference, {"vnp_TransactionStatus": "02"})


@breaks(SUITE.test_a_troubled_gateway_is_asked_later, trouble="slow")
class Patient(VnpayProvider):
    """Waits as long as it takes, whatever its time limit says."""

    @override
    def query(self, question: PaymentQuestion, settings: Settings) -> PaymentNews:
        before, refunds.SECONDS = refunds.SECONDS, 20.0
        try:
            return super().query(question, settings)
        finally:
            refunds.SECONDS = before


@breaks(SUITE.test_never_speaks_inside_a_transaction)
class Guessing(VnpayProvider):
    """Answers without asking."""

    @override
    def query(self, question: PaymentQuestion, settings: Settings) -> PaymentNews:
        return PaymentNews(question.reference, Outcome.PENDING, None, "guess")


@breaks(SUITE.test_the_test_button_tells_the_truth)
class Smiling(VnpayProvider):
    """All is well."""

    @override
    def test(self, settings: Settings) -> TestOutcome:
        return TestOutcome(works=True, message="All is well.")


@breaks(SUITE.test_errors_keep_secrets)
class Quoting(Answering):
    """Keeps as evidence what was sent, the secret with it."""

    @override
    def retold(self, news: PaymentNews, question: PaymentQuestion) -> PaymentNews:
        return replace(news, raw={**news.raw, "secret": MINE[1]})


# -- refunds


@breaks(SUITE.test_a_repeat_gives_back_once)
@breaks(SUITE.test_a_lost_answer_gives_back_once)
class Generous(VnpayProvider):
    """Gives back anew at each repeat."""

    @override
    def refund(self, order: RefundOrder, settings: Settings) -> RefundNews:
        return super().refund(replace(order, refund_reference=ids.new().hex), settings)


@breaks(SUITE.test_gives_everything_back)
class Promising(VnpayProvider):
    """Says that it gives back, and does not."""

    @override
    def refund(self, order: RefundOrder, settings: Settings) -> RefundNews:
        return done(order)


@breaks(SUITE.test_two_parts_are_two_refunds, percents=(30, 30))
class Merging(VnpayProvider):
    """Takes a second part of the same amount for a repeat of the first."""

    @override
    def refund(self, order: RefundOrder, settings: Settings) -> RefundNews:
        if any(one.amount == order.amount for one in order.others):
            return done(order)
        return super().refund(order, settings)


@breaks(SUITE.test_equal_parts_have_ends_of_their_own)
@breaks(SUITE.test_a_refusal_is_told)
class Sure(VnpayProvider):
    """What was taken on is done."""

    @override
    def query_refund(self, order: RefundOrder, settings: Settings) -> RefundNews:
        return done(order)


@breaks(SUITE.test_more_than_was_paid_is_refused)
@breaks(SUITE.test_an_unknown_payment_is_refused)
class Agreeable(VnpayProvider):
    """Takes every refund on."""

    @override
    def refund(self, order: RefundOrder, settings: Settings) -> RefundNews:
        super().refund(order, settings)
        return replace(done(order), outcome=RefundOutcome.ACCEPTED)


@breaks(SUITE.test_a_troubled_gateway_refunds_later, trouble="down")
class Discouraged(VnpayProvider):
    """Takes silence for a no."""

    @override
    def refund(self, order: RefundOrder, settings: Settings) -> RefundNews:
        try:
            return super().refund(order, settings)
        except TryLater:
            return replace(done(order), outcome=RefundOutcome.REFUSED)


def done(order: RefundOrder) -> RefundNews:
    return RefundNews(order.refund_reference, RefundOutcome.DONE, f"{order.refund_reference}:done")


@pytest.fixture
def settings(stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(refunds, "SECONDS", 0.5)
    stand_ins.register("vnpay", *MINE)
    return stand_ins.vnpay_settings(*MINE)


def fresh(
    stand_ins: StandIns, settings: dict[str, str], promise: Any, given: dict[str, Any]
) -> dict[str, Any]:
    """What the suite's fixtures would give: a payment that was just made, nothing else."""
    stand_ins.clear()
    stand_ins.clear_faults()
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
        **given,
    }
    names = list(inspect.signature(promise).parameters)
    return {name: things[name] for name in names if name not in {"self", "provider"}}


@pytest.mark.parametrize(
    ("name", "faulty", "given"),
    [(name, *one) for name, found in BREAKS.items() for one in found],
    ids=[
        "-".join([one[0].__name__, name.removeprefix("test_"), *map(str, one[1].values())])[:90]
        for name, found in BREAKS.items()
        for one in found
    ],
)
def test_the_suite_finds_it(
    name: str,
    faulty: type[VnpayProvider],
    given: dict[str, Any],
    stand_ins: StandIns,
    settings: dict[str, str],
) -> None:
    promise = getattr(SUITE(), name)
    promise(provider=VnpayProvider(), **fresh(stand_ins, settings, promise, given))
    try:
        promise(provider=faulty(), **fresh(stand_ins, settings, promise, given))
    except (Exception, pytest.fail.Exception):  # noqa: BLE001 - a failed promise, however it fails
        return
    pytest.fail(f"{name} does not find {faulty.__name__}")


def test_every_promise_bites() -> None:
    promises = {name for name, _ in inspect.getmembers(SUITE) if name.startswith("test_")}
    assert promises == set(BREAKS)


def test_a_text_can_be_secret() -> None:
    """The control of the control: the real fields pass where `Shouting`'s do not."""
    kinds = {field.name: field.kind for field in VnpayProvider.settings}
    assert kinds["hash_secret"] is SettingKind.SECRET
