"""A gateway that does as a test says, and shortcuts to the room's use cases."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from cilis.domains import extensions, payments
from cilis.domains.payments import service
from cilis.hooks.manager import plugins
from cilis.hooks.payments import (
    BadSignature,
    CallbackReply,
    CallbackRequest,
    Ignored,
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
from cilis.hooks.settings import SettingField, SettingKind, TestOutcome
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Cast

PRICE = Money(550_000, "VND")
SECRET = "a-secret-between-us-and-the-gate"


@dataclass
class Gate:
    """A gateway in memory. ``failures`` are raised, one per call, before anything is done."""

    key: str = "gate"
    title: str = "Gate"
    promise: str = "You pay at the gate."
    icon: str = "credit-card"
    currencies: frozenset[str] = frozenset({"VND"})
    settings: Sequence[SettingField] = (SettingField("secret", "Secret", SettingKind.SECRET),)
    failures: list[Exception] = field(default_factory=list)
    outcome: Outcome = Outcome.PENDING
    says: Money | None = PRICE
    refund_outcomes: list[RefundOutcome] = field(default_factory=list)
    started: list[PaymentOrder] = field(default_factory=list)
    queried: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    refunds: list[RefundOrder] = field(default_factory=list)
    while_starting: Callable[[PaymentOrder], None] = lambda _order: None
    while_closing: Callable[[], None] = lambda: None

    def _may_fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    def start(self, order: PaymentOrder, settings: Mapping[str, str]) -> StartedPayment:
        self._may_fail()
        self.started.append(order)
        self.while_starting(order)
        return StartedPayment(f"https://gate.example/{order.reference}", {"number": "42"})

    def read_callback(
        self, call: CallbackRequest, settings: Mapping[str, str]
    ) -> PaymentNews | RefundNews | Ignored:
        if call.headers.get("x-signature") != sign(call.body, settings["secret"]):
            raise BadSignature("gate")
        said = json.loads(call.body)
        if said.get("kind") == "ignored":
            return Ignored("e0")
        if "refund" in said:
            return RefundNews(said["refund"], RefundOutcome(said["outcome"]), said["event"])
        amount = Money(said["minor"], said["currency"]) if said["minor"] is not None else None
        return PaymentNews(
            said["reference"],
            Outcome(said["outcome"]),
            amount,
            said["event"],
            "G-1",
            said.get("reason", ""),
            {"seen": "\x00 nul"},
        )

    def acknowledge(self, verdict: Verdict) -> CallbackReply:
        status = {Verdict.FORGED: 400, Verdict.FAULT: 500}.get(verdict, 200)
        return CallbackReply(status, verdict.value.encode(), "text/plain")

    def read_return(self, call: CallbackRequest, settings: Mapping[str, str]) -> Outcome:
        if call.query.get("sig") != sign(call.query.get("said", "").encode(), settings["secret"]):
            raise BadSignature("gate")
        return Outcome(call.query["said"])

    def query(self, question: PaymentQuestion, settings: Mapping[str, str]) -> PaymentNews:
        self._may_fail()
        self.queried.append(question.reference)
        return PaymentNews(question.reference, self.outcome, self.says, f"q-{self.outcome}", "G-1")

    def close(self, question: PaymentQuestion, settings: Mapping[str, str]) -> None:
        self._may_fail()
        self.while_closing()
        self.closed.append(question.reference)

    def refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        self._may_fail()
        self.refunds.append(order)
        return self._refund_news(order)

    def query_refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        self._may_fail()
        return self._refund_news(order)

    def _refund_news(self, order: RefundOrder) -> RefundNews:
        outcome = self.refund_outcomes.pop(0) if self.refund_outcomes else RefundOutcome.DONE
        return RefundNews(order.refund_reference, outcome, f"r-{outcome}", "R-1", "code")

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        return TestOutcome(works=True, message="ok")


def sign(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.fixture
def gate(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The gateway, installed and switched on in the first tenant."""
    made = Gate()
    monkeypatch.setitem(plugins._offers["payments"], made.key, made)
    monkeypatch.setitem(plugins._names, ("payments", made.key), "payment_gate")
    switch_on()
    yield made
    plugins._benches.pop("payments/gate", None)


def switch_on(*, on: bool = True) -> None:
    staff = Viewer(ids.new(), roles=frozenset({"admin"}))
    extensions.switch("payments", "gate", on, {"secret": SECRET}, staff)


def call(**said: Any) -> CallbackRequest:
    secret = said.pop("secret", SECRET)
    body = json.dumps(said).encode()
    return CallbackRequest("POST", {}, {"x-signature": sign(body, secret)}, body)


@dataclass
class Till:
    """What a test does with one attempt."""

    cast: Cast
    attempt_id: UUID
    subject_id: UUID

    @property
    def attempt(self) -> payments.Attempt:
        with reading() as session:
            return payments.attempt(session, self.attempt_id)

    @property
    def state(self) -> str:
        return self.attempt.state.value

    def notice(self, outcome: str = "paid", **said: Any) -> str:
        """Let the gateway tell; returns what it was answered."""
        said = {
            "reference": self.attempt_id.hex,
            "outcome": outcome,
            "minor": PRICE.minor,
            "currency": "VND",
            "event": f"e-{outcome}",
            **said,
        }
        return answer(call(**said))

    def send(self) -> str:
        return payments.send_to_provider(
            self.attempt_id, client_ip="203.0.113.7", language="vi", return_url="https://x/y"
        )

    def refund(self, minor: int = PRICE.minor, reason: str = "cancelled") -> UUID:
        with transaction() as session:
            return payments.request_refund(
                session, self.attempt_id, Money(minor, "VND"), reason, self.cast.hoa
            )


def answer(raw: CallbackRequest) -> str:
    with reading() as session:
        active = extensions.active_one(session, "payments", "gate")
    return service.receive(active, raw).body.decode()


@pytest.fixture
def open_till(gate: Gate, cast: Cast) -> Callable[..., Till]:
    """Open an attempt of Hoa's for ten minutes."""

    def make(subject_id: UUID | None = None) -> Till:
        subject_id = subject_id or ids.new()
        with transaction() as session:
            attempt_id = payments.open_attempt(
                session,
                subject_id=subject_id,
                payer_id=cast.hoa,
                amount=PRICE,
                provider="gate",
                description="Tư vấn thuế",
                expires_at=clock.now() + timedelta(minutes=10),
            )
        return Till(cast, attempt_id, subject_id)

    return make


@pytest.fixture
def till(open_till: Callable[..., Till]) -> Till:
    return open_till()
