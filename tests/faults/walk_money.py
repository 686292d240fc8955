"""What there is to do with money besides paying for an hour: codes, credit, disputes, payouts."""

from __future__ import annotations

from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.faults.town import GATEWAYS
from tests.faults.walker import CLIENTS, Walker, any_payment, newest, pick

from cilis.domains import bookings, credits, payments, payouts
from cilis.domains.credits import CouponWish, CreditState, GiftWish, PackageWish
from cilis.infra.db import reading
from cilis.testing.standins.state import Payment

CODES = {
    "SHARED": CouponWish(code="SHARED", percent=13),
    "ALONE": CouponWish(
        code="ALONE", amount_minor=77_777, most_each=None, borne_by=payments.BorneBy.ORGANIZATION
    ),
    "ALL": CouponWish(code="ALL", percent=100, most=2, borne_by=payments.BorneBy.ORGANIZATION),
}
SIZES = (40_000, 250_000, 500_000, 900_001)
PACKAGE = PackageWish(
    name={"vi": "Gói", "en": "Package"}, sessions=3, price_minor=1_000_000, days=10,
    borne_by=payments.BorneBy.ORGANIZATION,
)  # fmt: skip
PAYOUT_ACTS = ("adjust", "make", "make", "paid", "paid", "returned", "cancel")


class MoneyRules(Walker):
    """Rules of the walk about money alone."""

    def __init__(self) -> None:
        super().__init__()
        self.package_id: UUID | None = None
        self.batches: list[UUID] = []

    @precondition(any_payment)
    @rule(
        n=pick, part=st.sampled_from([None, 100_000, 250_000, 500_000]),
        borne_by=st.sampled_from(list(payments.BorneBy)),
    )  # fmt: skip
    def give_back(self, n: int, part: int | None, borne_by: payments.BorneBy) -> None:
        with self.step("give_back"):
            attempt = self.attempt(n)
            wish = payments.GraceWish(attempt.id, part, "goodwill", borne_by)
            refund = payments.order_refund(wish, self.town.viewer("admin"))
            self.told.ids["refunds"].add(str(refund.id))

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, code=st.sampled_from([*CODES, "ALONE", None]))
    def coupon(self, n: int, code: str | None) -> None:
        """Use a code for a hold, or pay the full price after all."""
        with self.step("coupon"):
            booking = self.booking(n)
            viewer = self.town.viewer(self.whose(booking))
            if code is None:
                bookings.drop_coupon(booking.id, viewer)
                return
            with reading() as session:
                known = {one.code for one in credits.coupons_page(session).items}
            if code not in known:
                credits.make_coupon(CODES[code], self.town.viewer("admin"))
            bookings.use_coupon(booking.id, code, viewer)

    @rule(
        what=st.sampled_from(["give", "gift", "gift", "package", "return"]),
        who=st.sampled_from(CLIENTS), minor=st.sampled_from(SIZES), n=pick,
    )  # fmt: skip
    def credit(self, what: str, who: str, minor: int, n: int) -> None:
        """Credit is given, bought or given back; who buys it mostly pays, by either gateway."""
        with self.step(f"credit {what}"):
            admin, viewer = self.town.viewer("admin"), self.town.viewer(who)
            if what == "give":
                days = (1, 6, 90)[n % 3]
                credits.give_credit(self.town.people[who], minor, "so", admin, days=days)
                return
            if what == "return":
                with reading() as session:
                    known = credits.credits_of(session, self.town.people[who])
                one = newest([each for each in known if each.paid_attempt_id], n)
                credits.return_rest(one.id, admin if n % 2 else viewer)
                return
            if what == "package":
                found = credits.buy_package(self._package(), viewer)
            else:
                found = credits.buy_gift(GiftWish(amount_minor=minor), viewer)
            url = credits.pay_for_credit(found.id, GATEWAYS[n % 2], viewer, "203.0.113.7")
            if n:
                self.gateways.stand_ins.pay(url, "paid")

    @precondition(lambda self: bool(_contestable(self)))
    @rule(n=pick, outcome=st.sampled_from(["won", "lost", "closed"]), asks=st.booleans())
    def contest(self, n: int, outcome: str, asks: bool) -> None:
        """A bank asks or takes money back, then decides; its notices come when they come."""
        with self.step("contest"):
            one = newest(_contestable(self), n)
            if "dispute" not in one.data:
                self.gateways.stand_ins.open_dispute(one.reference, inquiry=asks)
            else:
                self.gateways.stand_ins.close_dispute(one.reference, outcome)

    @precondition(lambda self: bool(self.made))
    @rule(n=pick, act=st.sampled_from(PAYOUT_ACTS), minor=st.sampled_from([-90_001, -1, 1, 25_000]))
    def pay_out(self, n: int, act: str, minor: int) -> None:
        with self.step("pay_out"):
            admin = self.town.viewer("admin")
            if act == "adjust":
                payouts.adjust(self.town.expert_id, minor, "so", admin)
                return
            if act == "make":
                self.batches.append(payouts.make_batch(admin).id)
                return
            batch = newest(self.batches, n)
            if act == "paid":
                payouts.mark_paid(batch, admin)
            elif act == "cancel":
                payouts.cancel_batch(batch, "so", admin)
            else:
                with reading() as session:
                    one = newest(list(payouts.payouts_of(session, batch)), n)
                payouts.mark_returned(one.id, "so", admin)

    def credit_choice(self, booking: bookings.Booking, n: int) -> str:
        """How the client of a booking uses credit: mostly not, or with what there is."""
        if n < 2 or booking.client_id is None:
            return ""
        if n == 2:
            return "balance"
        with reading() as session:
            found = credits.credits_of(session, booking.client_id)
        open_ones = [one for one in found if one.sessions and one.state is CreditState.OPEN]
        return str(newest(open_ones, 0).id)

    def _package(self) -> UUID:
        if self.package_id is None:
            self.package_id = credits.save_package(PACKAGE, self.town.viewer("admin")).id
        return self.package_id


def _contestable(walk: Walker) -> list[Payment]:
    found = walk.gateways.state.contents.payments
    return [one for one in found if one.gateway == "stripe" and one.state == "paid"]
