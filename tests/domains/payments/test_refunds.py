from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from uuid import UUID

import pytest
from tests.domains.payments.conftest import PRICE, Gate, Till, answer, call, switch_on

from cilis.domains import payments
from cilis.domains.payments import service
from cilis.hooks.failures import Refused, TryLater
from cilis.hooks.payments import RefundOutcome
from cilis.infra import audit
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import Event
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer

Emitted = Callable[[], list[Event]]
Forward = Callable[[timedelta], None]


@pytest.fixture
def paid(till: Till) -> Till:
    till.send()
    till.notice()
    return till


def found(refund_id: UUID) -> payments.Refund:
    with reading() as session:
        return payments.refund(session, refund_id)


def test_the_money_goes_back_and_everybody_hears_of_it(
    paid: Till, gate: Gate, deliver: Callable[[], int], emitted: Emitted
) -> None:
    refund_id = paid.refund()
    assert gate.refunds == []  # not inside the caller's transaction
    deliver()

    (order,) = gate.refunds
    assert (order.refund_reference, order.amount, order.is_full) == (refund_id.hex, PRICE, True)
    assert order.provider_reference == "G-1"
    assert found(refund_id).state == payments.RefundState.DONE
    settled = payments.RefundSettled(
        refund_id=refund_id, attempt_id=paid.attempt_id, subject_id=paid.subject_id
    )
    assert [event for event in emitted() if isinstance(event, payments.RefundSettled)] == [settled]


def test_asking_twice_is_asking_once(paid: Till, gate: Gate, deliver: Callable[[], int]) -> None:
    assert paid.refund() == paid.refund()
    deliver()
    assert len(gate.refunds) == 1


def test_no_more_goes_back_than_came(paid: Till) -> None:
    paid.refund(300_000, "a part")
    with pytest.raises(payments.RefundTooLarge) as refusal:
        paid.refund(250_001, "another part")
    assert refusal.value.values == {"left_minor": 250_000}
    paid.refund(250_000, "the rest")


