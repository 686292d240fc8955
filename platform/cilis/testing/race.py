"""Many people want few hours at the same moment, by every path; prints what came of it.

Six paths: the page's button and the API through a real server; a client's move, a move by staff,
an accepted proposal and late money for a hold that ran out through the use cases themselves. Who
has won does not try again, so each hour is won once and everybody else is refused.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from typing_extensions import override

from cilis.domains import bookings, experts, identity, payments, scheduling
from cilis.domains.bookings import BookingState, HoldWish, PastBooking
from cilis.infra import outbox, provisioning, relay
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, ids
from cilis.kit.errors import DomainError
from cilis.kit.viewer import Viewer
from cilis.testing.client import Client
from cilis.testing.house import House
from cilis.testing.running import Running
from cilis.testing.scene import PASSWORD, Scene, open_scene

HOUR = timedelta(hours=1)
EACH = 12
"""How many take part by each path of which somebody must have a booking first."""
OVERLAPS = sa.text(
    "SELECT count(*) FROM claims a JOIN claims b ON a.expert_id = b.expert_id AND a.id < b.id"
    " AND a.during && b.during WHERE a.live AND b.live"
)


@dataclass
class Figures:
    """What came of a race."""

    tries: int = 0
    slots: int = 0
    seconds: float = 0.0
    won: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    taken: int = 0
    overlaps: int = 0
    without_near: int = 0
    faults: list[str] = field(default_factory=list)
    repeats: int = 0
    effects: int = 0

    @property
    def is_right(self) -> bool:
        """Whether every hour was won once, and one key had one effect."""
        once = sum(self.won.values()) == self.taken == self.slots
        clean = not (self.overlaps or self.without_near or self.faults)
        return once and clean and (self.effects == 1 or not self.repeats)

    @override
    def __str__(self) -> str:
        """The report."""
        paths = ", ".join(
            f"{path} {self.won[path]} of {self.won[path] + self.lost[path]}"
            for path in sorted({*self.won, *self.lost})
        )
        lines = [
            f"{self.tries} tries on {self.slots} hours in {self.seconds:.1f} s",
            f"{sum(self.won.values())} won, {self.taken} taken, {self.overlaps} overlaps",
            f"won by path: {paths}",
            f"refused without three near hours: {self.without_near}; faults: {len(self.faults)}",
        ]
        if self.repeats:
            lines.append(f"{self.repeats} repeats of one key: {self.effects} booking")
        return "\n".join([*lines, *self.faults[:5]])


Try = Callable[[datetime], "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What one try came to; ``near`` how many other hours a refusal named."""

    won: bool
    near: int = 3


@dataclass
class Racer:
    """Somebody who tries by one path until they win; ``again``: then as somebody new."""

    path: str
    attempt: Try
    again: bool = False


