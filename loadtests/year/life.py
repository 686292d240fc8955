"""What people do to one booking, each by its use case."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cilis.domains import bookings, credits, payments
from cilis.domains.bookings import HoldWish, Outcome
from cilis.domains.credits import CreditState
from cilis.infra.db import reading
from cilis.kit.viewer import Viewer
from loadtests.year import courier
from loadtests.year.gate import Gate
from loadtests.year.plan import Plan
from loadtests.year.town import ALONE, SHARED, Town

IP = "203.0.113.7"
_OUTCOMES = (Outcome.TOOK_PLACE, Outcome.EXPERT_MISSED, Outcome.CLIENT_MISSED)


@dataclass
class Life:
    """The bookings of the year, by their plan's number, and what was done."""

    town: Town
    gate: Gate
    made: dict[int, UUID] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    def book(self, plan: Plan, starts_at: datetime) -> None:
        """Hold the hour and pay for it, or think better of it."""
        viewer = self.town.client(self.town.clients[plan.client])
        wish = HoldWish(self.town.experts[plan.expert].service, starts_at)
        booking = bookings.hold(wish, viewer)
        self.made[plan.number] = booking.id
        if plan.way in {SHARED, ALONE}:
            bookings.use_coupon(booking.id, plan.way, viewer)
            self.done["coupons"] += 1
        if plan.fate == "given_up":
            bookings.start_payment(booking.id, "gate", viewer, IP)
            bookings.cancel(booking.id, viewer)
            self.done["given up"] += 1
            return
        self._pay(plan, booking.id, viewer)
        self.done["booked"] += 1

    def cancel(self, plan: Plan) -> None:
        """The client or the expert calls it off; the rules say what comes back."""
        by_expert = plan.fate == "expert_cancels"
        person = self.town.experts[plan.expert].person if by_expert else None
        viewer = self._expert(person) if person else self._client(plan)
        bookings.cancel(self.made[plan.number], viewer, "so")
        self.done[plan.fate] += 1

    def afterwards(self, plan: Plan) -> None:
        """What is said about a session, once it is over."""
        booking_id = self.made[plan.number]
        admin = self.town.admin
        match plan.fate:
            case "client_missed" | "expert_missed":
                missed_by = "client" if plan.fate == "client_missed" else "expert"
                bookings.mark_no_show(booking_id, admin, "so", missed_by=missed_by)
            case "disputed":
                bookings.dispute(booking_id, self._client(plan), "so")
                courier.deliver()
                bookings.decide(booking_id, _OUTCOMES[plan.number % 3], admin, "so")
            case "graced":
                borne = list(payments.BorneBy)[plan.number % 2]
                wish = payments.GraceWish(self._payment(booking_id), 45_001, "so", borne)
                payments.order_refund(wish, admin)
            case "contested":
                paid = self._payment(booking_id)
                if paid.hex not in self.gate.paid:
                    return
                self.gate.contests(paid, "open")
                self.gate.contests(paid, ("won", "lost")[plan.number % 2])
            case _:
                return
        self.done[plan.fate] += 1

    def _pay(self, plan: Plan, booking_id: UUID, viewer: Viewer) -> None:
        choice = ""
        if plan.way == "balance":
            self._top_up(plan, viewer)
            choice = bookings.BALANCE
        elif plan.way == "package":
            choice = str(self._package(viewer))
        url = bookings.start_payment(booking_id, "gate", viewer, IP, credit=choice)
        if choice:
            self.done["paid with credit"] += 1
        if not url.startswith("http"):
            return
        first = UUID(url.rpartition("/")[2])
        if plan.fate == "paid_twice":
            again = bookings.start_payment(booking_id, "gate", viewer, IP, credit=choice)
            if again.startswith("http"):
                self.gate.pays(UUID(again.rpartition("/")[2]))
                self.done["paid twice"] += 1
        self.gate.pays(first)

    def _top_up(self, plan: Plan, viewer: Viewer) -> None:
        """Now and then somebody is given credit, or buys some; else what is left has to do."""
        with reading() as session:
            known = credits.credits_of(session, viewer.person)
            left = credits.left_of(session, [one for one in known if not one.sessions])
        if sum(amount.minor for amount in left.values()) > 0:
            return
        if plan.number % 2:
            days = (20, 365)[plan.number // 2 % 2]
            credits.give_credit(viewer.person, 222_222, "so", self.town.admin, days=days)
            self.done["credit given"] += 1
            return
        self._buy(credits.buy_gift(credits.GiftWish(amount_minor=777_777), viewer), viewer)

    def _package(self, viewer: Viewer) -> UUID:
        with reading() as session:
            known = credits.credits_of(session, viewer.person)
            owned = [one for one in known if one.sessions and one.state is CreditState.OPEN]
            left = credits.left_of(session, owned)
        for one in owned:
            if one.sessions_left(left[one.id]):
                return one.id
        return self._buy(credits.buy_package(self.town.package, viewer), viewer)

    def _buy(self, found: credits.Credit, viewer: Viewer) -> UUID:
        url = credits.pay_for_credit(found.id, "gate", viewer, IP)
        self.gate.pays(UUID(url.rpartition("/")[2]))
        courier.deliver()
        self.done["credit bought"] += 1
        return found.id

    def _payment(self, booking_id: UUID) -> UUID:
        with reading() as session:
            paid = bookings.get(session, booking_id).paid_attempt_id
        assert paid is not None, booking_id
        return paid

    def _client(self, plan: Plan) -> Viewer:
        return self.town.client(self.town.clients[plan.client])

    @staticmethod
    def _expert(person: UUID) -> Viewer:
        return Viewer(person, roles=frozenset({"expert"}), name="Expert", via="page")
