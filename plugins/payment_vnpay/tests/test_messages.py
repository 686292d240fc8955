"""What is sent to VNPay, and what its words mean."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from cilis.hooks import Refused
from cilis.hooks.payments import (
    BadSignature,
    CallbackRequest,
    Outcome,
    PaymentNews,
    PaymentOrder,
    Verdict,
)
from cilis.kit.money import Money
from cilis_payment_vnpay import messages, signing
from cilis_payment_vnpay.plugin import VnpayProvider

SETTINGS = {"tmn_code": "TESTTMN1", "hash_secret": "TESTSECRET0123456789ABCDEFGHIJKL"}
ORDER = PaymentOrder(
    reference="0192f3a0c0de7000800000000000beef",
    amount=Money(120_000, "VND"),
    description="Đặt lịch với Đỗ Minh: tư vấn thuế & đất đai",
    return_url="https://antam.example.com/payments/1/return",
    client_ip="203.0.113.7",
    language="vi",
    created_at=datetime(2026, 1, 14, 19, 30, tzinfo=UTC),
    expires_at=datetime(2026, 1, 14, 19, 40, tzinfo=UTC),
)
NOTICE = {
    "vnp_Amount": "12000000",
    "vnp_BankCode": "NCB",
    "vnp_OrderInfo": "x",
    "vnp_ResponseCode": "00",
    "vnp_TmnCode": "TESTTMN1",
    "vnp_TransactionNo": "14226112",
    "vnp_TransactionStatus": "00",
    "vnp_TxnRef": ORDER.reference,
}


def started(**changes: Any) -> dict[str, str]:
    url = VnpayProvider().start(replace(ORDER, **changes), SETTINGS).url
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True))


def call(secret: str = SETTINGS["hash_secret"], **changes: str) -> CallbackRequest:
    params = {**NOTICE, **changes}
    return CallbackRequest(
        "GET", {**params, "vnp_SecureHash": signing.sign(params, secret)}, {}, b""
    )


def read(notice: CallbackRequest) -> PaymentNews:
    news = VnpayProvider().read_callback(notice, SETTINGS)
    assert isinstance(news, PaymentNews)
    return news


class TestStart:
    def test_every_parameter(self) -> None:
        params = started()
        assert len(params.pop("vnp_SecureHash")) == 128
        assert params == {
            "vnp_Version": "2.1.0",
            "vnp_Command": "pay",
            "vnp_TmnCode": "TESTTMN1",
            "vnp_Amount": "12000000",
            "vnp_CurrCode": "VND",
            "vnp_TxnRef": ORDER.reference,
            "vnp_OrderInfo": "Dat lich voi Do Minh tu van thue dat dai",
            "vnp_OrderType": "other",
            "vnp_Locale": "vn",
            "vnp_ReturnUrl": ORDER.return_url,
            "vnp_IpAddr": "203.0.113.7",
            "vnp_CreateDate": "20260115023000",  # half past two the next morning in Vietnam
            "vnp_ExpireDate": "20260115024000",
        }

    def test_keeps_the_date_for_later_questions(self) -> None:
        kept = VnpayProvider().start(ORDER, SETTINGS).provider_data
        assert kept == {"transaction_date": "20260115023000"}

    def test_the_checksum_comes_last_and_its_type_never(self) -> None:
        query = urlsplit(VnpayProvider().start(ORDER, SETTINGS).url).query
        assert query.rpartition("&")[2].startswith("vnp_SecureHash=")
        assert "vnp_SecureHashType" not in query

    @pytest.mark.parametrize(("language", "locale"), [("vi", "vn"), ("en", "en"), ("de", "en")])
    def test_speaks_vietnamese_or_english(self, language: str, locale: str) -> None:
        assert started(language=language)["vnp_Locale"] == locale

    def test_short_addresses_are_written_out(self) -> None:
        assert len(started(client_ip="::1")["vnp_IpAddr"]) == 39
        assert started(client_ip="gone")["vnp_IpAddr"] == "127.0.0.1"

    def test_nothing_left_of_the_words(self) -> None:
        assert started(description="😀")["vnp_OrderInfo"] == ORDER.reference
        assert len(started(description="ươ " * 200)["vnp_OrderInfo"]) <= 255

    @pytest.mark.parametrize(
        "changes",
        [
            {"amount": Money(120_000, "EUR")},
            {"amount": Money(10_000_000_000, "VND")},
            {"reference": "BK-000123"},
            {"reference": "đơn"},
            {"reference": "x" * 101},
            {"return_url": "https://antam.example.com/~minh"},
            {"return_url": "https://antam.example.com/*"},
        ],
    )
    def test_what_cannot_be_sent_is_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(Refused):
            started(**changes)

    def test_the_most_it_can_hold(self) -> None:
        assert started(amount=Money(9_999_999_999, "VND"))["vnp_Amount"] == "999999999900"


class TestSettings:
    @pytest.mark.parametrize(
        ("environment", "host"),
        [
            ("sandbox", "sandbox.vnpayment.vn"),
            ("production", "pay.vnpay.vn"),
            ("", "sandbox.vnpayment.vn"),
        ],
    )
    def test_hosts_are_a_list(self, environment: str, host: str) -> None:
        url = VnpayProvider().start(ORDER, {**SETTINGS, "environment": environment}).url
        assert urlsplit(url).hostname == host

    @pytest.mark.parametrize(
        "changes",
        [
            {"environment": "https://evil.example"},
            {"gateway_url": "https://evil.example/pay"},
            {"gateway_url": "https://localhost.evil.example/pay"},
            {"api_url": "http://10.0.0.1/api"},
            {"bank_code": "NCB&vnp_Amount=1"},
            {"tmn_code": " "},
            {"hash_secret": ""},
        ],
    )
    def test_other_addresses_are_refused(self, changes: dict[str, str]) -> None:
        with pytest.raises(Refused):
            VnpayProvider().start(ORDER, {**SETTINGS, **changes})

    def test_a_stand_in_on_this_machine_is_fine(self) -> None:
        there = {"gateway_url": "http://pay.localhost:8002/vnpay/pay.html"}
        url = VnpayProvider().start(ORDER, {**SETTINGS, **there}).url
        assert url.startswith("http://pay.localhost:8002/vnpay/pay.html?vnp_Amount=")

    def test_a_way_to_pay_can_be_fixed(self) -> None:
        url = VnpayProvider().start(ORDER, {**SETTINGS, "bank_code": "VNPAYQR"}).url
        assert "vnp_BankCode=VNPAYQR" in url


class TestNotices:
    @pytest.mark.parametrize(
        ("code", "status", "outcome"),
        [
            ("00", "00", Outcome.PAID),
            ("00", "01", Outcome.PENDING),
            ("00", "02", Outcome.FAILED),
            ("00", "", Outcome.PENDING),
            ("00", "77", Outcome.PENDING),
            ("24", "00", Outcome.FAILED),
            ("24", "02", Outcome.FAILED),
            ("51", "02", Outcome.FAILED),
            ("11", "02", Outcome.EXPIRED),
            ("07", "00", Outcome.REVIEW),
            ("00", "07", Outcome.REVIEW),
            ("00", "04", Outcome.REVIEW),
            ("", "00", Outcome.FAILED),
        ],
    )
    def test_paid_only_when_both_codes_say_so(
        self, code: str, status: str, outcome: Outcome
    ) -> None:
        notice = call(vnp_ResponseCode=code, vnp_TransactionStatus=status)
        assert read(notice).outcome is outcome
        assert VnpayProvider().read_return(notice, SETTINGS) is outcome

    def test_tells_everything(self) -> None:
        news = read(call())
        assert news.reference == ORDER.reference
        assert news.amount == Money(120_000, "VND")
        assert news.provider_reference == "14226112"
        assert "vnp_SecureHash" not in news.raw

    def test_no_number_is_told_as_none(self) -> None:
        assert read(call(vnp_TransactionNo="0")).provider_reference == ""

    @pytest.mark.parametrize(
        "wire", ["12000001", "-100", "", "1e7", "\uff11\uff12\uff10\uff10", "0" * 13, "100.00"]
    )
    def test_an_amount_that_is_none_equals_no_order(self, wire: str) -> None:
        assert read(call(vnp_Amount=wire)).amount == Money(0, "VND")

    def test_another_amount_is_another_fact(self) -> None:
        assert read(call()).event_id != read(call(vnp_Amount="100")).event_id

    def test_the_checksum_may_be_in_capitals(self) -> None:
        notice = call()
        loud = {**notice.query, "vnp_SecureHash": notice.query["vnp_SecureHash"].upper()}
        assert read(replace(notice, query=loud)).outcome is Outcome.PAID

    def test_our_secret_with_another_terminal_code(self) -> None:
        with pytest.raises(BadSignature):
            read(call(vnp_TmnCode="TESTTMN2"))

    def test_a_checksum_that_is_no_ascii(self) -> None:
        notice = call()
        with pytest.raises(BadSignature):
            read(replace(notice, query={**notice.query, "vnp_SecureHash": "é" * 128}))


class TestReplies:
    @pytest.mark.parametrize(
        ("verdict", "code"),
        [
            (Verdict.RECORDED, "00"),
            (Verdict.REPEATED, "02"),
            (Verdict.UNKNOWN_REFERENCE, "01"),
            (Verdict.WRONG_AMOUNT, "04"),
            (Verdict.FORGED, "97"),
            (Verdict.FAULT, "99"),
            (Verdict.IGNORED, "00"),
        ],
    )
    def test_vnpays_own_codes(self, verdict: Verdict, code: str) -> None:
        reply = VnpayProvider().acknowledge(verdict)
        assert (reply.status, reply.content_type) == (200, "application/json")
        assert json.loads(reply.body)["RspCode"] == code


def test_seven_hours_east_whatever_the_machine_says() -> None:
    assert messages.stamp(datetime(2026, 12, 31, 17, 0, tzinfo=UTC)) == "20270101000000"
