"""Ten thousand notices: many times, shuffled, forged, lost, over both gateways (``STORM_NOTICES``)."""

from __future__ import annotations

import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.faults import invariants
from tests.faults.town import GATEWAYS, HOOK, LIES, Gateways, Town, bring

from cilis.domains import payments
from cilis.domains.payments.service import inbox
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.testing import house as houses
from cilis.testing.standins import stripe_wire
from cilis.testing.standins.state import Sending

NOTICES = int(os.environ.get("STORM_NOTICES", "600"))  # noqa: TID251 - how long, not how it is set
FORGED, LOST = 0.05, 0.10
AT_ONCE = 4
PRICE = Money(500_000, "VND")


class Storm:
    """Payments by both gateways, and every notice about them many times over."""

    def __init__(self, town: Town, gateways: Gateways, seed: int) -> None:
        self.town, self.gateways = town, gateways
        self.chance = random.Random(seed)
        self.notices: list[Sending] = []
        self.lost: set[str] = set()
        self.sent: list[tuple[Sending, bool]] = []

    def fill(self, notices: int) -> None:
        """Pay until so many notices, each sent 2 to 100 times, are on their way."""
        while len(self.sent) < notices:
            before = len(self.gateways.post())
            self._pay(self.chance.choice(GATEWAYS))
            (notice,) = self.gateways.post()[before:]
            self.notices.append(notice)
            if self.chance.random() < LOST:
                self.lost.add(notice.reference)
                continue
            # Few come a hundred times and many a few times, as from a real gateway.
            times = max(2, min(100, int(2 / (1 - self.chance.random()))))
            self.sent += [(notice, True)] * times
        for number in self.chance.sample(range(len(self.sent)), int(len(self.sent) * FORGED)):
            spoilt = self.gateways.lie(self.sent[number][0], self.chance.choice(LIES))
            self.sent.append((spoilt, False))
        self.chance.shuffle(self.sent)

    def blow(self) -> Counter[int]:
        """Bring them all, several at once; returns the statuses of the answers."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            jobs = [pool.submit(copy_context().run, _send, *one) for one in self.sent]
            return Counter(job.result() for job in jobs)

    def _pay(self, provider: str) -> None:
        with transaction() as session:
            attempt_id = payments.open_attempt(
                session, subject_id=ids.new(), payer_id=self.town.people["client"], amount=PRICE,
                provider=provider, description="K7QM Tư vấn thuế",
                expires_at=clock.now() + timedelta(minutes=10),
            )  # fmt: skip
        url = payments.send_to_provider(attempt_id, client_ip="203.0.113.7", language="vi")
        self.gateways.stand_ins.pay(url, "paid")


@pytest.fixture
def storm(
    town: Town, gateways: Gateways, money_only: None, monkeypatch: pytest.MonkeyPatch
) -> Storm:
    # Nobody books here, so nobody sends the money of a booking that is not there back.
    from cilis.infra import outbox

    heard = {n: found for n, found in outbox._listeners.items() if n != "payments.captured.v1"}
    monkeypatch.setattr(outbox, "_listeners", heard)
    return Storm(town, gateways, 6)


@pytest.mark.slow
@pytest.mark.timeout(7_200 if NOTICES > 1_000 else 120)
def test_each_payment_has_one_effect_and_none_stays_open(storm: Storm) -> None:
    storm.fill(NOTICES)
    answers = storm.blow()

    captured = _captures()
    assert set(captured.values()) <= {1}
    heard = {notice.reference for notice, genuine in storm.sent if genuine}
    assert set(captured) == heard
    # What was lost is found by asking, within five minutes of the payment.
    for _ in range(9):
        clock.set_distance(clock.distance() + timedelta(seconds=30))
        houses.deliver_all()
    captured = _captures()
    assert set(captured.values()) == {1}
    assert len(captured) == len(storm.notices) == len(heard) + len(storm.lost)
    invariants.check(truth=storm.gateways.truth())
    forged = sum(not genuine for _, genuine in storm.sent)
    print(  # noqa: T201 - the report
        f"\n{len(storm.sent)} notices of {len(storm.notices)} payments, {forged} forged,"
        f" {len(storm.lost)} payments of which none came; answers {dict(answers)}"
    )


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_without_the_inbox_and_the_moves_a_storm_captures_twice(
    storm: Storm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: neither the inbox nor the table of moves knows a repeat."""
    from cilis.domains.payments.service import moves
    from cilis.domains.payments.types import AttemptState

    every = frozenset(AttemptState)
    monkeypatch.setattr(inbox, "_SETTLED", set())
    monkeypatch.setattr(moves, "ATTEMPT_MOVES", dict.fromkeys(AttemptState, every))
    storm.fill(60)
    storm.blow()
    assert max(_captures().values()) > 1


def _send(notice: Sending, genuine: bool) -> int:
    """Bring a notice; a gateway that counts seconds signs anew each time it sends one."""
    if genuine and notice.gateway == "stripe":
        headers = {**notice.headers, "Stripe-Signature": stripe_wire.signature(notice.body, HOOK)}
        notice = replace(notice, headers=headers)
    return bring(notice)


def _captures() -> Counter[str]:
    """How often each attempt became captured, as history and outbox agree; `invariants` looks at the audit."""
    books = invariants.read()
    changes = Counter(
        change.attempt_id for change in books.payment_changes
        if change.to_state == "captured" and not change.refund_id
    )  # fmt: skip
    told = Counter(
        row.payload["attempt_id"] for row in books.outbox if row.event == "payments.captured.v1"
    )
    assert told == changes
    return Counter({name.replace("-", ""): times for name, times in changes.items()})
