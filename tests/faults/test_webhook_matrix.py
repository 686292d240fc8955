"""Rows 8 to 10 of the fault table: notices many times, in any order, and forged."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from tests.faults import invariants
from tests.faults.till import Till, jump
from tests.faults.town import (
    GATEWAYS,
    HOOK,
    SECRET,
    TMN,
    Gateways,
    Town,
    bring,
    call_of,
    deliver_call,
    vnpay_wire,
)

from cilis.domains import payments
from cilis.domains.payments.models import PaymentNotice
from cilis.domains.payments.service import attempts, inbox
from cilis.hooks.payments import CallbackRequest
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.infra.tenant_models import AuditEntry
from cilis.kit import ids
from cilis.testing.contracts.gateways import forgeries
from cilis.testing.standins import stripe_wire
from cilis.testing.standins.state import Account, Sending
from cilis_payment_vnpay import signing

pytestmark = pytest.mark.usefixtures("money_only")


@pytest.fixture(params=GATEWAYS)
def till(request: pytest.FixtureRequest, town: Town, gateways: Gateways) -> Till:
    return Till.hold(town, gateways, str(request.param))


def verdicts() -> list[str]:
    with reading() as session:
        return list(session.scalars(sa.select(PaymentNotice.verdict)))


def alarms() -> Counter[str]:
    with reading() as session:
        return Counter(session.scalars(sa.select(AuditEntry.action)))


def test_row_8_a_hundred_at_once_have_one_effect(till: Till) -> None:
    notice = till.pay()
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(copy_context().run, bring, notice) for _ in range(100)]
        assert {job.result() for job in jobs} == {200}
    jump()
    assert till.state == "confirmed"
    assert alarms()["payments.attempt_captured"] == 1
    invariants.check(truth=till.gateways.truth())


def test_row_9_before_our_own_commit(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway tells of the money while we are still writing down that we sent the client."""
    record = attempts._record_sent
    seen: list[int] = []

    def late(attempt_id: Any, started: Any) -> str:
        till.gateways.stand_ins.pay(started.url)
        seen.append(bring(till.gateways.post()[-1]))
        return record(attempt_id, started)

    monkeypatch.setattr(attempts, "_record_sent", late)
    till.start()
    jump()
    assert (seen, till.state) == ([200], "confirmed")
    invariants.check(truth=till.gateways.truth())


def test_row_9_an_unknown_object_is_parked_and_retried(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = till.pay()

    def not_yet(*_given: object) -> None:
        raise payments.PaymentNotFound("its commit is not seen yet")

    with monkeypatch.context() as before_the_commit:
        before_the_commit.setattr(inbox, "_locked", not_yet)
        bring(notice)
    assert (verdicts(), till.state) == (["unknown_reference"], "held")
    jump(seconds=11)
    assert verdicts() == ["recorded"]
    assert (till.attempt.state, till.state) == ("captured", "confirmed")


def test_row_9_after_the_refund(till: Till) -> None:
    notice = till.pay()
    bring(notice)
    jump()
    till.give_back(None)
    for _ in range(3):
        jump(minutes=40)
    posted = till.gateways.post()
    for late in (*posted, *reversed(posted)):
        bring(late)
    jump()
    assert till.attempt.state == "captured"
    invariants.check_rest(truth=till.gateways.truth())


def _signed_otherwise(till: Till, notice: Sending, change: Callable[[dict[str, Any]], None]) -> Any:
    """The notice with other contents, well signed with the merchant's own secret."""
    if till.provider == "vnpay":
        params = {k: v for k, v in call_of(notice).query.items() if k != "vnp_SecureHash"}
        change(params)
        text = vnpay_wire.signed_query(params, Account("vnpay", TMN, SECRET))
        return replace(notice, url="", body=text)
    event = json.loads(notice.body)
    event["id"] = stripe_wire.new_id("evt")
    change(event["data"]["object"])
    body = json.dumps(event)
    headers = {**notice.headers, "Stripe-Signature": stripe_wire.signature(body, HOOK)}
    return replace(notice, body=body, headers=headers)


def _amount(content: dict[str, Any]) -> None:
    name = "vnp_Amount" if "vnp_Amount" in content else "amount_total"
    content[name] = type(content[name])(int(content[name]) - 100)


def _currency(content: dict[str, Any]) -> None:
    if "currency" in content:
        content["currency"] = "eur"
    else:
        _amount(content)  # VNPay names none: đồng only


def _account(content: dict[str, Any]) -> None:
    if "vnp_TmnCode" in content:
        content["vnp_TmnCode"] = "OTHER001"
    else:
        content["client_reference_id"] = ids.new().hex  # somebody else's payment


def test_row_10_what_is_not_signed_by_the_gateway_changes_nothing(till: Till) -> None:
    """Every part altered and left out, another key, an old time: refused, and in the audit."""
    notice = till.pay()
    before = invariants.read()
    tries = [call for _, call in forgeries(call_of(notice))]
    tries += [
        call_of(till.gateways.lie(notice, kind)) for kind in ("bad_signature", "other_merchant")
    ]
    if till.provider == "stripe":
        tries.append(_old(notice))
    for call in tries:
        deliver_call(till.provider, call)
    assert alarms()["payments.notice_forged"] > 0
    _same(before, till)
    bring(notice)
    assert till.attempt.state == "captured"


@pytest.mark.parametrize("wrong", [_amount, _currency, _account])
def test_row_10_a_right_signature_over_wrong_contents_changes_nothing(
    till: Till, wrong: Callable[[dict[str, Any]], None]
) -> None:
    notice = till.pay()
    before = invariants.read()
    told = alarms()
    bring(_signed_otherwise(till, notice, wrong))
    _same(before, till)
    new = alarms() - told
    assert set(new) & {
        "payments.amount_refused",
        "payments.notice_forged",
        "payments.notice_parked",
    }
    bring(notice)
    assert till.attempt.state == "captured"


def test_row_10_at_another_organizations_door_nothing_changes(
    till: Till, other_tenant: Tenant
) -> None:
    """The other one has the very same account at the gateway: the reference alone decides."""
    notice = till.pay()
    before = invariants.read()
    with serving(other_tenant):
        bring(notice)
        assert alarms()["payments.notice_parked"] == 1
    _same(before, till)
    invariants.check(other_tenant, truth=till.gateways.truth())


def test_row_10_without_the_check_a_forgery_takes_effect(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: signatures are not looked at."""
    notice = till.pay()
    monkeypatch.setattr(signing, "is_genuine", lambda *_given: True)
    monkeypatch.setattr("stripe.WebhookSignature.verify_header", lambda *_given, **_named: True)
    before = invariants.read()
    bring(till.gateways.lie(notice, "bad_signature"))
    with pytest.raises(AssertionError):
        _same(before, till)


def _old(notice: Sending) -> CallbackRequest:
    """Ten minutes old and well signed."""
    import hashlib
    import hmac

    moment = int(time.time()) - 600
    text = f"{moment}.{notice.body}"
    mark = hmac.new(HOOK.encode(), text.encode(), hashlib.sha256).hexdigest()
    call = call_of(notice)
    return replace(call, headers={**call.headers, "stripe-signature": f"t={moment},v1={mark}"})


def _same(before: invariants.Books, till: Till) -> None:
    """Nothing but the audit, and timers to look again, has changed."""
    after = invariants.read()
    for name in ("bookings", "attempts", "refunds", "claims", "payment_changes", "booking_changes"):
        assert getattr(after, name) == getattr(before, name), name
    assert till.attempt.state in {"sent", "pending"}