class Race:
    """One organization with one expert, whose next hours everybody wants."""

    def __init__(self, tenant: Tenant, port: int, slots: int) -> None:
        self.tenant, self.port = tenant, port
        with serving(tenant):
            self.scene: Scene = open_scene()
            free = list(self.scene.starts(slots + EACH * 3 + 4))[4:]
            # Those who move have an hour behind the ones that are wanted.
            self.starts, self.others = free[:slots], free[slots:]
            self.slots = slots
            self.people = [self._person(number) for number in range(EACH * 4)]
            with Client(tenant.host, port) as client:
                shown = client.get("/log-in").text
        self.token = re.findall(r'name="_csrf" value="([^"]+)"', shown)[0]
        self.calls = iter(range(1 << 24))

    def run(self, tries: int, at_once: int, seed: int = 1) -> Figures:
        """So many tries, several at a time."""
        figures = Figures(tries=tries, slots=self.slots)
        with serving(self.tenant):
            racers = list(self._racers())
            began = time.monotonic()
            with ThreadPoolExecutor(at_once) as pool:
                shares = [racers[place::at_once] for place in range(at_once)]
                jobs = [
                    pool.submit(
                        copy_context().run, _share, share, self.starts,
                        (tries // at_once, seed * 1_000 + place),
                    )
                    for place, share in enumerate(shares)
                ]  # fmt: skip
                for job in jobs:
                    _add(figures, job.result())
            figures.seconds = time.monotonic() - began
            with reading() as session:
                figures.overlaps = session.scalar(OVERLAPS) or 0
                wanted = sa.text("SELECT count(*) FROM claims WHERE live AND starts_at = ANY(:at)")
                figures.taken = session.scalar(wanted, {"at": self.starts}) or 0
        figures.tries = sum(figures.won.values()) + sum(figures.lost.values())
        return figures

    def repeat(self, figures: Figures, times: int, at_once: int) -> None:
        """One wish with one key, over and over at once: one booking."""
        start = self.others[-1].isoformat()
        body = {"service_id": str(self.scene.service), "starts_at": start}
        with serving(self.tenant):
            token = self._token(self.people[-1][1])

        def ask(_: int) -> list[str]:
            with Client(self.tenant.host, self.port, bearer=token) as client:
                answers = [
                    client.request(
                        "POST",
                        "/api/v1/bookings",
                        json_body=body,
                        headers={**self._address(), "Idempotency-Key": "the-one"},
                    )
                    for _ in range(times // at_once)
                ]
            return [
                one.json()["id"] if one.status == 201 else f"fault {one.status}" for one in answers
            ]

        with ThreadPoolExecutor(at_once) as pool:
            made = Counter(one for part in pool.map(ask, range(at_once)) for one in part)
        figures.faults += [one for one in made if one.startswith("fault")]
        figures.repeats = made.total()
        with serving(self.tenant), reading() as session:
            held = sa.text("SELECT count(*) FROM bookings WHERE starts_at = :at")
            figures.effects = session.scalar(held, {"at": self.others[-1]}) or 0
        if len(made) != 1:
            figures.faults.append(f"one key named {len(made)} bookings")

    # -- who takes part

    def _racers(self) -> Iterator[Racer]:
        for _ in range(32):
            yield Racer("page", self._by_page, again=True)
        for _, email in self.people[:EACH]:
            yield Racer("API", self._by_api(self._token(email)))
        moved = self._confirmed(EACH, 0)
        for booking_id, person in moved[: EACH // 2]:
            yield Racer("move", self._by_move(booking_id, self._client(person)))
        for booking_id, _ in moved[EACH // 2 :]:
            yield Racer("move by staff", self._by_move(booking_id, self.scene.viewer("admin")))
        for booking_id, person in self._confirmed(EACH, EACH):
            yield Racer("proposal", self._by_proposal(booking_id, self._client(person)))
        for number in range(EACH):
            start = self.starts[number % self.slots]
            yield Racer("late money", self._by_late_money(start, self.people[number][0]))

    def _by_page(self, start: datetime) -> Outcome:
        form = {
            "service_id": self.scene.service, "_csrf": self.token, "starts_at": start.isoformat(),
        }  # fmt: skip
        with Client(self.tenant.host, self.port) as client:
            answer = client.request("POST", "/holds", form=form, headers=self._address())
        if answer.status >= 500:
            raise RuntimeError(f"page: {answer.status}")
        return Outcome("/checkout/" in answer.location)

    def _by_api(self, token: str) -> Try:
        def attempt(start: datetime) -> Outcome:
            body = {"service_id": str(self.scene.service), "starts_at": start.isoformat()}
            with Client(self.tenant.host, self.port, bearer=token) as client:
                answer = client.request(
                    "POST", "/api/v1/bookings", json_body=body, headers=self._address()
                )
            if answer.status not in {201, 409}:
                raise RuntimeError(f"API: {answer.status} {answer.text[:100]}")
            if answer.status == 201:
                return Outcome(won=True)
            return Outcome(won=False, near=len(answer.json()["values"].get("near", ())))

        return attempt

    @staticmethod
    def _by_move(booking_id: UUID, viewer: Viewer) -> Try:
        def attempt(start: datetime) -> Outcome:
            bookings.reschedule(booking_id, start, viewer, "another hour")
            return Outcome(won=True)

        return attempt

    def _by_proposal(self, booking_id: UUID, client: Viewer) -> Try:
        """The expert proposes the hour, as long as it seems free, and the client picks it."""

        def attempt(start: datetime) -> Outcome:
            expert = self.scene.viewer("expert")
            proposal = bookings.propose(booking_id, [start], expert, "another hour")
            bookings.accept_proposal(booking_id, proposal.id, start, client)
            return Outcome(won=True)

        return attempt

    def _by_late_money(self, start: datetime, person: UUID) -> Try:
        """A hold that ran out, whose money comes now: it takes its own hour or goes back."""
        made: list[UUID] = []
        viewer = self._client(person)
        with reading() as session:
            seen = experts.service_terms(session, self.scene.service)
        booking = bookings.hold(HoldWish(seen.id, start), viewer)
        attempt_id = _paid_for(booking, person)
        _run_out(booking.id)

        def attempt(_: datetime) -> Outcome:
            if made:
                return Outcome(won=False)
            made.append(booking.id)
            with transaction() as session:
                event = payments.PaymentCaptured(attempt_id=attempt_id, subject_id=booking.id)
                outbox.emit(session, event, subject=attempt_id)
            return Outcome(_decided(booking.id) == BookingState.CONFIRMED)

        return attempt

    # -- what they have

    def _confirmed(self, count: int, first: int) -> list[tuple[UUID, UUID]]:
        """Confirmed bookings behind the wanted hours, each of another person."""
        with reading() as session:
            terms = experts.service_terms(session, self.scene.service)
        rows = [
            PastBooking(
                service_id=terms.id, expert_id=terms.expert_id,
                expert_person_id=self.scene.viewer("expert").person,
                client_id=self.people[EACH + first + number][0],
                starts_at=self.others[first + number],
                ends_at=self.others[first + number] + terms.length, price=terms.price,
                service_name=dict(terms.name), state=BookingState.CONFIRMED,
            )
            for number in range(count)
        ]  # fmt: skip
        with transaction() as session:
            made = bookings.import_past(session, rows)
        return [(one, row.client_id) for one, row in zip(made, rows, strict=True)]

    def _person(self, number: int) -> tuple[UUID, str]:
        email = f"racer-{number}@race.example"
        with transaction() as session:
            person = identity.import_person(session, email=email, name="Racer", password=PASSWORD)
        return person, email

    def _token(self, email: str) -> str:
        caller = identity.Caller(ip=f"192.0.2.{next(self.calls) % 250}")
        tokens = identity.open_api_session(identity.Credentials(email, PASSWORD), caller)
        return tokens.access_token

    @staticmethod
    def _client(person: UUID) -> Viewer:
        return Viewer(person, ids.new(), frozenset({"client"}), "Racer", "en", via="page")

    def _address(self) -> dict[str, str]:
        """Every try comes from an address of its own, as the proxy in front would say."""
        number = next(self.calls)
        return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


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


def _run_out(booking_id: UUID) -> None:
    """The hold's time is over."""
    with transaction() as session:
        booking = session.get(bookings.Booking, booking_id)
        assert booking is not None
        assert booking.claim_id is not None
        booking.state, booking.held_until = BookingState.EXPIRED, clock.now() - HOUR
        scheduling.release(session, booking.claim_id)


def _decided(booking_id: UUID) -> BookingState:
    """Deliver what is due until it is said what late money bought."""
    for _ in range(200):
        relay.run_due()
        with reading() as session:
            said = {line.what for line in bookings.history(session, booking_id)}
            if said & {"paid_late", "paid_in_vain"}:
                return bookings.get(session, booking_id).state
        time.sleep(0.05)
    raise AssertionError("nobody decided what late money buys")


def _share(racers: Sequence[Racer], starts: Sequence[datetime], given: tuple[int, int]) -> Figures:
    """One thread's part of the tries."""
    tries, seed = given
    chance = random.Random(seed)
    found, running = Figures(), list(racers)
    for _ in range(tries):
        if not running:
            break
        racer = chance.choice(running)
        outcome = _once(racer, chance.choice(starts), found)
        if outcome.won and not racer.again:
            running.remove(racer)
    return found


def _once(racer: Racer, start: datetime, found: Figures) -> Outcome:
    try:
        outcome = racer.attempt(start)
    except DomainError as refusal:
        near = refusal.values.get("near")
        outcome = Outcome(won=False, near=len(near) if isinstance(near, (list, tuple)) else 0)
        if near is None:
            found.faults.append(f"{racer.path}: {refusal.code}: {refusal}")
    except Exception as problem:  # noqa: BLE001 - everything unexpected is counted and shown
        found.faults.append(f"{racer.path}: {problem!r}")
        return Outcome(won=False)
    (found.won if outcome.won else found.lost)[racer.path] += 1
    found.without_near += not outcome.won and outcome.near < 3
    return outcome


def _add(whole: Figures, part: Figures) -> None:
    whole.won += part.won
    whole.lost += part.lost
    whole.without_near += part.without_near
    whole.faults += part.faults


@contextmanager
def without_the_constraint(tenant: Tenant) -> Iterator[None]:
    """The negative control: PostgreSQL no longer refuses what overlaps."""
    table = f"{tenant.schema}.claims"
    with provisioning.owner() as connection:
        found = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conname = 'claims_no_overlap' AND conrelid = %s::regclass", (table,),
        ).fetchone()  # fmt: skip
        assert found is not None
        provisioning.run(connection, f"ALTER TABLE {table} DROP CONSTRAINT claims_no_overlap")
    try:
        yield
    finally:
        with provisioning.owner() as connection:
            provisioning.run(connection, f"DELETE FROM {table}")
            provisioning.run(
                connection,
                f"SET search_path TO {tenant.schema}, ext; "
                f"ALTER TABLE {table} ADD CONSTRAINT claims_no_overlap {found[0]}",
            )


def hold_race(
    house: House, tenant: Tenant, *, tries: int, slots: int, repeats: int, at_once: int
) -> Figures:
    """A race through a server of its own on a house that is up."""
    running = Running(house)
    try:
        running.start("web", trusted_proxies="1", holds_per_address="1000000/hour")
        race = Race(tenant, running.ports["web"], slots)
        figures = race.run(tries, at_once)
        if repeats:
            race.repeat(figures, repeats, at_once)
        return figures
    finally:
        running.stop()
