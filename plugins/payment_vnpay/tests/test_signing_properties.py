"""The checksum rules over words and values that nobody thought of."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilis.hooks.payments import BadSignature, CallbackRequest, PaymentNews
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import make_order
from cilis_payment_vnpay import messages, signing
from cilis_payment_vnpay.plugin import VnpayProvider

SECRET = "TESTSECRET0123456789ABCDEFGHIJKL"
SETTINGS = {"tmn_code": "TESTTMN1", "hash_secret": SECRET}
PROVIDER = VnpayProvider()
UNICODE = st.text(st.characters(codec="utf-8"), max_size=300)
PLAIN_FORM = frozenset(string.ascii_letters + string.digits + "*-._")
"""What application/x-www-form-urlencoded leaves as it is (WHATWG URL standard, 5.2)."""


def as_browsers_encode(text: str) -> str:
    """The form encoder of browsers and of VNPay's own samples, written from its standard."""
    found = []
    for byte in text.encode():
        sign = chr(byte)
        found.append(sign if sign in PLAIN_FORM else "+" if sign == " " else f"%{byte:02X}")
    return "".join(found)


@given(words=UNICODE, minor=st.integers(1, messages.MOST), reference=st.uuids())
def test_any_order_can_be_signed_read_and_checked_again(
    words: str, minor: int, reference: object
) -> None:
    order = replace(
        make_order(Money(minor, "VND"), description=words),
        reference=f"{reference}".replace("-", ""),
    )
    query = urlsplit(PROVIDER.start(order, SETTINGS).url).query
    params = dict(parse_qsl(query, strict_parsing=True))
    checksum = params.pop("vnp_SecureHash")

    assert re.fullmatch(r"[A-Za-z0-9]+( [A-Za-z0-9]+)*", params["vnp_OrderInfo"])
    assert len(params["vnp_OrderInfo"]) <= 255
    assert (params["vnp_Amount"], params["vnp_TxnRef"]) == (f"{minor}00", order.reference)
    assert re.fullmatch(r"[1-9][0-9]{2,11}", params["vnp_Amount"])
    assert checksum == signing.sign(params, SECRET)
    assert query.rpartition("&vnp_SecureHash=")[0] == "&".join(
        f"{as_browsers_encode(name)}={as_browsers_encode(params[name])}" for name in sorted(params)
    )


NAMES = st.text(string.ascii_letters, min_size=1, max_size=12).map(lambda name: f"vnp_{name}")
VALUES = st.dictionaries(NAMES, UNICODE, max_size=8)


def signed(values: dict[str, str]) -> dict[str, str]:
    told = {
        **values,
        "vnp_TmnCode": SETTINGS["tmn_code"],
        "vnp_TxnRef": "a1",
        "vnp_Amount": "150000000",
        "vnp_ResponseCode": "00",
        "vnp_TransactionStatus": "00",
    }
    told = {name: value for name, value in told.items() if name not in signing.UNSIGNED}
    return {**told, "vnp_SecureHash": signing.sign(told, SECRET)}


@given(values=VALUES)
def test_a_signed_notice_is_believed_whatever_else_it_says(values: dict[str, str]) -> None:
    query = signed(values)
    for claimed in (query["vnp_SecureHash"], query["vnp_SecureHash"].upper()):
        call = CallbackRequest("GET", {**query, "vnp_SecureHash": claimed}, {}, b"")
        news = PROVIDER.read_callback(call, SETTINGS)
        assert isinstance(news, PaymentNews)
        assert (news.reference, news.amount) == ("a1", Money(1_500_000, "VND"))


@given(values=VALUES, data=st.data())
def test_any_other_value_is_found(values: dict[str, str], data: st.DataObject) -> None:
    query = signed(values)
    name = data.draw(st.sampled_from(sorted(query)))
    other = data.draw(UNICODE.filter(lambda value: value.lower() != query[name].lower()))
    with pytest.raises(BadSignature):
        PROVIDER.read_callback(CallbackRequest("GET", {**query, name: other}, {}, b""), SETTINGS)


@given(first=VALUES, second=VALUES)
def test_two_meanings_never_share_a_checksum(first: dict[str, str], second: dict[str, str]) -> None:
    """What is signed can be read back, so no value can pretend to be another parameter."""
    kept = [
        {name: value for name, value in one.items() if value and name not in signing.UNSIGNED}
        for one in (first, second)
    ]
    assert dict(parse_qsl(signing.encode(first), keep_blank_values=True)) == kept[0]
    same = signing.sign(first, SECRET) == signing.sign(second, SECRET)
    assert same == (kept[0] == kept[1])


class TestWays:
    """Where clients choose at the checkout, their choice is VNPay's bank code."""

    @pytest.mark.parametrize("way", ["VNPAYQR", "VNBANK", "INTCARD"])
    def test_the_choice_is_sent(self, way: str) -> None:
        order = make_order(Money(1_000, "VND"), way=way)
        started = PROVIDER.start(order, {**SETTINGS, "bank_code": "HERE"})
        assert dict(parse_qsl(urlsplit(started.url).query))["vnp_BankCode"] == way

    def test_without_a_choice_nothing_is_sent(self) -> None:
        started = PROVIDER.start(make_order(Money(1_000, "VND")), {**SETTINGS, "bank_code": "HERE"})
        assert "vnp_BankCode" not in started.url
