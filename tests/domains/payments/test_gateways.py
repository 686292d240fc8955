"""The real plugins against the stand-ins, through the front door of the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from tests.domains.payments.conftest import Till

from cilis.domains import extensions, payments
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Browser, Cast
from cilis.testing.standins.control import SentNotice, StandIns
from cilis.testing.standins.fixtures import running_stand_ins, stand_ins

__all__ = ["running_stand_ins", "stand_ins"]

Forward = Callable[[timedelta], None]
TMN, SECRET = "DEMO0001", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
KEY, HOOK = "sk_test_demo", "whsec_demo_0123456789"
PRICES = {"vnpay": Money(550_000, "VND"), "stripe": Money(24_000, "EUR")}
STAFF = Viewer(ids.new(), roles=frozenset({"admin"}))


@pytest.fixture(params=["vnpay", "stripe"])
def key(request: pytest.FixtureRequest, tenant: Tenant, stand_ins: StandIns) -> str:
    """A gateway, switched on and known at its stand-in."""
    name = str(request.param)
    switch_on(name, stand_ins)
    return name


def switch_on(name: str, stand_ins: StandIns, merchant: str = "") -> None:
    if name == "vnpay":
        merchant = merchant or TMN
        stand_ins.register("vnpay", merchant, SECRET)
        settings = stand_ins.vnpay_settings(merchant, SECRET)
    else:
        merchant = merchant or KEY
        stand_ins.register("stripe", merchant, HOOK)
        settings = stand_ins.stripe_settings(merchant, HOOK)
    extensions.switch("payments", name, True, settings, STAFF)


def open_one(key: str, cast: Cast) -> Till:
    subject_id = ids.new()
    with transaction() as session:
        attempt_id = payments.open_attempt(
            session,
            subject_id=subject_id,
            payer_id=cast.hoa,
            amount=PRICES[key],
            provider=key,
            description="K7QM Tư vấn thuế",
            expires_at=clock.now() + timedelta(minutes=10),
        )
    return Till(cast, attempt_id, subject_id)


@pytest.fixture
def till(key: str, cast: Cast) -> Till:
    return open_one(key, cast)


def address(key: str) -> str:
    with reading() as session:
        token = extensions.hook_token(session, "payments", key)
    return f"/hooks/payments/{key}/{token}"


def bring(browser: Browser, path: str, notice: SentNotice) -> str:
    """Carry a gateway's notice to our door; returns what is answered."""
    headers = {**notice.headers, "Origin": "https://evil.example"}
    for name in ("host", "content-length"):
        headers.pop(name, None)
    if notice.method == "GET":
        answer = browser.get(path, query_string=notice.query, headers=headers)
    else:
        answer = browser.post(path, data=notice.body, headers=headers)
    return f"{answer.status_code} {answer.text}"


def paid(till: Till, stand_ins: StandIns, outcome: str = "paid") -> SentNotice:
    stand_ins.pay(till.send(), outcome)
    return stand_ins.notices()[-1]


def test_a_payment_from_the_page_to_the_money(
    till: Till, key: str, stand_ins: StandIns, browser_client: Browser
) -> None:
    notice = paid(till, stand_ins)
    first = bring(browser_client, address(key), notice)
    again = bring(browser_client, address(key), notice)

    assert till.state == "captured"
    assert till.attempt.provider_reference
    if key == "vnpay":
        assert ('"RspCode":"00"' in first.replace(" ", ""), '"02"' in again) == (True, True)
    else:
        assert (first[:3], again[:3]) == ("200", "200")


@pytest.mark.parametrize("fault", ["bad_signature", "wrong_amount", "other_merchant"])
def test_a_lie_changes_nothing(
    till: Till, key: str, stand_ins: StandIns, browser_client: Browser, fault: str
) -> None:
    stand_ins.set_fault(fault, key)
    answer = bring(browser_client, address(key), paid(till, stand_ins))

    assert till.state in {"sent", "pending"}
    if key == "vnpay" and fault != "other_merchant":
        assert {"bad_signature": "97", "wrong_amount": "04"}[fault] in answer


