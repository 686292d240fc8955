"""One organization with both gateways switched on, and the post between them and its door.

The gateways are the stand-ins in threads of this process: their memory is the truth, and a test
carries their notices, as often, as late and in whatever order it likes.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from tests.faults.books import AtGateway, at_gateway

from cilis.domains import (
    credits,
    experts,
    extensions,
    identity,
    payments,
    payouts,
    pricing,
    scheduling,
    tenants,
)
from cilis.domains.payments import service
from cilis.hooks.payments import CallbackRequest
from cilis.infra.db import reading, transaction
from cilis.kit import clock, http, ids, passwords
from cilis.kit.viewer import Viewer
from cilis.testing.standins import stripe_wire, vnpay, vnpay_wire
from cilis.testing.standins.control import StandIns
from cilis.testing.standins.notices import Twist
from cilis.testing.standins.server import web_server
from cilis.testing.standins.state import Account, Payment, Sending, State

TMN, SECRET = "WALK0001", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
KEY, HOOK = "sk_test_walk", "whsec_walk_0123456789"
GATEWAYS = ("vnpay", "stripe")
LIES = ("wrong_amount", "bad_signature", "other_merchant")
PRICE = 500_000
IBAN = "DE89370400440532013000"
HOUR = timedelta(hours=1)


@dataclass
class Gateways:
    """Both gateways: what they know, and their post."""

    state: State
    stand_ins: StandIns

    def truth(self) -> list[AtGateway]:
        """All payments as the gateways know them."""
        with self.state.lock:
            return [at_gateway(_row(payment)) for payment in self.state.contents.payments]

    def post(self) -> list[Sending]:
        """All notices so far, oldest first."""
        with self.state.lock:
            return list(self.state.contents.sendings)

    def switch_on(self) -> None:
        """Let the served organization take money by both."""
        staff = Viewer(ids.new(), roles=frozenset({"admin"}))
        self.state.put_account(Account("vnpay", TMN, SECRET))
        self.state.put_account(Account("stripe", KEY, HOOK))
        settings = {
            "vnpay": self.stand_ins.vnpay_settings(TMN, SECRET),
            "stripe": self.stand_ins.stripe_settings(KEY, HOOK),
        }
        for name in GATEWAYS:
            extensions.switch("payments", name, True, settings[name], staff)

    def lie(self, sending: Sending, kind: str) -> Sending:
        """The same notice, spoilt."""
        payment = self.state.find(lambda one: one.reference == sending.reference)
        assert payment is not None
        account = self.state.account(payment.gateway, payment.account)
        assert account is not None
        twist = Twist(**{kind: True})
        if payment.gateway == "vnpay":
            return vnpay.make_notice(payment, account, twist)
        return _stripe_lie(payment, account, sending, twist)


def call_of(sending: Sending) -> CallbackRequest:
    """A notice as it comes through our door."""
    if sending.method == "GET":
        text = urlsplit(sending.url).query or sending.body
        return CallbackRequest("GET", dict(parse_qsl(text, keep_blank_values=True)), {}, b"")
    headers = {name.lower(): value for name, value in sending.headers.items()}
    return CallbackRequest(sending.method, {}, headers, sending.body.encode())


def bring(sending: Sending) -> int:
    """Carry a notice to the door of the served organization; returns the status."""
    return deliver_call(sending.gateway, call_of(sending))


def deliver_call(gateway: str, call: CallbackRequest) -> int:
    """Bring any call in a gateway's name."""
    with reading() as session:
        active = extensions.active_one(session, "payments", gateway)
    return service.receive(active, call).status


def _row(payment: Payment) -> dict[str, object]:
    refunds = [
        {"reference": one.reference, "amount": one.amount, "state": one.state}
        for one in payment.refunds
    ]
    return {
        "gateway": payment.gateway,
        "currency": payment.currency,
        "reference": payment.reference,
        "amount": payment.amount,
        "state": payment.state,
        "refunds": refunds,
    }


def _stripe_lie(payment: Payment, account: Account, sending: Sending, twist: Twist) -> Sending:
    event = json.loads(sending.body)
    thing = event["data"]["object"]
    if twist.wrong_amount and "amount_total" in thing:
        thing["amount_total"] -= 100
    event["id"] = stripe_wire.new_id("evt")
    body = json.dumps(event)
    secret = account.secret
    if twist.bad_signature or twist.other_merchant or "amount_total" not in thing:
        secret = "whsec_of_another_merchant"
    headers = {**sending.headers, "Stripe-Signature": stripe_wire.signature(body, secret)}
    return replace(sending, body=body, headers=headers)


