"""Rows 11 and 12 of the fault table: notices that never come, and money that comes too late."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from tests.faults import invariants
from tests.faults.till import Till, jump, pass_by
from tests.faults.town import GATEWAYS, Gateways, Town, bring

from cilis.domains import bookings
from cilis.domains.bookings import HoldWish
from cilis.infra import outbox
from cilis.infra.db import reading
from cilis.testing.standins.state import Sending

pytestmark = pytest.mark.usefixtures("money_only")


@pytest.fixture(params=GATEWAYS)
def till(request: pytest.FixtureRequest, town: Town, gateways: Gateways) -> Till:
    return Till.hold(town, gateways, str(request.param))


@pytest.mark.parametrize("paid_at", [0, 3.5, 9])
def test_row_11_all_notices_lost_and_settled_within_five_minutes(
    till: Till, paid_at: float
) -> None:
    url = till.start()
    pass_by(paid_at)
    till.gateways.stand_ins.pay(url)
    assert till.state == "held"
    pass_by(5)
    assert till.state == "confirmed"
    invariants.check_rest(truth=till.gateways.truth())


def test_row_11_without_questions_the_money_lies_about(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: nobody asks the gateway."""
    _deaf(monkeypatch, ["payments.ask_gateway.v1", "payments.close_at_gateway.v1"])
    till.pay()
    pass_by(5)
    assert till.state == "held"
    jump(hours=1)
    with pytest.raises(AssertionError, match="is paid and with us"):
        invariants.check_rest(truth=till.gateways.truth())


def test_row_12_late_money_takes_a_free_hour_again(till: Till) -> None:
    notice = _too_late(till)
    bring(notice)
    jump()
    assert till.state == "confirmed"
    assert "paid_late" in _lines(till)
    invariants.check_rest(truth=till.gateways.truth())


def test_row_12_late_money_for_a_taken_hour_goes_back_and_says_so(till: Till) -> None:
    notice = _too_late(till)
    wish = HoldWish(till.town.services["plain"].id, till.town.at(9, 3))
    bookings.hold(wish, till.town.viewer("second"))
    bring(notice)
    jump()
    for _ in range(3):
        jump(minutes=40)
    assert till.state == "expired"
    assert "paid_in_vain" in _lines(till)
    told = [row.event for row in invariants.read().outbox]
    assert told.count("bookings.paid_in_vain.v1") == 1
    (known,) = till.gateways.truth()
    assert [(one.minor, one.state) for one in known.refunds] == [(known.amount.minor, "done")]
    invariants.check_rest(truth=till.gateways.truth())


def test_row_12_money_that_nobody_hears_of_is_named(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: nobody decides what late money buys."""
    notice = _too_late(till)
    _deaf(monkeypatch, ["payments.captured.v1"])
    bring(notice)
    jump(hours=1)
    with pytest.raises(AssertionError, match="bought a booking: False, came in vain: False"):
        invariants.check_rest(truth=till.gateways.truth())


def _too_late(till: Till) -> Sending:
    """Paid in time, but the gateway is silent until the hold is over."""
    notice = till.pay()
    till.gateways.stand_ins.set_fault("down", till.provider)
    for _ in range(8):
        jump(minutes=2, seconds=30)
    assert till.state == "expired"
    till.gateways.stand_ins.clear_faults()
    return notice


def _lines(till: Till) -> list[str]:
    with reading() as session:
        return [line.what for line in bookings.history(session, till.booking_id)]


def _deaf(monkeypatch: pytest.MonkeyPatch, events: Iterable[str]) -> None:
    heard = {name: found for name, found in outbox._listeners.items() if name not in set(events)}
    monkeypatch.setattr(outbox, "_listeners", heard)
