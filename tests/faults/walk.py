"""A random walk over everything that people, gateways and time can do to bookings and money."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import ClassVar, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.faults import invariants
from tests.faults.town import GATEWAYS, LIES, Gateways, Town, bring

from cilis.domains import bookings, payments
from cilis.domains.bookings import BookingState, HoldWish
from cilis.domains.payments import service
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock
from cilis.kit.errors import DomainError
from cilis.kit.money import Money
from cilis.testing import house as houses
from cilis.testing.standins.control import PayingFailed
from cilis.testing.standins.state import Conflict, Fault

T = TypeVar("T")
CLIENTS = ("client", "second", "third")
HOURS = (9.0, 9.5, 10.0, 11.0)
DAYS = (0, 1, 12)
MINUTES = (1, 1, 3, 3, 8, 16, 60, 60 * 7, 60 * 26, 60 * 24 * 6)
OUTCOMES = {
    "vnpay": ("paid", "paid", "paid", "cancelled", "no_funds", "pending", "review", "expired"),
    "stripe": ("paid", "paid", "paid", "pending", "declined", "cancelled", "expired"),
}
TROUBLES = (
    "down", "nonsense", "lost_reply", "bad_reply", "refund_stuck", "refund_refused",
    "refund_unnamed",
)  # fmt: skip
pick = st.integers(0, 7)
steps: Counter[str] = Counter()
"""What all walks of this process did, and how much of it was refused."""


def _any_payment(walk: Walk) -> bool:
    return bool(walk.gateways.state.contents.payments)


class Walk(RuleBasedStateMachine):
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
        self.read_until = 0
        self.stale = False

    # -- people

    @rule(
        service=st.sampled_from(["plain", "plain", "asked", "free"]),
        hour=st.sampled_from(HOURS),
        day=st.sampled_from(DAYS),
        who=st.sampled_from(CLIENTS),
        again=st.booleans(),
    )
    def hold(self, service: str, hour: float, day: int, who: str, again: bool) -> None:
        with self._step("hold"):
            wish = HoldWish(self.town.services[service].id, self.town.at(hour, day))
            if again and self.made:
                wish = HoldWish(wish.service_id, wish.starts_at, self.made[-1])
            booking = bookings.hold(wish, self.town.viewer(who))
            self.told.ids["bookings"].add(str(booking.id))
            if booking.id not in self.made:
                self.made.append(booking.id)

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, provider=st.sampled_from(GATEWAYS), outcome=pick, act=st.integers(0, 3))
    def pay(self, n: int, provider: str, outcome: int, act: int) -> None:
        """Go to the gateway, and mostly do something there."""
        with self._step("pay"):
            booking = self._booking(n)
            viewer = self.town.viewer(self._whose(booking))
            url = bookings.start_payment(booking.id, provider, viewer, "203.0.113.7")
            if not url.startswith("http"):
                self.told.last[str(booking.id)] = _AFTER_PAID
                return
            with reading() as session:
                attempt_id = bookings.get(session, booking.id).attempt_id
            assert attempt_id
            self.told.ids["attempts"].add(str(attempt_id))
            if act:
                self.gateways.stand_ins.pay(url, _at(OUTCOMES[provider], outcome))

    @rule(
        service=st.sampled_from(["plain", "asked"]),
        hour=st.sampled_from(HOURS),
        day=st.sampled_from(DAYS),
        who=st.sampled_from(CLIENTS),
        provider=st.sampled_from(GATEWAYS),
        heard=st.integers(0, 3),
    )
    def book(
        self, service: str, hour: float, day: int, who: str, provider: str, heard: int
    ) -> None:
        """The way most take: hold, pay, and mostly the news comes at once."""
        self.hold(service=service, hour=hour, day=day, who=who, again=False)
        if self.made:
            self.pay(n=0, provider=provider, outcome=0, act=1)
        if heard and self.gateways.post():
            self.post(n=0, times=1)
            self.relay()

    @precondition(_any_payment)
    @rule(n=pick, outcome=pick)
    def pay_later(self, n: int, outcome: int) -> None:
        """Somebody comes back to a gateway's page that is still open somewhere."""
        with self._step("pay_later"):
            payment = _newest(self.gateways.state.contents.payments, n)
            wanted = _at(OUTCOMES[payment.gateway], outcome)
            self.gateways.stand_ins.pay(payment.reference, wanted)

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, who=st.sampled_from(["client", "client", "expert", "admin"]))
    def cancel(self, n: int, who: str) -> None:
        with self._step("cancel"):
            booking = self._booking(n)
            by = self._whose(booking) if who == "client" else who
            after = bookings.cancel(booking.id, self.town.viewer(by), "so")
            if after.state == BookingState.CANCELLED:
                self.told.last[str(booking.id)] = {"cancelled"}

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, yes=st.booleans())
    def answer(self, n: int, yes: bool) -> None:
        with self._step("answer"):
            act = bookings.accept if yes else bookings.decline
            act(self._booking(n).id, self.town.viewer("expert"), "so")

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, hour=st.sampled_from(HOURS), day=st.sampled_from(DAYS), staff=st.booleans())
    def move(self, n: int, hour: float, day: int, staff: bool) -> None:
        with self._step("move"):
            booking = self._booking(n)
            who = "admin" if staff else self._whose(booking)
            bookings.reschedule(booking.id, self.town.at(hour, day), self.town.viewer(who), "so")

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, hour=st.sampled_from(HOURS), day=st.sampled_from(DAYS))
    def propose(self, n: int, hour: float, day: int) -> None:
        with self._step("propose"):
            wanted = [self.town.at(hour, day), self.town.at(hour + 3, day)]
            bookings.propose(self._booking(n).id, wanted, self.town.viewer("expert"), "so")

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, act=st.sampled_from(["accept", "accept", "refuse", "withdraw"]))
    def answer_proposal(self, n: int, act: str) -> None:
        with self._step("answer_proposal"):
            booking = self._booking(n)
            with reading() as session:
                found = bookings.standing_proposal(session, bookings.get(session, booking.id))
            if found is None:
                raise bookings.ProposalNotFound
            client, expert = self.town.viewer(self._whose(booking)), self.town.viewer("expert")
            if act == "accept":
                bookings.accept_proposal(booking.id, found.id, found.starts[0], client)
            elif act == "refuse":
                bookings.refuse_proposal(booking.id, found.id, client)
            else:
                bookings.withdraw_proposal(booking.id, found.id, expert)

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, missed_by=st.sampled_from(["client", "expert"]))
    def no_show(self, n: int, missed_by: str) -> None:
        with self._step("no_show"):
            expert = self.town.viewer("expert")
            bookings.mark_no_show(self._booking(n).id, expert, missed_by=missed_by)  # type: ignore[arg-type]

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, outcome=st.sampled_from(list(bookings.Outcome)))
    def disagree(self, n: int, outcome: bookings.Outcome) -> None:
        with self._step("disagree"):
            booking = self._booking(n)
            if booking.disputed_at is None:
                bookings.dispute(booking.id, self.town.viewer(self._whose(booking)), "so")
            else:
                bookings.decide(booking.id, outcome, self.town.viewer("admin"), "so")

    @precondition(_any_payment)
    @rule(n=pick, part=st.sampled_from([None, 100_000, 250_000, 500_000]))
    def give_back(self, n: int, part: int | None) -> None:
        with self._step("give_back"):
            attempt = self._attempt(n)
            admin = self.town.viewer("admin")
            refund = payments.order_refund(payments.GraceWish(attempt.id, part, "goodwill"), admin)
            self.told.ids["refunds"].add(str(refund.id))

    @precondition(_any_payment)
    @rule(n=pick, accept=st.booleans())
    def review(self, n: int, accept: bool) -> None:
        with self._step("review"), reading() as session:
            waiting = [one.id for one in session.query(payments.Attempt).filter_by(state="review")]
        with self._step("reviewed"):
            one = _newest(sorted(waiting), n)
            payments.decide_review(one, self.town.viewer("admin"), accept=accept, reason="so")
            if accept:
                self.told.last[str(one)] = {"captured"}

    # -- gateways

    @precondition(_any_payment)
    @rule(n=pick, times=st.integers(1, 3))
    def post(self, n: int, times: int) -> None:
        """A notice arrives: perhaps late, perhaps again, perhaps before another one."""
        with self._step("post"):
            sending = _newest(self.gateways.post(), n)
            for _ in range(times):
                bring(sending)

    @precondition(_any_payment)
    @rule(n=pick, kind=st.sampled_from([*LIES, "other_tenant"]))
    def lie(self, n: int, kind: str) -> None:
        with self._step("lie"):
            sending = _newest(self.gateways.post(), n)
            if kind == "other_tenant":
                with serving(self.other):
                    bring(sending)
            else:
                bring(self.gateways.lie(sending, kind))

    @precondition(_any_payment)
    @rule(n=pick)
    def ask(self, n: int) -> None:
        with self._step("ask"):
            service.ask_gateway(self._attempt(n).id, -1)

    @precondition(_any_payment)
    @rule(n=pick, done=st.booleans())
    def bank(self, n: int, done: bool) -> None:
        """The bank has decided about a refund, or sends a finished one back."""
        with self._step("bank"):
            found = [
                (refund, payment)
                for payment in self.gateways.state.contents.payments
                for refund in payment.refunds
                if refund.state == "accepted"
                or (refund.state == "done" and not done and payment.gateway == "stripe")
            ]
            refund, _ = _newest(found, n)
            self.gateways.stand_ins.settle_refund(refund.reference, "done" if done else "refused")

    @rule(
        name=st.sampled_from(TROUBLES), provider=st.sampled_from(GATEWAYS), times=st.integers(1, 3)
    )
    def trouble(self, name: str, provider: str, times: int) -> None:
        with self.gateways.state.lock:
            self.gateways.state.faults[:] = [Fault(provider, name, times=times)]
        self.stale = False

    # -- time

    @rule()
    def relay(self) -> None:
        with self._step("relay"):
            houses.deliver_all()

    @rule(minutes=st.sampled_from(MINUTES), relay=st.booleans())
    def wait(self, minutes: int, relay: bool) -> None:
        with self._step("wait"):
            clock.set_distance(clock.distance() + timedelta(minutes=minutes))
            if relay:
                houses.deliver_all()

    @invariant()
    def holds(self) -> None:
        if self.stale:
            invariants.check(self.other, truth=self.gateways.truth(), told=self.told)
            self.stale = False

    def teardown(self) -> None:
        """Let everything come to rest: then all money is with a booking, or has gone back."""
        self.gateways.state.faults.clear()
        self.relay()
        for payment in self.gateways.state.contents.payments:
            for refund in payment.refunds:
                if payment.gateway == "stripe" and refund.state == "accepted":
                    refund.state = "done"  # the bank has done it, and its notice is lost
        for sending in self.gateways.post():
            bring(sending)
        for minutes in (0, 2, 8, 16, 70, 60 * 7, *[60 * 26] * 3):
            clock.set_distance(clock.distance() + timedelta(minutes=minutes))
            houses.deliver_all()
        invariants.check_rest(self.other, truth=self.gateways.truth(), told=self.told)

    # -- helpers

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[None]:
        """A refusal is an answer; anything else that is raised is a fault."""
        self.stale = True
        steps["all"] += 1
        steps[name] += 1
        try:
            yield
        except (DomainError, PayingFailed, Conflict, _Nothing):
            steps[f"{name} refused"] += 1

    def _booking(self, n: int) -> bookings.Booking:
        with reading() as session:
            rows = [bookings.get(session, one) for one in self.made]
        live = [row for row in rows if row.state in bookings.LIVE_STATES]
        return _newest(live if live and n < 6 else rows, n)

    def _whose(self, booking: bookings.Booking) -> str:
        found = {person: name for name, person in self.town.people.items()}
        return found.get(booking.client_id, "client") if booking.client_id else "client"

    def _attempt(self, n: int) -> payments.Attempt:
        with reading() as session:
            rows = session.query(payments.Attempt).order_by(payments.Attempt.id).all()
        return _newest(rows, n)


_AFTER_PAID = {"pending", "confirmed", "completed", "cancelled", "no_show"}


class _Nothing(Exception):
    """There is nothing to pick from."""


def _newest(found: list[T], n: int) -> T:
    if not found:
        raise _Nothing
    return found[-1 - n % len(found)]


def _at(choices: tuple[str, ...], n: int) -> str:
    return choices[n % len(choices)]


__all__ = ["Money", "Walk", "steps"]
