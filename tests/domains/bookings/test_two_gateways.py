"""A gateway that does not answer: the client pays by another one and is charged once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from tests.domains.bookings.conftest import PRICE, Deliver, Forward, Gate, World

from cilis.domains import bookings, extensions, ledger, payments
from cilis.domains.bookings import BookingState
from cilis.domains.ledger import Account, AccountKind
from cilis.hooks import TryLater
from cilis.hooks.manager import plugins
from cilis.hooks.payments import Outcome, PaymentNews, PaymentQuestion, StartedPayment
from cilis.infra.db import reading
from cilis.kit.money import Money


@dataclass
class Moody(Gate):
    """A gateway that may be silent, and may have taken the money nevertheless."""

    key: str = "moody"
    silent_start: bool = False
    silent: bool = True
    has_money: bool = False

    def start(self, order: object, settings: object) -> StartedPayment:
        if self.silent_start:
            raise TryLater("no answer")
        return super().start(order, settings)  # type: ignore[arg-type] # as it is called

    def query(self, question: PaymentQuestion, settings: object) -> PaymentNews:
        if self.silent:
            raise TryLater("no answer")
        if not self.has_money:
            return PaymentNews(question.reference, Outcome.UNKNOWN, None, "u")
        return PaymentNews(question.reference, Outcome.PAID, PRICE, "p", "M-1")


@pytest.fixture
def moody(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Moody]:
    made = Moody()
    monkeypatch.setitem(plugins._offers["payments"], made.key, made)
    monkeypatch.setitem(plugins._names, ("payments", made.key), "payment_moody")
    extensions.switch("payments", made.key, True, {"secret": "x"}, world.lan)
    yield made
    plugins._benches.pop("payments/moody", None)


def start(world: World, booking: bookings.Booking, key: str) -> UUID:
    bookings.start_payment(booking.id, key, world.hoa, "203.0.113.7")
    attempt_id = world.see(booking).attempt_id
    assert attempt_id
    return attempt_id


def at_gateways() -> dict[str, int]:
    with reading() as session:
        assert ledger.recount(session) == []
        return {
            key: ledger.balance(session, Account(AccountKind.GATEWAY, key), "VND").minor
            for key in ("gate", "moody")
        }


def test_a_silent_gateway_is_said_and_another_one_can_be_chosen(
    world: World, moody: Moody, deliver: Deliver, clock_forward: Forward
) -> None:
    booking = world.hold(9)
    first = start(world, booking, "moody")
    assert not silent(first)
    clock_forward(timedelta(seconds=61))
    deliver()
    assert silent(first)
    second = start(world, booking, "gate")
    world.gate.pays(second)
    deliver()
    assert world.state(booking) == BookingState.CONFIRMED
    assert not silent(first)  # nobody waits for it any more


def test_one_that_did_not_even_start_is_said_too(world: World, moody: Moody) -> None:
    booking = world.hold(9)
    moody.silent_start = True
    with pytest.raises(payments.GatewayUnavailable):
        start(world, booking, "moody")
    attempt_id = world.see(booking).attempt_id
    assert attempt_id
    assert silent(attempt_id)
    world.pay(booking)


@pytest.mark.parametrize("order", ["second first", "first first"])
def test_late_money_of_the_first_goes_back_by_itself(
    world: World, moody: Moody, deliver: Deliver, clock_forward: Forward, order: str
) -> None:
    """Whichever comes first buys the hour; the other goes back, once, at its own gateway."""
    booking = world.hold(9)
    first = start(world, booking, "moody")
    clock_forward(timedelta(seconds=61))
    deliver()
    second = start(world, booking, "gate")
    moody.has_money = True

    def first_pays() -> None:
        moody.silent = False
        for _ in range(8):  # the schedule asks again, long after the attempt was given up
            clock_forward(timedelta(minutes=10))
            deliver()

    def second_pays() -> None:
        for _ in range(3):  # its notice, three times
            world.gate.pays(second)
        deliver()

    steps: list[Callable[[], None]] = [second_pays, first_pays]
    for step in steps if order == "second first" else reversed(steps):
        step()
    buys, back = (second, moody) if order == "second first" else (first, world.gate)
    assert world.state(booking) == BookingState.CONFIRMED
    assert world.see(booking).paid_attempt_id == buys
    assert back.returned == [PRICE.minor]
    other = world.gate if back is moody else moody
    assert other.returned == []
    assert sorted(at_gateways().values()) == [0, PRICE.minor]
    with reading() as session:
        refunds = payments.refunds_of(session, [first, second])
    given = [refund for each in refunds.values() for refund in each]
    assert [(one.amount, one.state) for one in given] == [(Money(PRICE.minor, "VND"), "done")]


def silent(attempt_id: UUID) -> bool:
    with reading() as session:
        return payments.is_silent(session, payments.attempt(session, attempt_id))