def test_a_notice_without_its_token_finds_nothing(
    till: Till, key: str, stand_ins: StandIns, browser_client: Browser
) -> None:
    notice = paid(till, stand_ins)
    for path in (f"/hooks/payments/{key}/{'x' * 22}", "/hooks/payments/nobody/x"):
        assert bring(browser_client, path, notice).startswith("404")
    extensions_address = address(key)
    extensions.switch("payments", key, False, {}, STAFF)
    assert bring(browser_client, extensions_address, notice).startswith("404")
    assert till.state == "sent"


def test_a_notice_at_another_tenants_door_changes_nothing(
    till: Till, key: str, stand_ins: StandIns, app: object, other_tenant: Tenant
) -> None:
    from cilis.testing.fixtures import browser_on

    notice = paid(till, stand_ins)
    browser = browser_on(app, other_tenant)  # type: ignore[arg-type]
    with serving(other_tenant):
        switch_on(key, stand_ins)  # even with the same merchant's secrets
        theirs = address(key)
    assert bring(browser, address(key), notice).startswith("404")
    bring(browser, theirs, notice)
    assert till.state == "sent"


def test_every_notice_lost_and_the_money_is_found(
    till: Till, key: str, stand_ins: StandIns, deliver: Callable[[], int], clock_forward: Forward
) -> None:
    stand_ins.set_fault("never", key)
    stand_ins.pay(till.send())
    clock_forward(timedelta(seconds=61))
    deliver()
    assert till.state == "captured"


def test_nobody_pays_and_the_page_is_closed(
    till: Till, key: str, stand_ins: StandIns, deliver: Callable[[], int], clock_forward: Forward
) -> None:
    till.send()
    for _ in range(6):
        clock_forward(timedelta(minutes=2))
        deliver()
    assert till.state == "expired"


def test_late_money_is_captured(
    till: Till,
    key: str,
    stand_ins: StandIns,
    browser_client: Browser,
    deliver: Callable[[], int],
    clock_forward: Forward,
) -> None:
    stand_ins.set_fault("late", key)
    notice = paid(till, stand_ins)
    stand_ins.set_fault("down", key)  # nobody answers our questions either
    for _ in range(6):
        clock_forward(timedelta(minutes=2))
        deliver()
    assert till.state == "expired"
    stand_ins.clear_faults()
    if key == "stripe":  # its signature is five minutes old by now
        clock_forward(timedelta(hours=1))
        deliver()
    else:
        bring(browser_client, address(key), notice)
    assert till.state == "captured"


def test_a_gateway_that_is_down_is_a_clear_refusal(
    till: Till, key: str, stand_ins: StandIns
) -> None:
    stand_ins.set_fault("down", key)
    if key == "vnpay":  # its pay page is an address that we sign: no call of ours can fail
        assert till.send().startswith("http")
        return
    with pytest.raises(payments.GatewayUnavailable):
        till.send()
    assert till.state == "created"
    stand_ins.clear_faults()
    assert till.send().startswith("http")


def test_the_money_goes_back_through_the_gateway(
    till: Till,
    key: str,
    stand_ins: StandIns,
    browser_client: Browser,
    deliver: Callable[[], int],
    clock_forward: Forward,
) -> None:
    bring(browser_client, address(key), paid(till, stand_ins))
    with transaction() as session:
        refund_id = payments.request_refund(
            session, till.attempt_id, PRICES[key], "cancelled", till.cast.hoa
        )
    stand_ins.set_fault("lost_reply", key, times=1)  # it refunds, and we do not hear of it
    for _ in range(5):
        deliver()
        clock_forward(timedelta(hours=1))
    with reading() as session:
        assert payments.refund(session, refund_id).state == payments.RefundState.DONE
    (known,) = stand_ins.payments()
    assert len(known["refunds"]) == 1


