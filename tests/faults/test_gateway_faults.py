"""Row 7 of the fault table: a gateway that is slow, hangs, answers 5xx, or takes and says nothing."""

from __future__ import annotations

import time

import pytest
from tests.faults import invariants
from tests.faults.till import Till, jump, pass_by
from tests.faults.town import GATEWAYS, Gateways, Town, bring

from cilis.domains import payments
from cilis.domains.payments import providers, service
from cilis.domains.payments.models import Refund
from cilis.hooks.manager import plugins
from cilis.kit import ids

pytestmark = pytest.mark.usefixtures("money_only")
FAULTS = ("down", "nonsense", "lost_reply")


@pytest.fixture(params=GATEWAYS)
def till(request: pytest.FixtureRequest, town: Town, gateways: Gateways) -> Till:
    return Till.hold(town, gateways, str(request.param))


@pytest.mark.parametrize("fault", FAULTS)
def test_row_7_a_gateway_in_trouble_takes_money_once(till: Till, fault: str) -> None:
    """The client tries until it works; the gateway's trouble ends; there is one capture."""
    till.gateways.stand_ins.set_fault(fault, till.provider, times=2)
    for _ in range(3):
        try:
            url = till.start()
            break
        except payments.GatewayUnavailable:
            assert till.state == "held"
    else:
        pytest.fail("the gateway never came back")
    till.gateways.stand_ins.pay(url)
    till.gateways.stand_ins.clear_faults()
    till.gateways.stand_ins.set_fault(fault, till.provider, times=2)
    pass_by(2)
    assert till.state in {"held", "confirmed"}
    pass_by(5)  # every notice is lost as well
    assert till.state == "confirmed"
    jump(hours=2)
    paid = [one for one in till.gateways.truth() if one.state == "paid"]
    assert len(paid) == 1
    invariants.check_rest(truth=till.gateways.truth())


@pytest.mark.parametrize("fault", FAULTS)
def test_row_7_a_refund_in_trouble_goes_back_once(till: Till, fault: str) -> None:
    bring(till.pay())
    jump()
    till.gateways.stand_ins.set_fault(fault, till.provider, times=2)
    till.give_back(200_000)
    for _ in range(6):
        jump(minutes=40)
    (known,) = till.gateways.truth()
    assert [(one.minor, one.state) for one in known.refunds] == [(200_000, "done")]
    invariants.check_rest(truth=till.gateways.truth())


def test_row_7_a_hanging_gateway_is_left_alone(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each question ends at its deadline; while two hang, the next is refused at once."""
    till.start()
    monkeypatch.setattr(providers, "ASK_SECONDS", 0.3)
    till.gateways.stand_ins.set_fault("slow", till.provider, seconds=2.5, times=2)
    took = []
    for _ in range(3):
        began = time.monotonic()
        service.ask_gateway(till.attempt.id, -1)
        took.append(time.monotonic() - began)
    assert all(0.3 <= each < 2.0 for each in took[:2]), took
    assert took[2] < 0.3, took
    assert till.attempt.state in {"sent", "pending"}
    bench = plugins._benches[f"payments/{till.provider}"]
    ends = time.monotonic() + 10
    while bench.hanging and time.monotonic() < ends:
        time.sleep(0.05)
    monkeypatch.undo()
    till.gateways.stand_ins.pay(till.attempt.pay_url or "")
    service.ask_gateway(till.attempt.id, -1)
    assert till.attempt.state == "captured"


def test_row_7_without_one_reference_a_lost_reply_pays_back_twice(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: every try calls itself another refund."""
    bring(till.pay())
    jump()
    monkeypatch.setattr(Refund, "reference", property(lambda _self: ids.new().hex))
    till.gateways.stand_ins.set_fault("lost_reply", till.provider, times=2)
    till.give_back(200_000)
    for _ in range(6):
        jump(minutes=40)
    found = invariants.broken(invariants.read(), till.gateways.truth())
    assert any(line.startswith("I2: refund") for line in found), found