@contextmanager
def open_gateways() -> Iterator[Gateways]:
    """The stand-ins in threads of this process, on a free port."""
    before = http.allow_networks("127.0.0.0/8")
    state = State()
    web = web_server(state, 0)
    thread = threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Gateways(state, StandIns(f"http://127.0.0.1:{web.server_port}", 0))
    finally:
        web.shutdown()
        thread.join(5)
        web.server_close()
        http.allow_networks(before)


@dataclass
class Town:
    """The organization: an expert with three services, three clients, its staff."""

    expert_id: UUID
    people: dict[str, UUID]
    services: dict[str, experts.ServiceTerms]
    sessions: dict[str, UUID] = field(default_factory=dict)

    def viewer(self, who: str) -> Viewer:
        """Somebody in a browser of their own."""
        roles = {"admin": {"admin"}, "expert": {"expert"}}.get(who, {"client"})
        session = self.sessions.setdefault(who, ids.new())
        return Viewer(self.people[who], session, frozenset(roles), who, "vi", via="page")

    def at(self, hour: float, day: int) -> datetime:
        """An hour of a day counted from tomorrow, in Hà Nội."""
        today = (clock.now() + 7 * HOUR).date()
        midnight = datetime(today.year, today.month, today.day, tzinfo=UTC) - 7 * HOUR
        return midnight + timedelta(days=1 + day) + hour * HOUR


def settle_down() -> Town:
    """Fill the served organization."""
    secret = passwords.hash_password("mot-mat-khau-du-dai")
    people = {}
    roles = {"admin": ["admin"], "expert": ["expert"]}
    for name in ("admin", "expert", "client", "second", "third"):
        with transaction() as session:
            people[name] = identity.import_person(
                session, name=name.title(), email=f"{name}@walk.example", password_hash=secret,
                roles=roles.get(name, ["client"]), language="vi", time_zone="Asia/Ho_Chi_Minh",
            )  # fmt: skip
    wishes = {
        "plain": experts.ServiceWish(
            names={"vi": "Tư vấn thuế"}, minutes=60, price_minor=PRICE, notice_minutes=0
        ),
        "asked": experts.ServiceWish(
            names={"vi": "Xem hồ sơ"}, minutes=60, price_minor=PRICE, needs_acceptance=True,
            notice_minutes=120, buffer_after_minutes=15,
        ),
        "free": experts.ServiceWish(
            names={"vi": "Làm quen"}, minutes=30, price_minor=0, notice_minutes=0
        ),
    }  # fmt: skip
    with transaction() as session:
        tiers = (tenants.CancellationTier(24, 100), tenants.CancellationTier(6, 50))
        organization = tenants.Organization(
            name="An Bình", languages=("vi", "en"), default_language="vi", currency="VND",
            time_zone="Asia/Ho_Chi_Minh", country="VN", cancellation=tiers, tax_percent=10,
            tax_name={"vi": "VAT", "en": "VAT"},
        )  # fmt: skip
        tenants.save_organization(session, organization)
        wanted = experts.ExpertImport(
            person_id=people["expert"], name="Minh", languages=("vi",), country="VN",
            time_zone="Asia/Ho_Chi_Minh", topics=(), services=tuple(wishes.values()),
            headline={"vi": "Chuyên gia"},
        )  # fmt: skip
        expert_id = experts.import_expert(session, wanted)
        week = [scheduling.WeeklyRule(day, 0, 24 * 60) for day in range(7)]
        scheduling.import_hours(session, expert_id, week)
    tenants.forget_organizations()
    staff = Viewer(people["admin"], roles=frozenset({"admin"}))
    share = pricing.Commission(percent_bp=1_750, fixed_minor=1_001, minimum_minor=20_000)
    pricing.set_commission(pricing.RuleWish(commission=share), staff)
    gifts = credits.GiftRules(is_on=True, least_minor=10_000, most_minor=10**9, days=5)
    credits.change_gift_rules(gifts, staff)
    rules = payouts.RulesWish(
        holding_days=1, minimum_minor=0, approval_above_minor=10**12, lock_days=0
    )
    payouts.change_rules(rules, staff)
    with transaction() as session:
        to = payouts.Destination(kind=payouts.PayeeKind.IBAN, holder="Minh", number=IBAN)
        payouts.import_payees(session, {expert_id: to}, clock.now())
    with reading() as session:
        found = experts.services_of(session, [expert_id])[expert_id]
    by_name = {dict(terms.name)["vi"]: terms for terms in found}
    return Town(expert_id, people, {key: by_name[wish.names["vi"]] for key, wish in wishes.items()})


__all__ = [
    "GATEWAYS", "HOOK", "LIES", "SECRET", "TMN", "Gateways", "Town", "bring", "call_of",
    "deliver_call", "open_gateways", "payments", "settle_down", "vnpay_wire",
]  # fmt: skip
