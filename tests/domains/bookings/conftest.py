"""An expert with hours and services, a client, and a gateway that does as a test says."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from cilis.domains import bookings, experts, extensions, scheduling, tenants
from cilis.domains.bookings import Booking, BookingState, HoldWish
from cilis.domains.payments import service as payment_service
from cilis.domains.scheduling import WeeklyRule
from cilis.hooks.manager import plugins
from cilis.hooks.payments import (
    BadSignature,
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
from cilis.hooks.settings import SettingField, SettingKind, TestOutcome
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import Event
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Cast

PRICE = Money(500_000, "VND")
SECRET = "a-secret-between-us-and-the-gate"
HOUR = timedelta(hours=1)
Emitted = Callable[[], list[Event]]
Deliver = Callable[[], int]
Forward = Callable[[timedelta], None]


@dataclass
class Gate:
    """A gateway in memory: money comes when the test says so."""

    key: str = "gate"
    title: str = "Gate"
    promise: str = "You pay at the gate."
    icon: str = "credit-card"
    currencies: frozenset[str] = frozenset({"VND"})
    settings: Sequence[SettingField] = (SettingField("secret", "Secret", SettingKind.SECRET),)
    started: list[PaymentOrder] = field(default_factory=list)
    refunds: list[RefundOrder] = field(default_factory=list)

    def start(self, order: PaymentOrder, settings: Mapping[str, str]) -> StartedPayment:
        self.started.append(order)
        return StartedPayment(f"https://gate.example/{order.reference}", {})

    def read_callback(self, call: CallbackRequest, settings: Mapping[str, str]) -> PaymentNews:
        if call.headers.get("x-signature") != _sign(call.body):
            raise BadSignature("gate")
        said = json.loads(call.body)
        asked = {order.reference: order.amount for order in self.started}
        paid = asked.get(said["reference"], PRICE)
        return PaymentNews(said["reference"], Outcome(said["outcome"]), paid, said["event"], "G")

    def acknowledge(self, verdict: Verdict) -> CallbackReply:
        return CallbackReply(200, verdict.value.encode(), "text/plain")

    def read_return(self, call: CallbackRequest, settings: Mapping[str, str]) -> Outcome:
        return Outcome.PENDING

    def query(self, question: PaymentQuestion, settings: Mapping[str, str]) -> PaymentNews:
        return PaymentNews(question.reference, Outcome.PENDING, None, "q", "G")

    def close(self, question: PaymentQuestion, settings: Mapping[str, str]) -> None:
        return None

    def refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        self.refunds.append(order)
        return RefundNews(order.refund_reference, RefundOutcome.DONE, "r", "R", "")

    def query_refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        return RefundNews(order.refund_reference, RefundOutcome.DONE, "r", "R", "")

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        return TestOutcome(works=True, message="ok")

    def pays(self, attempt_id: UUID | None, outcome: str = "paid") -> None:
        """Let the gateway tell us about an attempt."""
        assert attempt_id
        said = {"reference": attempt_id.hex, "outcome": outcome, "event": f"{outcome}-{attempt_id}"}
        body = json.dumps(said).encode()
        call = CallbackRequest("POST", {}, {"x-signature": _sign(body)}, body)
        with reading() as session:
            active = extensions.active_one(session, "payments", "gate")
        payment_service.receive(active, call)

    @property
    def returned(self) -> list[int]:
        """What went back so far, in minor units."""
        return [order.amount.minor for order in self.refunds]


def _sign(body: bytes) -> str:
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


@pytest.fixture
def gate(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The gateway, installed and switched on."""
    made = Gate()
    monkeypatch.setitem(plugins._offers["payments"], made.key, made)
    monkeypatch.setitem(plugins._names, ("payments", made.key), "payment_gate")
    staff = Viewer(ids.new(), roles=frozenset({"admin"}))
    extensions.switch("payments", "gate", True, {"secret": SECRET}, staff)
    yield made
    plugins._benches.pop("payments/gate", None)


