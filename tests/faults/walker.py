"""What every part of the walk needs: where it is, one step at a time, and picking among things."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import ClassVar, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from tests.faults import invariants
from tests.faults.town import Gateways, Town

from cilis.domains import bookings, payments
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant
from cilis.kit.errors import DomainError
from cilis.testing.standins.control import PayingFailed
from cilis.testing.standins.state import Conflict

T = TypeVar("T")
CLIENTS = ("client", "second", "third")
pick = st.integers(0, 7)
steps: Counter[str] = Counter()
"""What all walks of this process did, and how much of it was refused."""


class Walker(RuleBasedStateMachine):
    """One walk; `stage` says where. Numbers pick among what is there, the newest first."""

    stage: ClassVar[tuple[Town, Gateways, Tenant]]
    clean: ClassVar[Callable[[], None]]

    def __init__(self) -> None:
        super().__init__()
        self.clean()
        self.town, self.gateways, self.other = self.stage
        self.town.sessions.clear()
        self.made: list[UUID] = []
        self.told = invariants.Acknowledged()
        self.stale = False

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A refusal is an answer; anything else that is raised is a fault."""
        self.stale = True
        steps["all"] += 1
        steps[name] += 1
        try:
            yield
        except (DomainError, PayingFailed, Conflict, Nothing):
            steps[f"{name} refused"] += 1

    def booking(self, n: int) -> bookings.Booking:
        with reading() as session:
            rows = [bookings.get(session, one) for one in self.made]
        live = [row for row in rows if row.state in bookings.LIVE_STATES]
        return newest(live if live and n < 6 else rows, n)

    def whose(self, booking: bookings.Booking) -> str:
        found = {person: name for name, person in self.town.people.items()}
        return found.get(booking.client_id, "client") if booking.client_id else "client"

    def attempt(self, n: int) -> payments.Attempt:
        with reading() as session:
            rows = session.query(payments.Attempt).order_by(payments.Attempt.id).all()
        return newest(rows, n)


class Nothing(Exception):
    """There is nothing to pick from."""


def any_payment(walk: Walker) -> bool:
    return bool(walk.gateways.state.contents.payments)


def newest(found: list[T], n: int) -> T:
    if not found:
        raise Nothing
    return found[-1 - n % len(found)]


def at(choices: tuple[str, ...], n: int) -> str:
    return choices[n % len(choices)]
