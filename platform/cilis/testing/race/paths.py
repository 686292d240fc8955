"""The ways to an hour: each tries for one and says what came of it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from cilis.domains import bookings, payments
from cilis.domains.bookings import BookingState, HoldWish
from cilis.infra import outbox, relay
from cilis.infra.db import reading, transaction
from cilis.kit.viewer import Viewer
from cilis.testing.client import Client
from cilis.testing.race.crowd import EACH, Crowd
from cilis.testing.race.figures import Outcome, Racer, Try

VISITORS = 32
LOOKS_EVERY = 10
"""So many refused visitors come for each one who opens the page of other hours."""
_OTHERS = re.compile(r'<div class="note is-caution".*?</div></div>', re.DOTALL)


def racers(crowd: Crowd) -> Iterator[Racer]:
    """Everybody who takes part, by all paths."""
    for number in range(VISITORS):
        yield Racer("page", by_page(crowd, number), again=True)
    for person, email in crowd.group(0):
        yield Racer("API", by_api(crowd, crowd.token(email)))
        crowd.give_credit(person)
    moved = crowd.confirmed(1, 0)
    for booking_id, person in moved[: EACH // 2]:
        yield Racer("move", by_move(booking_id, crowd.client(person)))
    for booking_id, _ in moved[EACH // 2 :]:
        yield Racer("admin", by_move(booking_id, crowd.scene.viewer("admin")))
    for booking_id, person in crowd.confirmed(2, EACH):
        yield Racer("proposal", by_proposal(crowd, booking_id, crowd.client(person)))
    for person, _ in crowd.group(3):
        crowd.give_credit(person)
        yield Racer("accept", by_acceptance(crowd, crowd.client(person)))
    for number, (person, _) in enumerate(crowd.group(4)):
        yield Racer("late money", by_late_money(*crowd.lapsed(number, person)), once=True)


def by_page(crowd: Crowd, number: int) -> Try:
    """The button, by a browser that was never here; some look at the hours they are offered."""
    lost = iter(range(number, 1 << 24))

    def attempt(start: datetime) -> Outcome:
        form = {
            "service_id": crowd.scene.service, "_csrf": crowd.csrf, "starts_at": start.isoformat(),
        }  # fmt: skip
        with Client(crowd.tenant.host, crowd.port) as client:
            answer = client.request("POST", "/holds", form=form, headers=crowd.address())
            if answer.status >= 500:
                raise RuntimeError(f"page: {answer.status}")
            if "/checkout/" in answer.location:
                return Outcome(won=True)
            if next(lost) % LOOKS_EVERY:
                return Outcome(won=False)
            shown = client.get(answer.location.partition("#")[0]).text
        named = _OTHERS.search(shown)
        return Outcome(won=False, near=named.group().count("<time ") if named else 0)

    return attempt


def by_api(crowd: Crowd, token: str) -> Try:
    """A program."""

    def attempt(start: datetime) -> Outcome:
        body = {"service_id": str(crowd.scene.service), "starts_at": start.isoformat()}
        with Client(crowd.tenant.host, crowd.port, bearer=token) as client:
            answer = client.request(
                "POST", "/api/v1/bookings", json_body=body, headers=crowd.address()
            )
        if answer.status not in {201, 409}:
            raise RuntimeError(f"API: {answer.status} {answer.text[:100]}")
        if answer.status == 201:
            return Outcome(won=True)
        return Outcome(won=False, near=len(answer.json()["values"].get("near", ())))

    return attempt


def by_move(booking_id: UUID, viewer: Viewer) -> Try:
    """Somebody who has an hour, or an admin for them, moves it to the wanted one."""

    def attempt(start: datetime) -> Outcome:
        bookings.reschedule(booking_id, start, viewer, "another hour")
        return Outcome(won=True)

    return attempt


def by_proposal(crowd: Crowd, booking_id: UUID, client: Viewer) -> Try:
    """The expert proposes the hour, as long as it seems free, and the client picks it."""

    def attempt(start: datetime) -> Outcome:
        expert = crowd.scene.viewer("expert")
        proposal = bookings.propose(booking_id, [start], expert, "another hour")
        bookings.accept_proposal(booking_id, proposal.id, start, client)
        return Outcome(won=True)

    return attempt


def by_acceptance(crowd: Crowd, client: Viewer) -> Try:
    """A request that is paid with credit, and that the expert accepts."""

    def attempt(start: datetime) -> Outcome:
        booking = bookings.hold(HoldWish(crowd.asked, start), client)
        bookings.start_payment(booking.id, "", client, "203.0.113.7", credit=bookings.BALANCE)
        taken = bookings.accept(booking.id, crowd.scene.viewer("expert"))
        return Outcome(taken.state == BookingState.CONFIRMED)

    return attempt


def by_late_money(booking_id: UUID, attempt_id: UUID) -> Try:
    """A hold that ran out, whose money comes now: it takes its own hour or goes back."""

    def attempt(_: datetime) -> Outcome:
        with transaction() as session:
            event = payments.PaymentCaptured(attempt_id=attempt_id, subject_id=booking_id)
            outbox.emit(session, event, subject=attempt_id)
        return Outcome(_decided(booking_id) == BookingState.CONFIRMED)

    return attempt


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
