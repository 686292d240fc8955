"""Finds an expert, picks a free hour, holds it, pays, sees it confirmed."""

from __future__ import annotations

import re
import time
import uuid
from datetime import UTC, datetime, timedelta

from locust import between, task

from cilis.testing.standins.control import StandIns
from loadtests.journeys.stage import stage
from loadtests.journeys.visitor import Visitor, holds

_CONFIRMED_WITHIN = 20.0
_EXPERT = re.compile(r'href="/experts/([a-z0-9-]+)"')
_WORDS = ("load", "min", "nguyen", "advice", "weber", "tax")


class Looking(Visitor):
    """Looks around without an account; most of all visitors."""

    weight = 6
    wait_time = between(0.2, 1.0)

    @task(2)
    def home(self) -> None:
        """The organization's home."""
        self.page("/")

    @task(4)
    def find(self) -> None:
        """Search, then one of the experts found."""
        word = self.dice.choice(_WORDS)
        found = self.page(f"/experts?words={word}", "/experts?words=…").text
        self.page("/experts?sort=rating", "/experts?sort=rating")
        slugs = _EXPERT.findall(found)
        if slugs:
            self.page(f"/experts/{self.dice.choice(slugs)}", "/experts/<slug>")

    @task(2)
    def complete(self) -> None:
        """What the search box offers while somebody types."""
        word = self.dice.choice(_WORDS)[:3]
        self.api("GET", f"/search-suggestions?words={word}", "/search-suggestions")

    @task(2)
    def find_by_program(self) -> None:
        """The same by the API."""
        answer = self.api(
            "GET", "/experts?limit=20&facets=true", "/experts?facets", check=holds("items")
        )
        items = answer.json().get("items") if answer.ok else []
        if items:
            expert = self.dice.choice(items)["id"]
            self.api("GET", f"/experts/{expert}", "/experts/<id>", check=holds("services"))
            self.api("GET", f"/reviews?expert_id={expert}", "/reviews", check=holds("items"))


class Booking(Visitor):
    """A client with an account who books and pays."""

    weight = 3
    wait_time = between(0.5, 1.5)

    def on_start(self) -> None:
        """Sign in as one of the seeded clients."""
        super().on_start()
        number = self.dice.randrange(stage().clients)
        self.take_token(f"client-{number:06}@load.example", stage().password)

    @task(3)
    def book(self) -> None:
        """Hold a free hour, pay at the gateway's page, wait for the confirmation."""
        service = self._service()
        start = self._free(service) if service else None
        if start is None:
            return
        held = self.api(
            "POST", "/bookings", body={"service_id": service, "starts_at": start},
            key=str(uuid.uuid4()), expect=(201, 409),
        )  # fmt: skip
        if held.status_code != 201:
            return
        booking = held.json()["id"]
        sent = self.api(
            "POST", f"/bookings/{booking}/payments", "/bookings/<id>/payments",
            body={"provider": "vnpay"}, key=str(uuid.uuid4()), expect=(201,),
            check=holds("url"),
        )  # fmt: skip
        if sent.status_code != 201:
            return
        StandIns(f"http://127.0.0.1:{stage().standins}", 0).pay(sent.json()["url"], "paid")
        self._until_confirmed(booking)

    @task(2)
    def mine(self) -> None:
        """My bookings, and one of them."""
        found = self.api("GET", "/bookings?limit=20", "/bookings", check=holds("items"))
        items = found.json().get("items") if found.ok else []
        if items:
            one = self.dice.choice(items)["id"]
            self.api("GET", f"/bookings/{one}", "/bookings/<id>", check=holds("state"))

    def _service(self) -> str | None:
        number = self.dice.randrange(stage().experts)
        found = self.api("GET", f"/experts/load-{number:05}", "/experts/<slug>")
        services = found.json().get("services") if found.ok else []
        return str(self.dice.choice(services)["id"]) if services else None

    def _free(self, service: str) -> str | None:
        begin = datetime.now(UTC) + timedelta(days=self.dice.randrange(1, 40))
        window = (
            f"from={begin:%Y-%m-%dT00:00:00Z}&until={begin + timedelta(days=7):%Y-%m-%dT00:00:00Z}"
        )
        found = self.api(
            "GET", f"/slots?service_id={service}&{window}", "/slots", check=holds("slots")
        )
        slots = found.json().get("slots") if found.ok else []
        return str(self.dice.choice(slots)["starts_at"]) if slots else None

    def _until_confirmed(self, booking: str) -> None:
        """Ask until the server's call has come; the time it took is a row of the report."""
        began = time.monotonic()
        while time.monotonic() - began < _CONFIRMED_WITHIN:
            answer = self.api("GET", f"/bookings/{booking}", "/bookings/<id>")
            if answer.ok and answer.json()["state"] == "confirmed":
                self._tell(began, None)
                return
            time.sleep(0.5)
        self._tell(began, TimeoutError("paid, and not confirmed in time"))

    def _tell(self, began: float, problem: Exception | None) -> None:
        self.environment.events.request.fire(
            request_type="", name="from paid to confirmed", response_length=0, exception=problem,
            response_time=(time.monotonic() - began) * 1000, context={},
        )  # fmt: skip
