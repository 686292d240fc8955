"""Server calls, where VNPay's way is its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cilis.hooks import Refused, TryLater
from cilis.hooks.payments import (
    OtherRefund,
    Outcome,
    PaymentNews,
    PaymentQuestion,
    RefundOrder,
    RefundOutcome,
)
from cilis.kit import clock, http, ids
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import make_order, question_about, refund_of
from cilis.testing.standins import StandIns
from cilis_payment_vnpay import signing
from cilis_payment_vnpay.plugin import VnpayProvider

ACCOUNT = ("TESTTMN1", "TESTSECRET0123456789ABCDEFGHIJKL")
AMOUNT = Money(200_000, "VND")
PROVIDER = VnpayProvider()


@pytest.fixture
def settings(stand_ins: StandIns) -> dict[str, str]:
    stand_ins.register("vnpay", *ACCOUNT)
    return stand_ins.vnpay_settings(*ACCOUNT)


@pytest.fixture
def question(stand_ins: StandIns, settings: dict[str, str]) -> PaymentQuestion:
    order = make_order(AMOUNT)
    started = PROVIDER.start(order, settings)
    stand_ins.pay(started.url)
    return question_about(order, started)


@pytest.fixture
def refund(question: PaymentQuestion, settings: dict[str, str]) -> RefundOrder:
    return refund_of(question, PROVIDER.query(question, settings), AMOUNT)


@pytest.fixture
def moved_clock() -> Iterator[None]:
    before = clock.distance()
    yield
    clock.set_distance(before)


class Answering:
    """A VNPay that says whatever the test wants, signed or not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[dict[str, str]] = []
        self.said: dict[str, str] = {}
        self.is_signed = True
        monkeypatch.setattr(http, "request", self._request)

    def _request(self, _method: str, _url: str, **sent: Any) -> http.HttpAnswer:
        body = sent["json_body"]
        self.sent.append(body)
        answer = {"vnp_TmnCode": ACCOUNT[0], "vnp_TxnRef": body["vnp_TxnRef"], **self.said}
        order = (
            signing.QUERY_RESPONSE if body["vnp_Command"] == "querydr" else signing.REFUND_RESPONSE
        )
        if self.is_signed:
            answer["vnp_SecureHash"] = signing.sign_fields(order, answer, ACCOUNT[1])
        return http.HttpAnswer(200, json.dumps(answer).encode())


@pytest.fixture
def vnpay(monkeypatch: pytest.MonkeyPatch) -> Answering:
    return Answering(monkeypatch)


PAID = PaymentNews("", Outcome.PAID, AMOUNT, "", provider_reference="14226112")
SETTINGS = {"tmn_code": ACCOUNT[0], "hash_secret": ACCOUNT[1]}


def unasked() -> PaymentQuestion:
    return PaymentQuestion(ids.new().hex, AMOUNT, clock.now(), {"transaction_date": "2" * 14})


class TestQuery:
    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            ("00", Outcome.PAID), ("01", Outcome.PENDING), ("02", Outcome.FAILED),
            ("04", Outcome.REVIEW), ("05", Outcome.PAID), ("06", Outcome.PAID),
            ("07", Outcome.REVIEW), ("08", Outcome.EXPIRED), ("09", Outcome.PAID),
            ("10", Outcome.PAID), ("11", Outcome.FAILED), ("20", Outcome.PAID),
            ("42", Outcome.PENDING),
        ],
    )  # fmt: skip
    def test_statuses(self, vnpay: Answering, status: str, outcome: Outcome) -> None:
        vnpay.said = {
            "vnp_ResponseCode": "00", "vnp_TransactionStatus": status, "vnp_Amount": "20000000",
        }  # fmt: skip
        assert PROVIDER.query(unasked(), SETTINGS).outcome is outcome

    @pytest.mark.parametrize("code", ["94", "99", "08", "16", "", "zz"])
    def test_passing_troubles(self, vnpay: Answering, code: str) -> None:
        vnpay.said = {"vnp_ResponseCode": code}
        with pytest.raises(TryLater):
            PROVIDER.query(unasked(), SETTINGS)

    @pytest.mark.parametrize("code", ["02", "03", "97"])
    def test_what_an_admin_must_mend(self, vnpay: Answering, code: str) -> None:
        vnpay.said, vnpay.is_signed = {"vnp_ResponseCode": code}, False
        with pytest.raises(Refused):
            PROVIDER.query(unasked(), SETTINGS)

    @pytest.mark.parametrize("code", ["00", "91"])
    def test_an_unsigned_answer_says_nothing(self, vnpay: Answering, code: str) -> None:
        vnpay.said = {"vnp_ResponseCode": code, "vnp_TransactionStatus": "00"}
        vnpay.is_signed = False
        with pytest.raises(TryLater):
            PROVIDER.query(unasked(), SETTINGS)

    @pytest.mark.parametrize("name", ["vnp_TxnRef", "vnp_TmnCode"])
    def test_an_answer_about_something_else_says_nothing(self, vnpay: Answering, name: str) -> None:
        vnpay.said = {"vnp_ResponseCode": "00", "vnp_TransactionStatus": "00", name: "other"}
        with pytest.raises(TryLater):
            PROVIDER.query(unasked(), SETTINGS)

    def test_asks_with_the_stored_date_and_a_new_id(self, vnpay: Answering) -> None:
        vnpay.said = {"vnp_ResponseCode": "91"}
        question = unasked()
        PROVIDER.query(question, SETTINGS)
        PROVIDER.query(question, SETTINGS)

        first, second = vnpay.sent
        assert first["vnp_TransactionDate"] == "2" * 14
        assert first["vnp_RequestId"] != second["vnp_RequestId"]
        assert len(first["vnp_RequestId"]) == 32

    def test_a_spoilt_answer_is_not_believed(
        self, stand_ins: StandIns, settings: dict[str, str], question: PaymentQuestion
    ) -> None:
        stand_ins.set_fault("bad_reply", "vnpay")
        with pytest.raises(TryLater):
            PROVIDER.query(question, settings)

    def test_the_date_can_be_told_again_from_the_attempt(
        self, settings: dict[str, str], question: PaymentQuestion
    ) -> None:
        lost = replace(question, provider_data={})
        assert PROVIDER.query(lost, settings).outcome is Outcome.PAID


