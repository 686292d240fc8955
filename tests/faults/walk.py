"""A random walk over everything that people, gateways and time can do to bookings and money."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from tests.faults import invariants
from tests.faults.town import GATEWAYS, LIES, bring
from tests.faults.walk_money import MoneyRules
from tests.faults.walker import CLIENTS, any_payment, at, newest, pick, steps

from cilis.domains import bookings, payments
from cilis.domains.bookings import BookingState, HoldWish
from cilis.domains.payments import service
from cilis.infra.db import reading
from cilis.infra.tenancy import serving
from cilis.kit import clock
from cilis.testing import house as houses
from cilis.testing.standins.state import Fault

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


class Walk(MoneyRules):
    """People, gateways and time; what else there is to do with money is in `MoneyRules`."""

    # -- people

    @rule(
        service=st.sampled_from(["plain", "plain", "asked", "free"]),
        hour=st.sampled_from(HOURS),
        day=st.sampled_from(DAYS),
        who=st.sampled_from(CLIENTS),
        again=st.booleans(),
    )
    def hold(self, service: str, hour: float, day: int, who: str, again: bool) -> None:
        with self.step("hold"):
            wish = HoldWish(self.town.services[service].id, self.town.at(hour, day))
            if again and self.made:
                wish = HoldWish(wish.service_id, wish.starts_at, self.made[-1])
            booking = bookings.hold(wish, self.town.viewer(who))
            self.told.ids["bookings"].add(str(booking.id))
            if booking.id not in self.made:
                self.made.append(booking.id)

    @precondition(lambda self: bool(self.made))
    @rule(
        n=pick, provider=st.sampled_from(GATEWAYS), outcome=pick, act=st.integers(0, 3),
        credit=st.integers(0, 3),
    )  # fmt: skip
    def pay(self, n: int, provider: str, outcome: int, act: int, credit: int = 0) -> None:
        """Go to the gateway, perhaps with credit for a part, and mostly do something there."""
        with self.step("pay"):
            booking = self.booking(n)
            viewer = self.town.viewer(self.whose(booking))
            chosen = self.credit_choice(booking, credit)
            url = bookings.start_payment(booking.id, provider, viewer, "203.0.113.7", credit=chosen)
            if not url.startswith("http"):
                self.told.last[str(booking.id)] = _AFTER_PAID
                return
            with reading() as session:
                attempt_id = bookings.get(session, booking.id).attempt_id
            assert attempt_id
            self.told.ids["attempts"].add(str(attempt_id))
            if act:
                self.gateways.stand_ins.pay(url, at(OUTCOMES[provider], outcome))

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

    @rule(
        hour=st.sampled_from(HOURS), day=st.sampled_from(DAYS), who=st.sampled_from(CLIENTS),
        minor=st.sampled_from([40_000, 900_001]), code=st.sampled_from([None, "ALONE"]),
    )  # fmt: skip
    def book_cheaper(self, hour: float, day: int, who: str, minor: int, code: str | None) -> None:
        """Hold, use a code, and pay with credit: all of it, or a gateway takes the rest."""
        self.credit(what="give", who=who, minor=minor, n=1)
        self.hold(service="plain", hour=hour, day=day, who=who, again=False)
        if self.made:
            if code:
                self.coupon(n=0, code=code)
            self.pay(n=0, provider="stripe", outcome=0, act=1, credit=2)
        if self.gateways.post():
            self.post(n=0, times=1)
            self.relay()

    @precondition(any_payment)
    @rule(n=pick, outcome=pick)
    def pay_later(self, n: int, outcome: int) -> None:
        """Somebody comes back to a gateway's page that is still open somewhere."""
        with self.step("pay_later"):
            payment = newest(self.gateways.state.contents.payments, n)
            wanted = at(OUTCOMES[payment.gateway], outcome)
            self.gateways.stand_ins.pay(payment.reference, wanted)

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, who=st.sampled_from(["client", "client", "expert", "admin"]))
    def cancel(self, n: int, who: str) -> None:
        with self.step("cancel"):
            booking = self.booking(n)
            by = self.whose(booking) if who == "client" else who
            after = bookings.cancel(booking.id, self.town.viewer(by), "so")
            if after.state == BookingState.CANCELLED:
                self.told.last[str(booking.id)] = {"cancelled"}

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, yes=st.booleans())
    def answer(self, n: int, yes: bool) -> None:
        with self.step("answer"):
            act = bookings.accept if yes else bookings.decline
            act(self.booking(n).id, self.town.viewer("expert"), "so")

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, hour=st.sampled_from(HOURS), day=st.sampled_from(DAYS), staff=st.booleans())
    def move(self, n: int, hour: float, day: int, staff: bool) -> None:
        with self.step("move"):
            booking = self.booking(n)
            who = "admin" if staff else self.whose(booking)
            bookings.reschedule(booking.id, self.town.at(hour, day), self.town.viewer(who), "so")

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, hour=st.sampled_from(HOURS), day=st.sampled_from(DAYS))
    def propose(self, n: int, hour: float, day: int) -> None:
        with self.step("propose"):
            wanted = [self.town.at(hour, day), self.town.at(hour + 3, day)]
            bookings.propose(self.booking(n).id, wanted, self.town.viewer("expert"), "so")

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, act=st.sampled_from(["accept", "accept", "refuse", "withdraw"]))
    def answer_proposal(self, n: int, act: str) -> None:
        with self.step("answer_proposal"):
            booking = self.booking(n)
            with reading() as session:
                found = bookings.standing_proposal(session, bookings.get(session, booking.id))
            if found is None:
                raise bookings.ProposalNotFound
            client, expert = self.town.viewer(self.whose(booking)), self.town.viewer("expert")
            if act == "accept":
                bookings.accept_proposal(booking.id, found.id, found.starts[0], client)
            elif act == "refuse":
                bookings.refuse_proposal(booking.id, found.id, client)
            else:
                bookings.withdraw_proposal(booking.id, found.id, expert)

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, missed_by=st.sampled_from(["client", "expert"]))
    def no_show(self, n: int, missed_by: str) -> None:
        with self.step("no_show"):
            expert = self.town.viewer("expert")
            bookings.mark_no_show(self.booking(n).id, expert, missed_by=missed_by)  # type: ignore[arg-type]

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, outcome=st.sampled_from(list(bookings.Outcome)))
    def disagree(self, n: int, outcome: bookings.Outcome) -> None:
        with self.step("disagree"):
            booking = self.booking(n)
            if booking.disputed_at is None:
                bookings.dispute(booking.id, self.town.viewer(self.whose(booking)), "so")
            else:
                bookings.decide(booking.id, outcome, self.town.viewer("admin"), "so")

    @precondition(any_payment)
    @rule(n=pick, accept=st.booleans())
    def review(self, n: int, accept: bool) -> None:
        with self.step("review"), reading() as session:
            waiting = [one.id for one in session.query(payments.Attempt).filter_by(state="review")]
        with self.step("reviewed"):
            one = newest(sorted(waiting), n)
            payments.decide_review(one, self.town.viewer("admin"), accept=accept, reason="so")
            if accept:
                self.told.last[str(one)] = {"captured"}

    # -- gateways

    @precondition(any_payment)
    @rule(n=pick, times=st.integers(1, 3))
    def post(self, n: int, times: int) -> None:
        """A notice arrives: perhaps late, perhaps again, perhaps before another one."""
        with self.step("post"):
            sending = newest(self.gateways.post(), n)
            for _ in range(times):
                bring(sending)

    @precondition(any_payment)
    @rule(n=pick, kind=st.sampled_from([*LIES, "other_tenant"]))
    def lie(self, n: int, kind: str) -> None:
        with self.step("lie"):
            sending = newest(self.gateways.post(), n)
            if kind == "other_tenant":
                with serving(self.other):
                    bring(sending)
            else:
                bring(self.gateways.lie(sending, kind))

    @precondition(any_payment)
    @rule(n=pick)
    def ask(self, n: int) -> None:
        with self.step("ask"):
            service.ask_gateway(self.attempt(n).id, -1)

    @precondition(any_payment)
    @rule(n=pick, done=st.booleans())
    def bank(self, n: int, done: bool) -> None:
        """The bank has decided about a refund, or sends a finished one back."""
        with self.step("bank"):
            found = [
                (refund, payment)
                for payment in self.gateways.state.contents.payments
                for refund in payment.refunds
                if refund.state == "accepted"
                or (refund.state == "done" and not done and payment.gateway == "stripe")
            ]
            refund, _ = newest(found, n)
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
        with self.step("relay"):
            houses.deliver_all()

    @rule(minutes=st.sampled_from(MINUTES), relay=st.booleans())
    def wait(self, minutes: int, relay: bool) -> None:
        with self.step("wait"):
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


_AFTER_PAID = {"pending", "confirmed", "completed", "cancelled", "no_show"}

__all__ = ["Walk", "steps"]
