"""Notices reach the shop, or do not, as the faults say."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from cilis.hooks.payments import PaymentOrder, PaymentProvider, StartedPayment
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import make_order, question_about
from cilis.testing.standins import PayingFailed, StandIns
from cilis_payment_stripe.plugin import StripeProvider
from cilis_payment_vnpay.plugin import VnpayProvider

VNPAY = ("TESTTMN1", "TESTSECRET0123456789ABCDEFGHIJKL")
STRIPE = ("sk_test_of_antam", "whsec_of_antam")
Buy = Callable[[str], tuple[PaymentOrder, StartedPayment]]


def eventually(check: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not check():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def buy(stand_ins: StandIns, shop: Any) -> Buy:
    stand_ins.register("vnpay", *VNPAY, notice_url=shop.url)
    stand_ins.register("stripe", *STRIPE, notice_url=shop.url)
    ways: dict[str, tuple[PaymentProvider, dict[str, str], Money]] = {
        "vnpay": (VnpayProvider(), stand_ins.vnpay_settings(*VNPAY), Money(150_000, "VND")),
        "stripe": (StripeProvider(), stand_ins.stripe_settings(*STRIPE), Money(9_000, "EUR")),
    }

    def begin(gateway: str) -> tuple[PaymentOrder, StartedPayment]:
        provider, settings, amount = ways[gateway]
        order = make_order(amount)
        return order, provider.start(order, settings)

    return begin


@pytest.mark.parametrize("gateway", ["vnpay", "stripe"])
def test_a_notice_reaches_the_shop_by_its_name(
    gateway: str, buy: Buy, stand_ins: StandIns, shop: Any
) -> None:
    order, started = buy(gateway)
    stand_ins.pay(started.url)
    stand_ins.wait_for_notice(order.reference)

    ((method, host, path, _),) = shop.heard
    assert method == ("GET" if gateway == "vnpay" else "POST")
    assert host == f"antam.localhost:{shop.port}"
    assert path.startswith("/hooks/payments/vnpay/token")


@pytest.mark.parametrize(
    "refusal", [(200, b'{"RspCode": "97"}'), (200, b"<html>"), (500, b""), (404, b"{}")]
)
def test_vnpay_repeats_until_it_is_heard(
    refusal: tuple[int, bytes], buy: Buy, stand_ins: StandIns, shop: Any
) -> None:
    shop.answers = [refusal, (200, b'{"RspCode": "02"}')]
    order, started = buy("vnpay")
    stand_ins.pay(started.url)

    assert len(stand_ins.wait_for_notice(order.reference).answers) == 2
    assert len(shop.heard) == 2
    assert shop.heard[0] == shop.heard[1]


def test_twice_is_twice_the_same(buy: Buy, stand_ins: StandIns, shop: Any) -> None:
    stand_ins.set_fault("twice", "stripe")
    _, started = buy("stripe")
    stand_ins.pay(started.url)
    eventually(lambda: len(shop.heard) == 2)

    assert shop.heard[0] == shop.heard[1]


def test_never(buy: Buy, stand_ins: StandIns, shop: Any) -> None:
    stand_ins.set_fault("never", "vnpay")
    order, started = buy("vnpay")
    stand_ins.pay(started.url)

    assert stand_ins.notices(order.reference)[-1].state == "never"
    assert shop.heard == []


def test_held_back_until_released(buy: Buy, stand_ins: StandIns, shop: Any) -> None:
    stand_ins.set_fault("late", "vnpay", times=1)
    order, started = buy("vnpay")
    stand_ins.pay(started.url)
    assert stand_ins.notices(order.reference)[-1].state == "held"
    assert shop.heard == []

    assert stand_ins.release(order.reference) == 1
    stand_ins.wait_for_notice(order.reference)
    assert stand_ins.release() == 0


def test_late_by_some_seconds(buy: Buy, stand_ins: StandIns, shop: Any) -> None:
    stand_ins.set_fault("late", "stripe", seconds=0.2)
    order, started = buy("stripe")
    before = time.monotonic()
    stand_ins.pay(started.url)
    stand_ins.wait_for_notice(order.reference)

    assert time.monotonic() - before >= 0.2


def test_before_the_browser_is_led_back(buy: Buy, stand_ins: StandIns, shop: Any) -> None:
    stand_ins.set_fault("before_reply", "vnpay")
    _, started = buy("vnpay")
    stand_ins.pay(started.url)

    assert len(shop.heard) == 1  # no waiting


def test_before_stripe_has_answered_the_start(buy: Buy, stand_ins: StandIns, shop: Any) -> None:
    stand_ins.set_fault("before_reply", "stripe", times=1)
    buy("stripe")

    assert len(shop.heard) == 1


def test_a_fault_for_one_payment_only(buy: Buy, stand_ins: StandIns, shop: Any) -> None:
    first, started_first = buy("vnpay")
    second, started_second = buy("vnpay")
    stand_ins.set_fault("never", "vnpay", reference=first.reference)
    for started in (started_first, started_second):
        stand_ins.pay(started.url)
    stand_ins.wait_for_notice(second.reference)

    assert [notice.state for notice in stand_ins.notices(first.reference)] == ["never"]


def test_a_notice_can_be_sent_again(buy: Buy, stand_ins: StandIns, shop: Any) -> None:
    order, started = buy("stripe")
    stand_ins.pay(started.url)
    notice = stand_ins.wait_for_notice(order.reference)
    stand_ins.resend(notice.id)
    eventually(lambda: len(shop.heard) == 2)


def test_nobody_pays_twice(buy: Buy, stand_ins: StandIns) -> None:
    for gateway in ("vnpay", "stripe"):
        _, started = buy(gateway)
        stand_ins.pay(started.url)
        with pytest.raises(PayingFailed):
            stand_ins.pay(started.url)


def test_nobody_pays_too_late(
    buy: Buy, stand_ins: StandIns, clock_distance: Callable[[timedelta], None]
) -> None:
    pages = [buy(gateway)[1].url for gateway in ("vnpay", "stripe")]
    clock_distance(timedelta(minutes=41))
    for page in pages:
        with pytest.raises(PayingFailed):
            stand_ins.pay(page)


@pytest.mark.parametrize("name", ["vnp_Amount", "vnp_TxnRef", "vnp_ReturnUrl", "vnp_SecureHash"])
def test_vnpay_shows_no_page_for_an_altered_address(
    name: str, buy: Buy, stand_ins: StandIns
) -> None:
    _, started = buy("vnpay")
    head, _, tail = started.url.partition(f"{name}=")
    spoilt = f"{head}{name}={'8' if tail[0] == '9' else '9'}{tail[1:]}"
    with pytest.raises(PayingFailed, match="70"):
        stand_ins.pay(spoilt)


def test_a_payer_may_do_it_at_once(buy: Buy, stand_ins: StandIns) -> None:
    stand_ins.set_auto("vnpay", "no_funds")
    order, started = buy("vnpay")
    stand_ins._send("GET", f"{urlsplit(started.url).path}?{urlsplit(started.url).query}", None)

    assert stand_ins.payments(order.reference)[0]["state"] == "failed"


def test_pays_by_reference_too(buy: Buy, stand_ins: StandIns) -> None:
    order, started = buy("stripe")
    assert "way=done" in stand_ins.pay(order.reference)
    settings = stand_ins.stripe_settings(*STRIPE)
    assert StripeProvider().query(question_about(order, started), settings).outcome == "paid"