class TestRefund:
    def test_what_is_sent(self, vnpay: Answering) -> None:
        vnpay.said = {"vnp_ResponseCode": "00"}
        order = RefundOrder(
            refund_reference=ids.new().hex,
            payment=unasked(),
            provider_reference="14226112",
            amount=Money(50_000, "VND"),
            is_full=False,
            reason="Khách hủy!",
            requested_by="Lan Trần",
            requested_at=clock.now(),
        )
        news = PROVIDER.refund(order, SETTINGS)

        (sent,) = vnpay.sent
        assert news.outcome is RefundOutcome.ACCEPTED
        assert sent["vnp_RequestId"] == order.refund_reference
        assert (sent["vnp_TransactionType"], sent["vnp_Amount"]) == ("03", "5000000")
        assert sent["vnp_CreateBy"] == "Lan Tran"
        assert sent["vnp_OrderInfo"] == f"{order.refund_reference} Khach huy"
        assert sent["vnp_TransactionNo"] == "14226112"

    def test_without_a_number_the_empty_text_is_sent_and_signed(
        self, settings: dict[str, str], refund: RefundOrder
    ) -> None:
        news = PROVIDER.refund(replace(refund, provider_reference=""), settings)
        assert news.outcome is RefundOutcome.ACCEPTED

    @pytest.mark.parametrize(
        ("code", "outcome"),
        [
            ("00", RefundOutcome.ACCEPTED), ("94", RefundOutcome.ACCEPTED),
            ("91", RefundOutcome.REFUSED), ("93", RefundOutcome.REFUSED),
            ("95", RefundOutcome.REFUSED),
        ],
    )  # fmt: skip
    def test_codes(self, vnpay: Answering, code: str, outcome: RefundOutcome) -> None:
        vnpay.said = {"vnp_ResponseCode": code}
        order = replace(refund_of(unasked(), PAID, AMOUNT), times_sent=1)
        news = PROVIDER.refund(order, SETTINGS)
        assert (news.outcome, news.reason) == (outcome, code)

    @pytest.mark.usefixtures("moved_clock")
    def test_a_repeat_on_the_next_day_gives_back_once(
        self, stand_ins: StandIns, settings: dict[str, str], refund: RefundOrder
    ) -> None:
        """VNPay forgets a request id over night; so the provider looks first."""
        half = replace(refund, amount=Money(100_000, "VND"), is_full=False)
        PROVIDER.refund(half, settings)
        clock.set_distance(clock.distance() + timedelta(days=1))
        again = replace(half, times_sent=1)
        assert PROVIDER.refund(again, settings).outcome is not RefundOutcome.REFUSED

        assert stand_ins.payments(half.payment.reference)[0]["refunded"] == 10_000_000

    @pytest.mark.usefixtures("moved_clock")
    def test_a_first_try_on_the_next_day_goes_out(
        self, stand_ins: StandIns, settings: dict[str, str], refund: RefundOrder
    ) -> None:
        clock.set_distance(clock.distance() + timedelta(days=1))
        assert PROVIDER.refund(refund, settings).outcome is RefundOutcome.ACCEPTED

        assert stand_ins.payments(refund.payment.reference)[0]["refunded"] == 20_000_000

    def test_accepted_is_not_done(
        self, stand_ins: StandIns, settings: dict[str, str], refund: RefundOrder
    ) -> None:
        stand_ins.set_fault("refund_stuck", "vnpay")
        PROVIDER.refund(refund, settings)
        for _ in range(3):
            news = PROVIDER.query_refund(refund, settings)
            assert (news.outcome, news.reason) == (RefundOutcome.ACCEPTED, "05")
        stand_ins.settle_refund(refund.refund_reference, "done")

        assert PROVIDER.query_refund(refund, settings).outcome is RefundOutcome.DONE

    def test_another_refunds_status_is_not_ours(self, vnpay: Answering) -> None:
        vnpay.said = {
            "vnp_ResponseCode": "00", "vnp_TransactionStatus": "06", "vnp_Amount": "3000000",
        }  # fmt: skip
        order = refund_of(unasked(), PAID, Money(50_000, "VND"))
        assert PROVIDER.query_refund(order, SETTINGS).outcome is RefundOutcome.ACCEPTED