@dataclass
class World:
    """Everything a test of bookings wants at hand."""

    cast: Cast
    expert_id: UUID
    services: dict[str, experts.ServiceTerms]
    monday: datetime
    gate: Gate

    @property
    def hoa(self) -> Viewer:
        return Viewer(self.cast.hoa, ids.new(), frozenset({"client"}), "Hoa", "vi", via="page")

    @property
    def minh(self) -> Viewer:
        return Viewer(self.cast.minh, ids.new(), frozenset({"expert"}), "Minh", "vi", via="page")

    @property
    def lan(self) -> Viewer:
        return Viewer(self.cast.lan, ids.new(), frozenset({"admin"}), "Lan", "vi", via="page")

    @staticmethod
    def browser() -> Viewer:
        """Somebody who has not signed in."""
        return Viewer(None, ids.new(), via="page")

    def at(self, hour: float, day: int = 0) -> datetime:
        """An hour of the Monday (in Hà Nội), or of a day after it."""
        return self.monday + timedelta(days=day) + hour * HOUR

    def wish(self, hour: float = 9, service: str = "plain", day: int = 0) -> HoldWish:
        return HoldWish(self.services[service].id, self.at(hour, day))

    def hold(self, hour: float = 9, who: Viewer | None = None, **wish: Any) -> Booking:
        return bookings.hold(self.wish(hour, **wish), who or self.hoa)

    def pay(self, booking: Booking, who: Viewer | None = None) -> UUID:
        """Go to the gateway; returns the attempt."""
        bookings.start_payment(booking.id, "gate", who or self.hoa, "203.0.113.7")
        attempt_id = self.see(booking).attempt_id
        assert attempt_id
        return attempt_id

    def booked(self, hour: float = 9, **wish: Any) -> Booking:
        """An hour that is held and paid; call ``deliver`` to hear of it."""
        booking = self.hold(hour, **wish)
        self.gate.pays(self.pay(booking))
        return booking

    @staticmethod
    def see(booking: Booking) -> Booking:
        with reading() as session:
            return bookings.get(session, booking.id)

    def state(self, booking: Booking) -> BookingState:
        return self.see(booking).state

    @staticmethod
    def lines(booking: Booking) -> list[str]:
        with reading() as session:
            return [line.what for line in bookings.history(session, booking.id)]

    def offered(self, hour: float, service: str = "plain") -> bool:
        with reading() as session:
            return scheduling.is_offered(session, self.services[service], self.at(hour))


def monday_after_next() -> datetime:
    today = clock.now() + timedelta(hours=7)
    first = today - timedelta(days=today.weekday()) + timedelta(days=14)
    return datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=7)


@pytest.fixture
def world(cast: Cast, gate: Gate) -> World:
    """Minh works every day from eight to eight and offers three services."""
    organization = tenants.Organization(
        name="An Bình",
        languages=("vi", "en"),
        default_language="vi",
        currency="VND",
        time_zone="Asia/Ho_Chi_Minh",
        country="VN",
        cancellation=(
            tenants.CancellationTier(24, 100),
            tenants.CancellationTier(6, 50),
        ),
    )
    wishes = {
        "plain": experts.ServiceWish(
            names={"vi": "Tư vấn thuế"}, minutes=60, price_minor=PRICE.minor, notice_minutes=0
        ),
        "asked": experts.ServiceWish(
            names={"vi": "Xem hồ sơ"},
            minutes=60,
            price_minor=PRICE.minor,
            needs_acceptance=True,
            notice_minutes=120,
            buffer_after_minutes=15,
        ),
        "free": experts.ServiceWish(
            names={"vi": "Làm quen"}, minutes=30, price_minor=0, notice_minutes=0
        ),
    }
    with transaction() as session:
        tenants.save_organization(session, organization)
        expert_id = experts.import_expert(
            session,
            experts.ExpertImport(
                person_id=cast.minh,
                name="Minh",
                languages=("vi",),
                country="VN",
                time_zone="Asia/Ho_Chi_Minh",
                topics=(),
                services=tuple(wishes.values()),
                headline={"vi": "Chuyên gia"},
            ),
        )
        week = [WeeklyRule(day, 8 * 60, 20 * 60) for day in range(7)]
        scheduling.import_hours(session, expert_id, week)
    tenants.forget_organizations()
    with reading() as session:
        found = experts.services_of(session, [expert_id])[expert_id]
    by_name = {dict(terms.name)["vi"]: terms for terms in found}
    services = {key: by_name[wish.names["vi"]] for key, wish in wishes.items()}
    return World(cast, expert_id, services, monday_after_next(), gate)
