from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.domains.payments.conftest import PRICE, Gate, Till, switch_on

from cilis.domains import payments
from cilis.domains.payments import service
from cilis.hooks.failures import TryLater
from cilis.hooks.payments import Outcome
from cilis.infra.outbox import Event
from cilis.kit.money import Money

Emitted = Callable[[], list[Event]]
Forward = Callable[[timedelta], None]


@pytest.fixture
def pass_by(deliver: Callable[[], int], clock_forward: Forward) -> Callable[[float], None]:
    """Let minutes pass, in steps of thirty seconds, with the relay at work."""

    def go(minutes: float) -> None:
        for _ in range(round(minutes * 2)):
            clock_forward(timedelta(seconds=30))
            deliver()

    return go


@pytest.mark.parametrize("paid_at", [0, 3.5, 4.5, 7, 9])
def test_money_is_found_within_five_minutes_though_every_notice_is_lost(
    till: Till, gate: Gate, pass_by: Callable[[float], None], paid_at: float
) -> None:
    till.send()
    pass_by(paid_at)
    assert till.state in {"sent", "pending"}
    gate.outcome = Outcome.PAID
    pass_by(5)
    assert till.state == "captured"


def test_the_gateway_is_asked_no_more_once_it_is_settled(
    till: Till, gate: Gate, pass_by: Callable[[float], None]
) -> None:
    till.send()
    till.notice()
    pass_by(15)
    assert gate.queried == []


def test_nobody_pays_so_it_is_closed_and_expires(
    till: Till, gate: Gate, pass_by: Callable[[float], None], emitted: Emitted
) -> None:
    till.send()
    pass_by(9.5)
    assert (till.state, gate.closed) == ("pending", [])
    pass_by(1)
    assert (till.state, gate.closed) == ("expired", [till.attempt_id.hex])
    assert sum(isinstance(event, payments.PaymentExpired) for event in emitted()) == 1


def test_money_of_the_last_second_is_seen_after_closing(
    till: Till, gate: Gate, pass_by: Callable[[float], None]
) -> None:
    till.send()
    pass_by(9.5)

    def paid_just_now() -> None:
        gate.outcome = Outcome.PAID

    gate.while_closing = paid_just_now
    pass_by(1)
    assert till.state == "captured"


def test_money_that_comes_an_hour_late_is_found(
    till: Till,
    gate: Gate,
    pass_by: Callable[[float], None],
    clock_forward: Forward,
    deliver: Callable[[], int],
) -> None:
    till.send()
    pass_by(12)
    gate.outcome = Outcome.PAID
    clock_forward(timedelta(hours=1, minutes=5))
    deliver()
    assert till.state == "captured"


def test_a_gateway_that_is_down_does_not_stop_the_clock(
    till: Till, gate: Gate, pass_by: Callable[[float], None]
) -> None:
    till.send()
    gate.failures = [TryLater("down")] * 6
    pass_by(10.5)
    assert till.state == "expired"
    assert till.attempt.closed_at is None
    gate.failures.clear()
    pass_by(2)
    assert till.attempt.closed_at is not None  # closing is made up for


def test_a_crash_before_sending_is_reconciled_too(
    till: Till, gate: Gate, pass_by: Callable[[float], None]
) -> None:
    gate.outcome = Outcome.PAID  # the gateway heard of it, our second commit never came
    pass_by(1.5)
    assert till.state == "captured"


def test_a_gateway_that_was_switched_off_lets_attempts_expire(
    till: Till, gate: Gate, pass_by: Callable[[float], None]
) -> None:
    till.send()
    switch_on(on=False)
    pass_by(11)
    assert (till.state, gate.queried) == ("expired", [])


def test_the_wrong_amount_is_not_believed_from_a_query_either(
    till: Till, gate: Gate, pass_by: Callable[[float], None]
) -> None:
    till.send()
    gate.outcome, gate.says = Outcome.PAID, Money(PRICE.minor - 1, "VND")
    pass_by(9)
    assert till.state == "sent"


def test_a_turn_delivered_twice_sets_one_timer(till: Till, gate: Gate, emitted: Emitted) -> None:
    till.send()
    for _ in range(3):
        service.ask_gateway(till.attempt_id, 0)
    timers = [event for event in emitted() if type(event).__name__ == "AskGateway"]
    assert [event.payload()["step"] for event in timers] == [0, 1]


def test_a_client_who_comes_back_makes_us_ask_at_once_and_only_once(
    till: Till, gate: Gate, deliver: Callable[[], int], clock_forward: Forward
) -> None:
    till.send()
    gate.outcome = Outcome.PAID
    service.hurry(till.attempt_id)
    service.hurry(till.attempt_id)
    clock_forward(timedelta(seconds=4))
    deliver()
    assert (till.state, len(gate.queried)) == ("captured", 1)
