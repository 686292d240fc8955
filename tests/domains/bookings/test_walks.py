"""Random walks through the life of bookings: after every step the invariants hold.

No overlap; an hour is taken exactly while its booking lives; every payment that came belongs to
one booking or went back; nothing is booked unpaid; history is an unbroken chain of allowed moves.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from tests.domains.bookings.conftest import Deliver, Forward, World

from cilis.domains import bookings, payments
from cilis.domains.bookings import LIVE_STATES, Booking, BookingState
from cilis.domains.bookings.types import MOVES
from cilis.domains.payments import AttemptState
from cilis.domains.scheduling.models import Claim
from cilis.infra.db import reading
from cilis.kit.errors import DomainError

PAID = {BookingState.PENDING, BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW}


class Walk:
    """One walk: every step does something that somebody could do at that moment."""

    def __init__(
        self, world: World, chance: random.Random, deliver: Deliver, forward: Forward
    ) -> None:
        self.world, self.chance = world, chance
        self.deliver, self.forward = deliver, forward
        self.browsers = [world.browser(), world.hoa, world.hoa]
        self.made: list[Booking] = []
        self.refused = 0

    def step(self) -> None:
        """Do something; a refusal is an answer, anything else is a fault."""
        acts: list[Callable[[], object]] = [
            self.hold,
            self.hold,
            self.pay,
            self.pay,
            self.pay,
            self.money,
            self.money,
            self.money,
            self.money,
            self.deliver,
            self.deliver,
            self.deliver,
            self.answer,
            self.answer,
            self.move,
            self.move,
            self.cancel,
            self.pass_time,
            self.no_show,
            self.propose,
            self.propose,
            self.answer_proposal,
            self.answer_proposal,
            self.dispute,
            self.decide,
        ]
        try:
            self.chance.choice(acts)()
        except DomainError:
            self.refused += 1

    def hold(self) -> None:
        service = self.chance.choice(["plain", "plain", "asked", "free"])
        hour, day = self.chance.choice([9, 9.5, 10, 11]), self.chance.choice([0, 0, 12])
        who = self.chance.choice(self.browsers)
        self.made.append(self.world.hold(hour, who, service=service, day=day))

    def one(self) -> Booking:
        if not self.made:
            raise bookings.BookingNotFound
        with reading() as session:
            states = {one.id: bookings.get(session, one.id).state for one in self.made}
        live = [one for one in self.made if states[one.id] in LIVE_STATES]
        return self.chance.choice(live if live and self.chance.random() < 0.8 else self.made)

    def pay(self) -> None:
        bookings.start_payment(self.one().id, "gate", self.world.hoa, "")

    def money(self) -> None:
        with reading() as session:
            known = session.query(payments.Attempt).order_by(payments.Attempt.id).all()
        if known:
            outcome = "paid" if self.chance.random() < 0.85 else "failed"
            one = known[-1] if self.chance.random() < 0.7 else self.chance.choice(known)
            self.world.gate.pays(one.id, outcome)

    def cancel(self) -> None:
        who = self.chance.choice([self.world.hoa, self.world.minh, self.world.lan])
        bookings.cancel(self.one().id, who, "so")

    def answer(self) -> None:
        act = self.chance.choice([bookings.accept, bookings.decline])
        act(self.one().id, self.world.minh, "so")

    def move(self) -> None:
        who = self.chance.choice([self.world.hoa, self.world.lan])
        hour = self.chance.choice([9, 9.5, 10, 14])
        bookings.reschedule(self.one().id, self.world.at(hour), who, "so")

    def propose(self) -> None:
        hours = self.chance.sample([9, 9.5, 10, 14, 15], self.chance.choice([1, 2, 3]))
        starts = [self.world.at(hour) for hour in hours]
        bookings.propose(self.one().id, starts, self.world.minh)

    def answer_proposal(self) -> None:
        booking = self.one()
        with reading() as session:
            found = bookings.standing_proposal(session, bookings.get(session, booking.id))
        if found is None:
            raise bookings.ProposalNotFound
        act = self.chance.choice(["accept", "accept", "refuse", "withdraw"])
        if act == "accept":
            start = self.chance.choice(found.starts)
            bookings.accept_proposal(booking.id, found.id, start, self.world.hoa)
        elif act == "refuse":
            bookings.refuse_proposal(booking.id, found.id, self.world.hoa)
        else:
            bookings.withdraw_proposal(booking.id, found.id, self.world.minh)

    def no_show(self) -> None:
        missed_by = self.chance.choice(["client", "client", "expert"])
        bookings.mark_no_show(self.one().id, self.world.minh, missed_by=missed_by)

    def dispute(self) -> None:
        bookings.dispute(self.one().id, self.world.hoa, "so")

    def decide(self) -> None:
        outcome = self.chance.choice(list(bookings.Outcome))
        bookings.decide(self.one().id, outcome, self.world.lan, "so")

    def pass_time(self) -> None:
        minutes = self.chance.choice([2, 8, 16, 16, 60 * 24 * 6])
        self.forward(timedelta(minutes=minutes))

    def check(self) -> None:
        """The invariants, as PostgreSQL holds them."""
        with reading() as session:
            claims = {claim.id: claim for claim in session.query(Claim)}
            rows = session.query(Booking).all()
            attempts: dict[UUID, list[payments.Attempt]] = {row.id: [] for row in rows}
            for attempt in session.query(payments.Attempt):
                attempts[attempt.subject_id].append(attempt)
            histories = {row.id: bookings.history(session, row.id) for row in rows}
            back = {
                attempt.id: payments.refunded_minor(session, attempt.id)
                for found in attempts.values()
                for attempt in found
            }
        spans = sorted(
            (claim.during.lower, claim.during.upper) for claim in claims.values() if claim.live
        )
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
        done = {*LIVE_STATES, BookingState.COMPLETED, BookingState.NO_SHOW}
        for row in rows:
            assert row.claim_id
            assert claims[row.claim_id].live == (row.state in done), row.state
            if row.state in PAID and row.price_minor:
                assert row.paid_attempt_id
            chain = [(line.from_state, line.to_state) for line in histories[row.id]]
            assert chain[0] == (None, BookingState.HELD)
            assert all(before[1] == after[0] for before, after in pairwise(chain))
            assert all(to in {before, *MOVES[before]} for before, to in chain[1:] if before)
            assert chain[-1][1] == row.state
        self._check_money(rows, attempts, back)

    @staticmethod
    def _check_money(
        rows: list[Booking],
        attempts: dict[UUID, list[payments.Attempt]],
        back: dict[UUID, int],
    ) -> None:
        for row in rows:
            for attempt in attempts[row.id]:
                captured = attempt.state == AttemptState.CAPTURED
                if attempt.id == row.paid_attempt_id:
                    assert captured
                    assert back[attempt.id] == (row.refund_minor or 0)
                elif captured:
                    assert back[attempt.id] in {0, attempt.amount_minor}
                else:
                    assert back[attempt.id] == 0


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_invariants_hold(
    world: World, deliver: Deliver, clock_forward: Forward, seed: int
) -> None:
    walk = Walk(world, random.Random(seed), deliver, clock_forward)
    for _ in range(90):
        walk.step()
        walk.check()
    deliver()
    walk.check()

    # At rest, money that bought nothing has gone back.
    with reading() as session:
        for row in session.query(Booking).all():
            for attempt in session.query(payments.Attempt).filter_by(subject_id=row.id):
                if attempt.state == AttemptState.CAPTURED and attempt.id != row.paid_attempt_id:
                    assert payments.refunded_minor(session, attempt.id) == attempt.amount_minor
    assert walk.made
