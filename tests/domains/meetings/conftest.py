"""An expert, a client and a Jitsi server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from cilis.domains import bookings, experts, extensions, scheduling, tenants
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Cast
from cilis.testing.standins.control import StandIns
from cilis.testing.standins.fixtures import running_stand_ins, stand_ins

__all__ = ["running_stand_ins", "stand_ins"]

Deliver = Callable[[], int]
Forward = Callable[[timedelta], None]
STAFF = Viewer(ids.new(), roles=frozenset({"admin"}))
APP, SECRET = "antam", "jitsi-secret-of-at-least-32-characters"
HOUR = timedelta(hours=1)


@dataclass
class World:
    cast: Cast
    service_id: UUID
    monday: datetime
    stand_ins: StandIns
    deliver: Deliver
    forward: Forward

    def viewer(self, name: str) -> Viewer:
        roles = {"lan": "admin", "minh": "expert", "hoa": "client", "khang": "client"}
        person_id = getattr(self.cast, name)
        return Viewer(
            person_id,
            ids.new(),
            frozenset({roles[name]}),
            name.title(),
            "vi",
            "Asia/Ho_Chi_Minh",
            "page",
        )

    def book(self, hour: float = 10) -> bookings.Booking:
        """A session that costs nothing, confirmed at once."""
        wish = bookings.HoldWish(self.service_id, self.monday + hour * HOUR)
        booking = bookings.hold(wish, self.viewer("hoa"))
        bookings.start_payment(booking.id, "", self.viewer("hoa"), "203.0.113.7")
        self.deliver()
        with reading() as session:
            return bookings.get(session, booking.id)

    def go_to(self, moment: datetime) -> None:
        self.forward(moment - clock.now())
        self.deliver()

    def switch_on(self, *, on: bool = True) -> None:
        settings = self.stand_ins.jitsi_settings(APP, SECRET)
        extensions.switch("meetings", "jitsi", on, settings, STAFF)
        self.deliver()


@pytest.fixture
def world(
    tenant: Tenant, cast: Cast, stand_ins: StandIns, deliver: Deliver, clock_forward: Forward
) -> World:
    organization = tenants.Organization(
        name="An Tâm",
        languages=("vi", "en"),
        default_language="vi",
        currency="VND",
        time_zone="Asia/Ho_Chi_Minh",
        country="VN",
    )
    with transaction() as session:
        tenants.save_organization(session, organization)
        expert_id = experts.import_expert(
            session,
            experts.ExpertImport(
                person_id=cast.minh,
                name="Lê Hoàng Minh",
                languages=("vi",),
                country="VN",
                time_zone="Asia/Ho_Chi_Minh",
                topics=(),
                headline={"vi": "Chuyên gia"},
                services=(
                    experts.ServiceWish(
                        names={"vi": "Làm quen"}, minutes=30, price_minor=0, notice_minutes=0
                    ),
                ),
            ),
        )
        week = [scheduling.WeeklyRule(day, 8 * 60, 20 * 60) for day in range(7)]
        scheduling.import_hours(session, expert_id, week)
    tenants.forget_organizations()
    with reading() as session:
        (terms,) = experts.services_of(session, [expert_id])[expert_id]
    stand_ins.register("jitsi", APP, SECRET)
    today = clock.now() + 7 * HOUR
    first = today - timedelta(days=today.weekday()) + timedelta(days=14)
    monday = datetime(first.year, first.month, first.day, tzinfo=UTC) - 7 * HOUR
    made = World(cast, terms.id, monday, stand_ins, deliver, clock_forward)
    made.switch_on()
    return made
