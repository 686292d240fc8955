"""An organization with an expert, a gateway and a mail server, and a client who books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from cilis.domains import bookings, experts, extensions, payments, scheduling, tenants
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Cast
from cilis.testing.standins.control import SentMail, StandIns
from cilis.testing.standins.fixtures import running_stand_ins, stand_ins

__all__ = ["running_stand_ins", "stand_ins"]

Deliver = Callable[[], int]
Forward = Callable[[timedelta], None]
STAFF = Viewer(ids.new(), roles=frozenset({"admin"}))
TMN, SECRET = "DEMO0001", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
HOUR = timedelta(hours=1)


@dataclass
class World:
    cast: Cast
    expert_id: UUID
    services: dict[str, UUID]
    monday: datetime
    stand_ins: StandIns
    deliver: Deliver
    forward: Forward

    @property
    def hoa(self) -> Viewer:
        return Viewer(self.cast.hoa, ids.new(), frozenset({"client"}), "Hoa", "vi", via="page")

    @property
    def minh(self) -> Viewer:
        return Viewer(self.cast.minh, ids.new(), frozenset({"expert"}), "Minh", "vi", via="page")

    def book(self, service: str = "paid", hour: float = 19.5) -> bookings.Booking:
        """Hold, pay, and let the money be found; everybody has heard of it afterwards."""
        wish = bookings.HoldWish(self.services[service], self.monday + hour * HOUR)
        booking = bookings.hold(wish, self.hoa)
        bookings.describe(booking.id, self.hoa, "Tôi nhận thông báo phạt chậm nộp thuế.")
        url = bookings.start_payment(booking.id, "vnpay", self.hoa, "203.0.113.7")
        if url.startswith("http"):
            self.stand_ins.pay(url)
            self.forward(timedelta(seconds=61))
        self.deliver()
        return self.see(booking.id)

    @staticmethod
    def see(booking_id: UUID) -> bookings.Booking:
        with reading() as session:
            return bookings.get(session, booking_id)

    def mails(self, name: str = "hoa") -> list[SentMail]:
        return self.stand_ins.mails(f"{name}@example.vn")

    def only(self, name: str = "hoa") -> SentMail:
        (mail,) = self.mails(name)
        return mail


def save_organization(**changes: object) -> None:
    values: dict[str, object] = {
        "name": "An Tâm",
        "languages": ("vi", "en", "de"),
        "default_language": "vi",
        "currency": "VND",
        "time_zone": "Asia/Ho_Chi_Minh",
        "country": "VN",
        "mail_from": "lich@antam.example",
        "tax_percent": 10,
        "tax_name": {"vi": "thuế GTGT", "en": "VAT", "de": "MwSt."},
        "brand": {"colour": "#0f6b57", "neutral": "warm", "font_text": "be-vietnam-pro"},
        "legal": {
            "company": "Công ty TNHH Tư vấn An Tâm",
            "address": "18 Nguyễn Khắc Nhu, Quận 1",
            "email": "hotro@antam.example",
        },
        "cancellation": (tenants.CancellationTier(24, 100), tenants.CancellationTier(6, 50)),
    }
    organization = tenants.Organization(**{**values, **changes})  # type: ignore[arg-type]
    with transaction() as session:
        tenants.save_organization(session, organization)
    tenants.forget_organizations()


@pytest.fixture
def world(
    tenant: Tenant, cast: Cast, stand_ins: StandIns, deliver: Deliver, clock_forward: Forward
) -> World:
    save_organization()
    stand_ins.register("vnpay", TMN, SECRET)
    stand_ins.set_fault("never", "vnpay")  # we ask; the notice's own way is tested elsewhere
    extensions.switch("payments", "vnpay", True, stand_ins.vnpay_settings(TMN, SECRET), STAFF)
    extensions.switch("notifications", "email", True, stand_ins.email_settings(), STAFF)
    wishes = {
        "paid": experts.ServiceWish(
            names={"vi": "Đọc thông báo thuế", "en": "Reading a tax notice"},
            minutes=45,
            price_minor=550_000,
            notice_minutes=0,
        ),
        "asked": experts.ServiceWish(
            names={"vi": "Xem hồ sơ"},
            minutes=60,
            price_minor=550_000,
            needs_acceptance=True,
            notice_minutes=120,
        ),
        "free": experts.ServiceWish(
            names={"vi": "Làm quen"}, minutes=30, price_minor=0, notice_minutes=0
        ),
        "there": experts.ServiceWish(
            names={"vi": "Gặp tại phòng"},
            minutes=30,
            price_minor=0,
            notice_minutes=0,
            mode=experts.ServiceMode.IN_PERSON,
            place="5 Lê Lợi",
        ),
    }
    with transaction() as session:
        expert_id = experts.import_expert(
            session,
            experts.ExpertImport(
                person_id=cast.minh,
                name="Lê Hoàng Minh",
                honorific="ThS.",
                languages=("vi",),
                country="VN",
                time_zone="Asia/Ho_Chi_Minh",
                topics=(),
                services=tuple(wishes.values()),
                headline={"vi": "Chuyên gia thuế"},
                slug="minh",
            ),
        )
        week = [scheduling.WeeklyRule(day, 8 * 60, 22 * 60) for day in range(7)]
        scheduling.import_hours(session, expert_id, week)
    with reading() as session:
        found = experts.services_of(session, [expert_id])[expert_id]
    by_name = {terms.name["vi"]: terms.id for terms in found}
    services = {key: by_name[wish.names["vi"]] for key, wish in wishes.items()}
    deliver()
    today = clock.now() + 7 * HOUR
    first = today - timedelta(days=today.weekday()) + timedelta(days=14)
    monday = datetime(first.year, first.month, first.day, tzinfo=UTC) - 7 * HOUR
    return World(cast, expert_id, services, monday, stand_ins, deliver, clock_forward)


def refunds_of(booking: bookings.Booking) -> list[payments.Refund]:
    assert booking.paid_attempt_id
    with reading() as session:
        return payments.refunds_of(session, [booking.paid_attempt_id])[booking.paid_attempt_id]
