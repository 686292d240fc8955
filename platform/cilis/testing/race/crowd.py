"""Who takes part in a race, and what they have before it begins."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from cilis.domains import bookings, credits, experts, identity, payments, pricing, scheduling
from cilis.domains.bookings import BookingState, HoldWish, PastBooking
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, ids
from cilis.kit.viewer import Caller, Viewer
from cilis.testing.client import Client
from cilis.testing.scene import PASSWORD, Scene, open_scene

HOUR = timedelta(hours=1)
EACH = 12
"""How many take part by each path of which somebody must have a booking first."""
GROUPS = 5


class Crowd:
    """One organization with one expert, whose next hours everybody wants."""

    def __init__(self, tenant: Tenant, port: int, slots: int) -> None:
        self.tenant, self.port, self.slots = tenant, port, slots
        self.calls = iter(range(1 << 24))
        with serving(tenant):
            self.scene: Scene = open_scene()
            share = pricing.RuleWish(commission=pricing.Commission(percent_bp=1_500))
            pricing.set_commission(share, self.scene.viewer("admin"))
            self.asked = self._asked_service()
            free = list(self.scene.starts(slots + EACH * 3 + 4))[4:]
            # Those who move have an hour behind the ones that are wanted.
            self.starts, self.others = free[:slots], free[slots:]
            self.people = [self._person(number) for number in range(EACH * GROUPS)]
            with Client(tenant.host, port) as client:
                shown = client.get("/log-in").text
        self.csrf = re.findall(r'name="_csrf" value="([^"]+)"', shown)[0]

    def group(self, number: int) -> list[tuple[UUID, str]]:
        """One of five groups of people, with their addresses."""
        return self.people[EACH * number : EACH * (number + 1)]

    def confirmed(self, group: int, first: int) -> list[tuple[UUID, UUID]]:
        """Confirmed bookings behind the wanted hours, each of another person of a group."""
        with reading() as session:
            terms = experts.service_terms(session, self.scene.service)
        rows = [
            PastBooking(
                service_id=terms.id, expert_id=terms.expert_id,
                expert_person_id=self.scene.viewer("expert").person, client_id=person,
                starts_at=self.others[first + number],
                ends_at=self.others[first + number] + terms.length, price=terms.price,
                service_name=dict(terms.name), state=BookingState.CONFIRMED,
            )
            for number, (person, _) in enumerate(self.group(group))
        ]  # fmt: skip
        with transaction() as session:
            made = bookings.import_past(session, rows)
        return [(one, row.client_id) for one, row in zip(made, rows, strict=True)]

    def lapsed(self, number: int, person: UUID) -> tuple[UUID, UUID]:
        """A hold of a wanted hour that ran out, and the payment whose money is still to come."""
        start = self.starts[number % self.slots]
        booking = bookings.hold(HoldWish(self.scene.service, start), self.client(person))
        with transaction() as session:
            held = session.get(bookings.Booking, booking.id)
            assert held is not None
            assert held.claim_id is not None
            held.state, held.held_until = BookingState.EXPIRED, clock.now() - HOUR
            scheduling.release(session, held.claim_id)
        return booking.id, _paid_for(booking, person)

    def give_credit(self, person: UUID) -> None:
        """Enough for one session."""
        admin = self.scene.viewer("admin")
        with reading() as session:
            price = experts.service_terms(session, self.asked).price
        credits.give_credit(person, price.minor, "for the race", admin)

    def token(self, email: str) -> str:
        """A log-in of a program."""
        caller = Caller(ip=f"192.0.2.{next(self.calls) % 250}")
        tokens = identity.open_api_session(identity.Credentials(email, PASSWORD), caller)
        return tokens.access_token

    @staticmethod
    def client(person: UUID) -> Viewer:
        """Somebody in a browser of their own."""
        return Viewer(person, ids.new(), frozenset({"client"}), "Racer", "en", via="page")

    def address(self) -> dict[str, str]:
        """Every try comes from an address of its own, as the proxy in front would say."""
        number = next(self.calls)
        return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}

    def _asked_service(self) -> UUID:
        """The same hour, but the expert decides first."""
        with reading() as session:
            price = experts.service_terms(session, self.scene.service).price
        wish = experts.ServiceWish(
            names={"vi": "Xem xét", "en": "Review"}, minutes=60, price_minor=price.minor,
            notice_minutes=60, needs_acceptance=True, window_days=90,
        )  # fmt: skip
        return experts.add_service(wish, self.scene.viewer("expert")).id

    def _person(self, number: int) -> tuple[UUID, str]:
        email = f"racer-{number}@race.example"
        with transaction() as session:
            person = identity.import_person(session, email=email, name="Racer", password=PASSWORD)
        return person, email


def _paid_for(booking: bookings.Booking, person: UUID) -> UUID:
    attempt_id = ids.new()
    row = payments.PastPayment(
        id=attempt_id, subject_id=booking.id, payer_id=person, payee_id=booking.expert_person_id,
        provider="vnpay", amount=booking.price, description="late", created_at=clock.now(),
        settled_at=clock.now(), provider_reference="1",
    )  # fmt: skip
    with transaction() as session:
        payments.import_payments(session, [row])
    return attempt_id