class TestEqualParts:
    """VNPay's answers speak of a payment's latest refund; two of one amount look alike."""

    @pytest.fixture
    def parts(
        self, settings: dict[str, str], refund: RefundOrder
    ) -> tuple[RefundOrder, RefundOrder]:
        """One that is done, and its twin, which was not sent yet."""
        first = replace(refund, amount=Money(50_000, "VND"), is_full=False)
        PROVIDER.refund(first, settings)
        for _ in range(2):
            news = PROVIDER.query_refund(first, settings)
        assert news.outcome is RefundOutcome.DONE
        done = OtherRefund(first.refund_reference, first.amount, RefundOutcome.DONE)
        return first, replace(first, refund_reference=ids.new().hex, others=(done,))

    def test_one_at_a_time(
        self,
        stand_ins: StandIns,
        settings: dict[str, str],
        parts: tuple[RefundOrder, RefundOrder],
    ) -> None:
        first, second = parts
        under_way = OtherRefund(first.refund_reference, first.amount, RefundOutcome.ACCEPTED)
        with pytest.raises(TryLater) as busy:
            PROVIDER.refund(replace(second, others=(under_way,)), settings)
        assert busy.value.after >= timedelta(minutes=5)
        assert stand_ins.payments(second.payment.reference)[0]["refunded"] == 5_000_000

    def test_a_repeat_that_we_never_sent_is_somebody_elses(self, vnpay: Answering) -> None:
        vnpay.said = {"vnp_ResponseCode": "94"}
        with pytest.raises(TryLater):
            PROVIDER.refund(refund_of(unasked(), PAID, AMOUNT), SETTINGS)

    @pytest.mark.usefixtures("moved_clock")
    def test_the_twin_that_never_arrived_is_sent_on_the_next_day(
        self,
        stand_ins: StandIns,
        settings: dict[str, str],
        parts: tuple[RefundOrder, RefundOrder],
    ) -> None:
        """The first one's "done" is not taken for the second's: its words name the first."""
        clock.set_distance(clock.distance() + timedelta(days=1))
        second = replace(parts[1], times_sent=1)
        assert PROVIDER.refund(second, settings).reason == "00"
        assert stand_ins.payments(second.payment.reference)[0]["refunded"] == 10_000_000

    @pytest.mark.usefixtures("moved_clock")
    def test_where_nothing_tells_them_apart_a_person_must_look(
        self,
        stand_ins: StandIns,
        settings: dict[str, str],
        parts: tuple[RefundOrder, RefundOrder],
    ) -> None:
        stand_ins.set_fault("refund_unnamed", "vnpay")
        clock.set_distance(clock.distance() + timedelta(days=1))
        second = replace(parts[1], times_sent=1)
        with pytest.raises(Refused) as refusal:
            PROVIDER.refund(second, settings)
        assert refusal.value.reason == "cannot_be_told_apart"
        assert stand_ins.payments(second.payment.reference)[0]["refunded"] == 5_000_000

    @pytest.mark.usefixtures("moved_clock")
    def test_an_unnamed_done_is_believed_a_day_later_only(
        self,
        stand_ins: StandIns,
        settings: dict[str, str],
        parts: tuple[RefundOrder, RefundOrder],
    ) -> None:
        _, second = parts
        stand_ins.set_fault("refund_unnamed", "vnpay")
        assert PROVIDER.refund(second, settings).outcome is RefundOutcome.ACCEPTED
        for _ in range(3):
            news = PROVIDER.query_refund(second, settings)
            assert news.outcome is RefundOutcome.ACCEPTED
        clock.set_distance(clock.distance() + timedelta(days=1))
        assert PROVIDER.query_refund(second, settings).outcome is RefundOutcome.DONE
