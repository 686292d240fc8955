"""One client's way to one paid hour, as the tests of the fault table take it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from tests.faults.town import Gateways, Town

from cilis.domains import bookings, payments
from cilis.domains.bookings import Booking, HoldWish
from cilis.infra.db import reading
from cilis.kit import clock
from cilis.testing import house as houses
from cilis.testing.standins.state import Sending


@dataclass
class Till:
    """A hold that is paid for by one gateway."""

    town: Town
    gateways: Gateways
    provider: str
    booking_id: UUID
    who: str = "client"

    @classmethod
    def hold(
        cls, town: Town, gateways: Gateways, provider: str, who: str = "client", hour: float = 9
    ) -> Till:
        """Hold an hour of the fourth day from now."""
        wish = HoldWish(town.services["plain"].id, town.at(hour, 3))
        return cls(town, gateways, provider, bookings.hold(wish, town.viewer(who)).id, who)

    def start(self) -> str:
        """Go to the gateway; returns its page."""
        viewer = self.town.viewer(self.who)
        return bookings.start_payment(self.booking_id, self.provider, viewer, "203.0.113.7")

    def pay(self) -> Sending:
        """Pay there; returns the notice, which nobody has brought."""
        self.gateways.stand_ins.pay(self.start(), "paid")
        return self.gateways.post()[-1]

    def give_back(self, minor: int | None = None) -> payments.Refund:
        """The staff gives a part back, or all of it."""
        wish = payments.GraceWish(self.attempt.id, minor, "goodwill")
        return payments.order_refund(wish, self.town.viewer("admin"))

    @property
    def booking(self) -> Booking:
        """The booking now."""
        with reading() as session:
            return bookings.get(session, self.booking_id)

    @property
    def state(self) -> str:
        """The booking's state."""
        return self.booking.state.value

    @property
    def attempt(self) -> payments.Attempt:
        """The last attempt."""
        attempt_id = self.booking.attempt_id
        assert attempt_id
        with reading() as session:
            return payments.attempt(session, attempt_id)


def pass_by(minutes: float) -> None:
    """Let minutes pass, in steps of thirty seconds, with the relay at work."""
    for _ in range(round(minutes * 2)):
        clock.set_distance(clock.distance() + timedelta(seconds=30))
        houses.deliver_all()


def jump(**distance: float) -> None:
    """Let time pass with nobody at work, then deliver."""
    clock.set_distance(clock.distance() + timedelta(**distance))
    houses.deliver_all()