def test_ten_refunds_at_once_give_back_what_came_and_no_more(paid: Till) -> None:
    def ask(number: int) -> bool:
        try:
            paid.refund(PRICE.minor // 4, f"part {number}")
        except payments.RefundTooLarge:
            return False
        return True

    with ThreadPoolExecutor(5) as pool:
        jobs = [pool.submit(copy_context().run, ask, number) for number in range(10)]
        assert sum(job.result() for job in jobs) == 4
    with reading() as session:
        assert payments.refunded_minor(session, paid.attempt_id) == PRICE.minor // 4 * 4


@pytest.mark.parametrize("amount", [Money(0, "VND"), Money(-1, "VND"), Money(1, "EUR")])
def test_a_refund_is_a_positive_amount_of_the_payments_currency(paid: Till, amount: Money) -> None:
    with pytest.raises(payments.NotRefundable), transaction() as session:
        payments.request_refund(session, paid.attempt_id, amount, "odd", None)


def test_what_never_came_does_not_go_back(till: Till) -> None:
    with pytest.raises(payments.NotRefundable):
        till.refund()


def test_a_silent_gateway_is_told_again_with_the_same_reference(
    paid: Till, gate: Gate, deliver: Callable[[], int], clock_forward: Forward
) -> None:
    gate.failures = [TryLater("busy"), ValueError("boom"), TryLater("busy")]
    refund_id = paid.refund()
    deliver()
    for _ in range(3):
        assert found(refund_id).state == payments.RefundState.ASKED
        clock_forward(timedelta(minutes=5))
        deliver()
    assert found(refund_id).state == payments.RefundState.DONE
    assert {order.refund_reference for order in gate.refunds} == {refund_id.hex}


def test_a_gateway_that_says_no_is_believed(
    paid: Till, gate: Gate, deliver: Callable[[], int], emitted: Emitted
) -> None:
    gate.failures = [Refused("too old")]
    refund_id = paid.refund()
    deliver()
    refund = found(refund_id)
    assert (refund.state, refund.refusal) == (payments.RefundState.REFUSED, "too old")
    assert any(isinstance(event, payments.RefundRefused) for event in emitted())
    paid.refund(PRICE.minor, "once more")  # what was refused is still there to give back


def test_a_no_to_a_repeat_does_not_undo_what_may_have_gone(
    paid: Till, gate: Gate, deliver: Callable[[], int], clock_forward: Forward, emitted: Emitted
) -> None:
    """The answer was lost, then the key was revoked: it stays under way, and the staff look."""
    gate.failures = [ValueError("reset after it was sent"), Refused("no such key")]
    refund_id = paid.refund()
    for _ in range(2):
        deliver()
        clock_forward(timedelta(hours=1))
    assert (found(refund_id).state, found(refund_id).times_sent) == (payments.RefundState.ASKED, 2)
    alarms = [event for event in emitted() if isinstance(event, payments.MoneyAlarm)]
    assert [(one.why, one.thing_id) for one in alarms] == [("refund", paid.attempt_id)]
    with reading() as session:
        acts = [one.action for one in audit.page(session, audit.Question()).items]
    assert acts.count("payments.refund_doubtful") == 1
    with pytest.raises(payments.RefundTooLarge):
        paid.refund(PRICE.minor, "once more")
    deliver()
    assert found(refund_id).state == payments.RefundState.DONE


def test_an_accepted_refund_is_followed_until_it_is_done(
    paid: Till, gate: Gate, deliver: Callable[[], int], clock_forward: Forward
) -> None:
    gate.refund_outcomes = [RefundOutcome.ACCEPTED] * 3
    refund_id = paid.refund()
    deliver()
    assert found(refund_id).state == payments.RefundState.ACCEPTED
    for hours in (0.1, 0.6, 2.1):
        clock_forward(timedelta(hours=hours))
        deliver()
    assert found(refund_id).state == payments.RefundState.DONE
    assert len(gate.refunds) == 1


def test_a_notice_may_settle_a_refund(paid: Till, gate: Gate, deliver: Callable[[], int]) -> None:
    gate.refund_outcomes = [RefundOutcome.ACCEPTED]
    refund_id = paid.refund()
    deliver()
    told = call(refund=refund_id.hex, outcome="done", event="r1")
    assert [answer(told), answer(told)] == ["recorded", "repeated"]
    assert found(refund_id).state == payments.RefundState.DONE
    back = call(refund=refund_id.hex, outcome="refused", event="r2")
    assert answer(back) == "recorded"  # the bank sent it back
    assert found(refund_id).state == payments.RefundState.REFUSED
    assert answer(call(refund="f" * 32, outcome="done", event="r3")) == "unknown_reference"


def test_a_gateway_that_is_off_is_waited_for(
    paid: Till, gate: Gate, deliver: Callable[[], int], clock_forward: Forward
) -> None:
    switch_on(on=False)
    refund_id = paid.refund()
    deliver()
    assert found(refund_id).state == payments.RefundState.ASKED
    switch_on()
    clock_forward(timedelta(minutes=1))
    deliver()
    assert found(refund_id).state == payments.RefundState.DONE


def test_staff_give_back_what_is_left(paid: Till) -> None:
    lan = Viewer(paid.cast.lan, roles=frozenset({"admin"}))
    paid.refund(50_000, "a part")
    refund = service.order_refund(payments.GraceWish(paid.attempt_id, None, "a kindness"), lan)
    assert (refund.amount_minor, refund.asked_by) == (500_000, paid.cast.lan)
    with pytest.raises(payments.RefundTooLarge):
        service.order_refund(payments.GraceWish(paid.attempt_id, None, "a kindness"), lan)
    with pytest.raises(InvalidInput):
        service.order_refund(payments.GraceWish(paid.attempt_id, 0, "a kindness"), lan)


@pytest.mark.parametrize(("accept", "state"), [(True, "captured"), (False, "failed")])
def test_staff_decide_about_a_suspected_payment(till: Till, accept: bool, state: str) -> None:
    lan = Viewer(till.cast.lan, roles=frozenset({"admin"}))
    with pytest.raises(payments.NotInReview):
        payments.decide_review(till.attempt_id, lan, accept=accept, reason="called the bank")
    till.notice("review")
    payments.decide_review(till.attempt_id, lan, accept=accept, reason="called the bank")
    assert till.state == state
    with reading() as session:
        last = payments.changes(session, till.attempt_id)[-1]
    assert (last.actor_id, last.evidence) == (till.cast.lan, {"reason": "called the bank"})


def test_what_waits_for_a_person_is_counted(
    paid: Till, gate: Gate, deliver: Callable[[], int], open_till: Callable[..., Till]
) -> None:
    with reading() as session:
        assert payments.waiting(session) == (0, 0)
    open_till().notice("review")
    gate.failures = [Refused("too old")]
    paid.refund()
    deliver()
    with reading() as session:
        assert payments.waiting(session) == (1, 1)
    paid.refund(PRICE.minor, "once more")
    with reading() as session:
        assert payments.waiting(session) == (1, 0)


def test_refunds_of_a_payment_go_one_after_the_other(
    paid: Till, gate: Gate, deliver: Callable[[], int], clock_forward: Forward
) -> None:
    """Some gateways cannot tell two of them apart; so the second waits for the first."""
    gate.failures = [TryLater("busy")]
    first, second = paid.refund(100_000, "one"), paid.refund(100_000, "two")
    deliver()
    assert gate.refunds == []
    assert (found(first).times_sent, found(second).times_sent) == (1, 0)
    clock_forward(timedelta(minutes=2))
    deliver()
    clock_forward(timedelta(minutes=2))
    deliver()
    assert [order.refund_reference for order in gate.refunds] == [first.hex, second.hex]
    assert [order.times_sent for order in gate.refunds] == [1, 0]
    (known,) = gate.refunds[1].others
    assert (known.refund_reference, known.outcome) == (first.hex, RefundOutcome.DONE)
    assert found(second).state == payments.RefundState.DONE


def test_a_gateways_wish_for_patience_is_heard(
    paid: Till, gate: Gate, deliver: Callable[[], int], clock_forward: Forward
) -> None:
    gate.failures = [TryLater("busy", after=timedelta(minutes=10))]
    refund_id = paid.refund()
    deliver()
    clock_forward(timedelta(minutes=9))
    deliver()
    assert found(refund_id).state == payments.RefundState.ASKED
    clock_forward(timedelta(minutes=2))
    deliver()
    assert found(refund_id).state == payments.RefundState.DONE


def test_everybody_concerned_hears_each_step(
    paid: Till, gate: Gate, deliver: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cilis.domains.payments import sockets

    pushed: list[tuple[str, str]] = []
    monkeypatch.setattr(sockets, "push", lambda room, event, _payload: pushed.append((room, event)))
    gate.refund_outcomes = [RefundOutcome.ACCEPTED]
    deliver()
    pushed.clear()
    paid.refund(100_000, "a part")
    deliver()
    rooms = {"staff:payments", f"person:{paid.cast.hoa}"}
    assert {room for room, _ in pushed} == rooms
    assert len(pushed) == 2 * len(rooms)  # asked, accepted
    assert {event for _, event in pushed} == {"payments.changed"}