def test_a_refund_that_is_turned_down(
    till: Till,
    key: str,
    stand_ins: StandIns,
    browser_client: Browser,
    deliver: Callable[[], int],
    clock_forward: Forward,
) -> None:
    bring(browser_client, address(key), paid(till, stand_ins))
    stand_ins.set_fault("refund_refused", key)
    with transaction() as session:
        refund_id = payments.request_refund(
            session, till.attempt_id, PRICES[key], "cancelled", None
        )
    for _ in range(4):
        deliver()
        clock_forward(timedelta(hours=1))
    with reading() as session:
        assert payments.refund(session, refund_id).state == payments.RefundState.REFUSED


@pytest.mark.parametrize("outcome", ["paid", "cancelled"])
def test_coming_back_shows_and_decides_nothing(
    till: Till,
    key: str,
    stand_ins: StandIns,
    browser_client: Browser,
    outcome: str,
    deliver: Callable[[], int],
    clock_forward: Forward,
) -> None:
    stand_ins.set_fault("never", key)
    back = stand_ins.pay(
        payments.send_to_provider(till.attempt_id, client_ip="203.0.113.7", language="vi"), outcome
    )
    parts = urlsplit(back)
    assert parts.path == f"/payments/{till.attempt_id}/return"
    answer = browser_client.get(f"{parts.path}?{parts.query}")

    done = "?returned=1" if outcome == "paid" else ""
    assert (answer.status_code, answer.location) == (303, f"/bookings/{till.subject_id}{done}")
    assert till.state == "sent"
    clock_forward(timedelta(seconds=5))
    deliver()  # but it made us ask
    if outcome == "paid":
        assert till.state == "captured"


def test_a_made_up_return_says_nothing(
    till: Till, key: str, stand_ins: StandIns, browser_client: Browser, deliver: Callable[[], int]
) -> None:
    till.send()
    answer = browser_client.get(f"/payments/{till.attempt_id}/return?vnp_ResponseCode=00")
    assert answer.status_code == 303
    assert till.attempt.hurried_at is None or key == "stripe"
    assert browser_client.get(f"/payments/{ids.new()}/return").status_code == 404


def test_parts_go_back_one_after_the_other_and_never_more(
    till: Till,
    key: str,
    stand_ins: StandIns,
    browser_client: Browser,
    deliver: Callable[[], int],
    clock_forward: Forward,
) -> None:
    """A share by the rules, one by grace, and one that a second person agreed to."""
    bring(browser_client, address(key), paid(till, stand_ins))
    price = PRICES[key]
    with transaction() as session:
        by_rules = payments.request_refund(
            session, till.attempt_id, price.percent(50), "cancelled_by_client", till.cast.hoa
        )
    first, second = STAFF, Viewer(ids.new(), roles=frozenset({"admin"}))
    wish = payments.GraceWish(till.attempt_id, price.percent(20).minor, "kindness")
    by_grace = payments.order_refund(wish, first).id
    rest = replace(wish, amount_minor=None)
    agreed = payments.approve_refund(payments.ask_approval(rest, first).id, second).refund_id
    assert agreed
    for _ in range(12):  # VNPay takes the next one on when the one before is done
        deliver()
        clock_forward(timedelta(hours=2))

    with reading() as session:
        found = [payments.refund(session, one) for one in (by_rules, by_grace, agreed)]
        left = price.minor - payments.refunded_minor(session, till.attempt_id)
    assert [one.state for one in found] == [payments.RefundState.DONE] * 3
    assert [one.amount for one in found] == [price.percent(part) for part in (50, 20, 30)]
    (known,) = stand_ins.payments()
    parts = [one["amount"] for one in known["refunds"]]  # as on the gateway's wire
    assert sum(parts) == known["amount"]
    assert {part * 10 // known["amount"] for part in parts} == {2, 3, 5}
    assert left == 0
    with pytest.raises(payments.RefundTooLarge):
        payments.order_refund(replace(wish, amount_minor=1), first)
