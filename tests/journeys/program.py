"""The story of a booking as a program tells it: JSON only, no browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.journeys.booking_steps import PASSWORD
from tests.journeys.cast import Organization, Play
from tests.journeys.site import Site, wait_for

from cilis.testing.client import Answer, Client


@dataclass
class Program:
    """A client of the API, signed in as somebody of one organization."""

    site: Site
    organization: Organization
    client: Client
    email: str
    person_id: str = ""

    # -- who

    @classmethod
    def of_somebody_new(cls, site: Site, organization: Organization) -> Program:
        """Make an account and sign in."""
        program = cls(
            site, organization, site.client(organization), f"api-{uuid4().hex[:10]}@post.example"
        )
        wish = {"name": organization.client, "email": program.email, "password": PASSWORD}
        made = program.send("POST", "/people", wish, key=uuid4().hex, status=201)
        assert made["roles"] == ["client"]
        program.sign_in(PASSWORD)
        return program

    @classmethod
    def of(cls, site: Site, organization: Organization, email: str) -> Program:
        """Sign in as somebody of the cast."""
        known, password = site.log_in(email)
        program = cls(site, organization, site.client(organization), known)
        program.sign_in(password)
        return program

    def sign_in(self, password: str) -> None:
        """Get an access token."""
        tokens = self.send(
            "POST", "/sessions", {"email": self.email, "password": password}, status=201
        )
        assert tokens["token_type"] == "Bearer"
        self.client.bearer, self.person_id = tokens["access_token"], tokens["person_id"]

    # -- what

    def services(self, slug: str) -> list[dict[str, Any]]:
        """What an expert offers, by the public page's API."""
        expert = self.get(f"/experts/{slug}")
        services: list[dict[str, Any]] = expert["services"]
        return services

    def service(self, play: Play) -> dict[str, Any]:
        """The service of a play, by its length."""
        return next(one for one in self.services(play.slug) if one["minutes"] == play.minutes)

    def slots(self, service_id: str, days: int = 21) -> list[datetime]:
        """Free starts from now on."""
        since = self.site.now() + timedelta(minutes=1)
        window = {"from": since.isoformat(), "until": (since + timedelta(days=days)).isoformat()}
        found = self.get(f"/slots?{urlencode({'service_id': service_id, **window})}")
        return [datetime.fromisoformat(slot["starts_at"]) for slot in found["slots"]]

    def book(self, play: Play, *, which: int = 0) -> dict[str, Any]:
        """Hold, describe, pay; returns the booking as it is just after the payment."""
        service = self.service(play)
        start = self.slots(service["id"])[which]
        wish = {"service_id": service["id"], "starts_at": start.isoformat()}
        held = self.send("POST", "/bookings", wish, key=uuid4().hex, status=201)
        self.send("PUT", f"/bookings/{held['id']}/details", {"text": self.organization.about})
        self.pay(held["id"])
        return held

    def pay(self, booking_id: str) -> str:
        """Start the payment and let the payer pay; returns where the browser would be led."""
        order = {"provider": self.organization.gateway}
        path = f"/bookings/{booking_id}/payments"
        started = self.send("POST", path, order, key=uuid4().hex, status=201)
        return self.site.standins.pay(started["url"])

    def wait_for_state(self, booking_id: str, state: str) -> dict[str, Any]:
        """Ask until the booking is in this state."""

        def found() -> dict[str, Any] | None:
            booking = self.get(f"/bookings/{booking_id}")
            return booking if booking["state"] == state else None

        return wait_for(found, f"booking {booking_id} to be {state}")

    # -- the wire

    def get(self, path: str) -> Any:
        """A GET that must succeed."""
        answer = self.ask("GET", path)
        assert answer.status == 200, (path, answer.status, answer.text)
        return answer.json()

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> Answer:
        """Any call."""
        headers = {"Idempotency-Key": key} if key else {}
        sent = {} if body is None and method != "GET" else body
        with self.client:
            return self.client.request(method, f"/api/v1{path}", json_body=sent, headers=headers)

    def send(
        self, method: str, path: str, body: Any = None, *, key: str = "", status: int = 200
    ) -> Any:
        """A call that must be answered with this status."""
        answer = self.ask(method, path, body, key=key)
        assert answer.status == status, (method, path, answer.status, answer.text)
        return answer.json()
