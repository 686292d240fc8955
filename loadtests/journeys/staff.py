"""The expert's desk and the admin's morning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from locust import between, task

from loadtests.journeys.stage import stage
from loadtests.journeys.visitor import Visitor, holds


class Expert(Visitor):
    """An expert at the desk."""

    weight = 2
    wait_time = between(0.5, 1.5)

    def on_start(self) -> None:
        """Sign in as one of the seeded experts."""
        super().on_start()
        number = self.dice.randrange(stage().experts)
        self.sign_in(f"expert-{number:06}@load.example", stage().password)

    @task(3)
    def today(self) -> None:
        """What comes."""
        self.page("/desk")
        self.page("/desk/requests")

    @task(2)
    def calendar(self) -> None:
        """The week."""
        self.page("/desk/calendar")
        day = datetime.now(UTC)
        window = f"from={day:%Y-%m-%dT00:00:00Z}&until={day + timedelta(days=7):%Y-%m-%dT00:00:00Z}"
        self.api("GET", f"/calendar-entries?{window}", "/calendar-entries", check=holds("items"))

    @task
    def money(self) -> None:
        """What sessions brought, and what people said."""
        self.page("/desk/payments")
        self.page("/desk/reviews")


class Admin(Visitor):
    """Somebody of the organization."""

    weight = 1
    wait_time = between(0.5, 1.5)

    def on_start(self) -> None:
        """Sign in."""
        super().on_start()
        self.sign_in(stage().admin, stage().admin_password)

    @task(2)
    def morning(self) -> None:
        """The overview, and figures of the last weeks."""
        self.page("/admin")
        self.page("/admin/figures")

    @task(3)
    def look_up(self) -> None:
        """Somebody, a booking and a payment, by what people say on the telephone."""
        number = self.dice.randrange(stage().clients)
        self.page(f"/admin/people?q=client-{number:06}", "/admin/people?q=…")
        self.page("/admin/people")
        self.page("/admin/bookings")
        self.page("/admin/bookings?state=confirmed", "/admin/bookings?state=…")
        self.page("/admin/payments")

    @task
    def check(self) -> None:
        """What waits, and who did what."""
        self.page("/admin/verification")
        self.page("/admin/audit")
