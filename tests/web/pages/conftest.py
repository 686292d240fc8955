from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from cilis.domains import bookings, extensions
from cilis.domains.bookings import Booking
from cilis.hooks.manager import plugins
from cilis.hooks.payments import (
    CallbackReply,
    CallbackRequest,
    Outcome,
    PaymentNews,
    PaymentOrder,
    PaymentQuestion,
    RefundNews,
    RefundOrder,
    RefundOutcome,
    StartedPayment,
    Verdict,
)
from cilis.hooks.settings import SettingField, TestOutcome
from cilis.infra import db
from cilis.infra.tenancy import Tenant
from cilis.kit.money import Money
from cilis.testing.fixtures import Browser, browser_on
from cilis.testing.scene import PASSWORD, Scene, open_scene


@dataclass
class Gate:
    """A gateway in memory: everybody who is sent there pays."""

    key: str = "gate"
    title: str = "Gate"
    promise: str = "You pay at the gate."
    icon: str = "credit-card"
    currencies: frozenset[str] = frozenset({"VND"})
    settings: Sequence[SettingField] = ()
    orders: list[PaymentOrder] = field(default_factory=list)
    down: bool = False
    outcome: Outcome = Outcome.PAID

    def start(self, order: PaymentOrder, settings: Mapping[str, str]) -> StartedPayment:
        if self.down:
            raise OSError("no answer")
        self.orders.append(order)
        return StartedPayment(f"https://gate.example/{order.reference}", {})

    def query(self, question: PaymentQuestion, settings: Mapping[str, str]) -> PaymentNews:
        paid = Money(self.orders[-1].amount.minor, self.orders[-1].amount.currency)
        return PaymentNews(question.reference, self.outcome, paid, self.outcome.value, "G-1")

    def read_callback(self, call: CallbackRequest, settings: Mapping[str, str]) -> PaymentNews:
        raise NotImplementedError

    def acknowledge(self, verdict: Verdict) -> CallbackReply:
        return CallbackReply(200, b"", "text/plain")

    def read_return(self, call: CallbackRequest, settings: Mapping[str, str]) -> Outcome:
        return Outcome.PAID

    def close(self, question: PaymentQuestion, settings: Mapping[str, str]) -> None:
        return None

    def refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        return RefundNews(order.refund_reference, RefundOutcome.DONE, "back", "R-1", "")

    def query_refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        return self.refund(order, settings)

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        return TestOutcome(works=True, message="ok")


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    """An organization with one expert whose every hour is open."""
    del tenant
    return open_scene()


@pytest.fixture
def gate(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The gateway, switched on."""
    made = Gate()
    monkeypatch.setitem(plugins._offers["payments"], made.key, made)
    monkeypatch.setitem(plugins._names, ("payments", made.key), "payment_gate")
    extensions.switch("payments", "gate", True, {}, scene.viewer("admin"))
    yield made
    plugins._benches.pop("payments/gate", None)


@pytest.fixture
def browse(app: Flask, scene: Scene) -> Callable[..., Browser]:
    """A browser of nobody, or of somebody of the scene who has logged in."""

    def make(role: str = "") -> Browser:
        made = browser_on(app, scene.tenant)
        if role:
            answer = made.submit("/log-in", email=scene.emails[role], password=PASSWORD)
            assert answer.status_code == 303, answer.text
        return made

    return make


@pytest.fixture
def held(scene: Scene) -> Callable[..., Booking]:
    """A hold of the scene's client, at the first free hour."""

    def make(place: int = 0) -> Booking:
        start = scene.starts(place + 1)[place]
        return bookings.hold(bookings.HoldWish(scene.service, start), client(scene))

    return make


@pytest.fixture
def booked(
    scene: Scene,
    gate: Gate,
    held: Callable[..., Booking],
    deliver: Callable[[], int],
    clock_forward: Callable[[timedelta], None],
) -> Callable[..., Booking]:
    """A booking that is paid, and confirmed if the service wants no answer."""

    def make(place: int = 30) -> Booking:
        booking = held(place)
        bookings.start_payment(booking.id, "gate", client(scene), "127.0.0.1")
        clock_forward(timedelta(seconds=61))  # now the gateway is asked
        deliver()
        with db.reading() as session:
            return bookings.get(session, booking.id)

    return make


@pytest.fixture
def queries() -> Iterator[list[str]]:
    """Every statement that is sent while the test runs; clear it before the part to count."""
    seen: list[str] = []

    # What a process looks at anew every second or two, whatever page it makes.
    now_and_then = ("shared.routing_version", "FROM organization ")

    def note(_c: Any, _cur: Any, statement: str, *_more: Any) -> None:
        if not any(table in " ".join(statement.split()) for table in now_and_then):
            seen.append(statement)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)


def client(scene: Scene) -> Any:
    return scene.viewer("client")


def start_of(scene: Scene, place: int = 0) -> datetime:
    return scene.starts(place + 1)[place]


def words(text: str) -> str:
    """A page's text without its tags, spaces folded."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def last_id(location: str) -> UUID:
    return UUID(re.findall(r"[0-9a-f-]{36}", location)[-1])
