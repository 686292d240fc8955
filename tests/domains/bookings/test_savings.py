"""Sessions that coupons make cheaper and that credit pays for, and where every đồng of it is."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from tests.domains.bookings.conftest import HOUR, PRICE, Deliver, Forward, World

from cilis.domains import bookings, credits, experts, ledger, payments, pricing
from cilis.domains.bookings import Booking, BookingState
from cilis.domains.bookings.service import savings
from cilis.domains.credits import CouponWish, CreditState, PackageWish, Scope
from cilis.domains.payments import BorneBy
from cilis.domains.pricing import Commission, RuleWish
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

TENTH = PRICE.minor // 10


@pytest.fixture(autouse=True)
def commission(world: World) -> None:
    """The organization keeps a fifth."""
    pricing.set_commission(RuleWish(commission=Commission(2_000)), world.lan)


def stands() -> dict[str, int]:
    """What stands on each kind of account; every balance is what its movements add up to."""
    with reading() as session:
        assert ledger.recount(session) == []
        found: dict[str, int] = {}
        for each in ledger.balances(session):
            kind = each.account.kind.value
            found[kind] = found.get(kind, 0) + each.amount.minor
    return {kind: minor for kind, minor in found.items() if minor}


def coupon(world: World, code: str = "TET", **wish: object) -> credits.Coupon:
    facts: dict[str, object] = {"percent": 10} if "amount_minor" not in wish else {}
    return credits.make_coupon(CouponWish(code=code, **(facts | wish)), world.lan)  # type: ignore[arg-type]


def used(made: credits.Coupon) -> int:
    with reading() as session:
        return credits.coupon(session, made.id).used


def left(credit: credits.Credit) -> int:
    with reading() as session:
        return credits.left(session, credit).minor


def over(booking: Booking, deliver: Deliver, clock_forward: Forward) -> None:
    clock_forward(booking.ends_at - clock.now() + timedelta(minutes=1))
    deliver()


def go(world: World, booking: Booking, credit: str = "", method: str = "gate") -> UUID | None:
    bookings.start_payment(booking.id, method, world.hoa, "203.0.113.7", credit=credit)
    return world.see(booking).attempt_id


def package(
    world: World, sessions: int = 4, price: int = 1_600_000, **wish: object
) -> credits.Package:
    offer = PackageWish(name={"vi": "Gói"}, sessions=sessions, price_minor=price, **wish)  # type: ignore[arg-type]
    return credits.save_package(offer, world.lan)


def bought(world: World, deliver: Deliver, **wish: object) -> credits.Credit:
    made = credits.buy_package(package(world, **wish).id, world.hoa)
    credits.pay_for_credit(made.id, "gate", world.hoa, "203.0.113.7")
    world.gate.pays(seen(made).attempt_id)
    deliver()
    return seen(made)


def seen(made: credits.Credit) -> credits.Credit:
    with reading() as session:
        return credits.credit(session, made.id)


class TestCoupon:
    def test_makes_a_session_cheaper_and_all_share_in_it(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made, booking = coupon(world), world.hold()
        savings.use_coupon(booking.id, " te t ", world.hoa)
        world.gate.pays(go(world, booking))
        deliver()
        found = world.see(booking)
        assert (found.state, found.price.minor) == (BookingState.CONFIRMED, PRICE.minor - TENTH)
        assert found.full_price == PRICE
        assert world.gate.started[-1].amount.minor == PRICE.minor - TENTH
        over(found, deliver, clock_forward)
        assert stands() == {"gateway": 450_000, "payable": 360_000, "commission": 90_000}
        assert used(made) == 1

    def test_may_be_at_the_cost_of_the_organization(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        coupon(world, borne_by=BorneBy.ORGANIZATION)
        booking = world.hold()
        savings.use_coupon(booking.id, "TET", world.hoa)
        world.gate.pays(go(world, booking))
        deliver()
        over(booking, deliver, clock_forward)
        assert stands() == {
            "gateway": 450_000, "adjustments": 50_000, "payable": 400_000, "commission": 100_000,
        }  # fmt: skip

    def test_takes_off_a_cheaper_service_no_more_than_it_costs(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        coupon(world, amount_minor=PRICE.minor, borne_by=BorneBy.ORGANIZATION)
        small = experts.ServiceWish(
            names={"vi": "Ngắn"}, minutes=30, price_minor=300_000, notice_minutes=0
        )
        other = experts.add_service(small, world.minh)
        booking = world.hold()
        savings.use_coupon(booking.id, "TET", world.hoa)
        go(world, booking)
        with transaction() as session:
            row = bookings.get(session, booking.id)
            row.policy = {**row.policy, "other_service": True}
        bookings.change_service(booking.id, bookings.MoveWish(other.id, world.at(14)), world.hoa)
        found = world.see(booking)
        assert (found.price.minor, found.full_price.minor) == (0, 300_000)
        over(found, deliver, clock_forward)
        assert stands() == {"adjustments": 300_000, "payable": 240_000, "commission": 60_000}

    def test_of_all_books_at_once_and_the_expert_still_earns(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        coupon(world, percent=100, borne_by=BorneBy.ORGANIZATION)
        booking = world.hold()
        savings.use_coupon(booking.id, "TET", world.hoa)
        assert go(world, booking) is None
        assert world.state(booking) == BookingState.CONFIRMED
        over(booking, deliver, clock_forward)
        assert stands() == {"adjustments": 500_000, "payable": 400_000, "commission": 100_000}

    def test_half_of_which_goes_back_costs_the_organization_half(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = coupon(world, borne_by=BorneBy.ORGANIZATION)
        booking = world.hold()
        savings.use_coupon(booking.id, "TET", world.hoa)
        world.gate.pays(go(world, booking))
        deliver()
        clock_forward(booking.starts_at - clock.now() - 7 * HOUR)
        found = world.see(booking)
        with reading() as session:
            assert bookings.cancellation(session, found).refund.minor == 225_000
        bookings.cancel(booking.id, world.hoa)
        deliver()
        assert stands() == {
            "gateway": 225_000, "adjustments": 25_000, "payable": 200_000, "commission": 50_000,
        }  # fmt: skip
        assert used(made) == 1

    def test_comes_back_with_a_hold_that_lapses_and_with_a_session_that_the_expert_cancels(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made, booking = coupon(world), world.hold()
        savings.use_coupon(booking.id, "TET", world.hoa)
        assert used(made) == 1
        clock_forward(timedelta(hours=1))
        deliver()
        assert (world.state(booking), used(made)) == (BookingState.EXPIRED, 0)
        again = world.hold(11)
        savings.use_coupon(again.id, "TET", world.hoa)
        world.gate.pays(go(world, again))
        deliver()
        bookings.cancel(again.id, world.minh, "ill")
        deliver()
        assert used(made) == 0
        assert stands() == {}

    def test_is_dropped_again(self, world: World) -> None:
        made, booking = coupon(world), world.hold()
        savings.use_coupon(booking.id, "TET", world.hoa)
        for _ in range(2):
            savings.drop_coupon(booking.id, world.hoa)
        assert (world.see(booking).price, used(made)) == (PRICE, 0)
        assert world.lines(booking).count("coupon_dropped") == 1

    def test_another_one_takes_its_place(self, world: World) -> None:
        first, second = coupon(world), coupon(world, "SALE", amount_minor=600_000)
        booking = world.hold()
        savings.use_coupon(booking.id, "TET", world.hoa)
        savings.use_coupon(booking.id, "SALE", world.hoa)
        assert (used(first), used(second), world.see(booking).price.minor) == (0, 1, 0)

    def test_money_of_the_old_price_goes_back_and_the_hold_stays(
        self, world: World, deliver: Deliver
    ) -> None:
        coupon(world)
        booking = world.hold()
        old = world.pay(booking)
        savings.use_coupon(booking.id, "TET", world.hoa)
        world.gate.pays(old)  # the client pays on the page of before, in another tab
        deliver()
        assert world.state(booking) == BookingState.HELD
        assert world.gate.returned == [PRICE.minor]
        world.gate.pays(go(world, booking))
        deliver()
        assert world.state(booking) == BookingState.CONFIRMED

    def test_is_taken_again_for_money_that_comes_late(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made, booking = coupon(world, most=1), world.hold()
        savings.use_coupon(booking.id, "TET", world.hoa)
        attempt_id = go(world, booking)
        clock_forward(timedelta(hours=1))
        deliver()
        assert (world.state(booking), used(made)) == (BookingState.EXPIRED, 0)
        world.gate.pays(attempt_id)
        deliver()
        assert (world.state(booking), used(made)) == (BookingState.CONFIRMED, 1)

    def test_that_is_used_up_by_then_lets_late_money_go_back(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        coupon(world, most=1, most_each=None)
        booking = world.hold()
        savings.use_coupon(booking.id, "TET", world.hoa)
        attempt_id = go(world, booking)
        clock_forward(timedelta(hours=1))
        deliver()
        savings.use_coupon(world.hold(13).id, "TET", world.hoa)
        world.gate.pays(attempt_id)
        deliver()
        assert world.state(booking) == BookingState.EXPIRED
        assert world.gate.returned == [450_000]

    @pytest.mark.parametrize(
        ("wish", "why"),
        [
            ({"starts_at": timedelta(days=1)}, "coupon_too_early"),
            ({"least_minor": PRICE.minor + 1}, "coupon_price_too_low"),
            ({"scope": "another service"}, "coupon_not_for_this"),
            ({"client_id": "another"}, "coupon_unknown"),
        ],
    )
    def test_says_why_it_does_not_hold(
        self, world: World, wish: dict[str, object], why: str
    ) -> None:
        facts: dict[str, object] = dict(wish)
        if "starts_at" in facts:
            facts["starts_at"] = clock.now() + timedelta(days=1)
        if "scope" in facts:
            facts["scope"] = Scope(service_id=world.services["free"].id)
        if "client_id" in facts:
            facts["client_id"] = world.cast.lan
        made, booking = coupon(world, **facts), world.hold()
        with pytest.raises(InvalidInput) as refused:
            savings.use_coupon(booking.id, "TET", world.hoa)
        assert refused.value.fields == {"code": [why]}
        assert (world.see(booking).price, used(made)) == (PRICE, 0)

    @pytest.mark.parametrize("code", ["", "\x00", "TET'; --", "x" * 10_000, "\ud800", "ＴＥＴ"])
    def test_that_is_none_is_unknown(self, world: World, code: str) -> None:
        coupon(world)
        with pytest.raises(InvalidInput) as refused:
            savings.use_coupon(world.hold().id, code, world.hoa)
        assert refused.value.fields == {"code": ["coupon_unknown"]}

    def test_holds_once_for_each_client_and_not_after_its_end(
        self, world: World, clock_forward: Forward
    ) -> None:
        made = coupon(world, ends_at=clock.now() + timedelta(days=1))
        savings.use_coupon(world.hold(9).id, "TET", world.hoa)
        other = Viewer(world.cast.hoa, None, frozenset({"client"}), via="api")
        second = bookings.hold(world.wish(11), other)
        for why, pause in (("coupon_used_by_you", 0), ("coupon_over", 2)):
            clock_forward(timedelta(days=pause))
            with pytest.raises(InvalidInput) as refused:
                savings.use_coupon(second.id if not pause else world.hold(15).id, "TET", world.hoa)
            assert refused.value.fields == {"code": [why]}
        assert used(made) == 1

    def test_limits_hold_when_many_press_at_once(self, world: World, tenant: Tenant) -> None:
        made = coupon(world, most=3, most_each=None)
        holds = [
            bookings.hold(
                world.wish(8 + number), Viewer(world.cast.hoa, None, frozenset(), via="api")
            )
            if number < 3
            else bookings.hold(world.wish(8 + number), world.browser())
            for number in range(8)
        ]
        said: list[str] = []

        def press(booking: Booking) -> None:
            own = Viewer(world.cast.hoa, booking.session_id, frozenset({"client"}), via="page")
            with serving(tenant):
                try:
                    savings.use_coupon(booking.id, "TET", own)
                    said.append("cheaper")
                except InvalidInput as problem:
                    said.append(problem.fields["code"][0])

        threads = [threading.Thread(target=press, args=(one,)) for one in holds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(said) == ["cheaper"] * 3 + ["coupon_used_up"] * 5
        assert used(made) == 3


class TestCredit:
    def test_pays_for_a_part_and_the_gateway_for_the_rest(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        given = credits.give_credit(world.cast.hoa, 200_000, "sorry", world.lan)
        booking = world.hold()
        world.gate.pays(go(world, booking, credit="balance"))
        assert (world.gate.started[-1].amount.minor, left(given)) == (300_000, 0)
        deliver()
        assert world.state(booking) == BookingState.CONFIRMED
        over(booking, deliver, clock_forward)
        assert stands() == {
            "gateway": 300_000, "adjustments": 200_000, "payable": 400_000, "commission": 100_000,
        }  # fmt: skip

    def test_pays_for_all_and_no_gateway_is_asked(self, world: World, deliver: Deliver) -> None:
        given = credits.give_credit(world.cast.hoa, 800_000, "sorry", world.lan)
        booking = world.hold()
        go(world, booking, credit="balance", method="")
        deliver()
        assert (world.state(booking), left(given)) == (BookingState.CONFIRMED, 300_000)
        assert world.gate.started == []
        bookings.cancel(booking.id, world.hoa)
        deliver()
        assert left(given) == 800_000
        assert stands() == {"adjustments": 800_000, "credit": 800_000}

    def test_comes_back_with_a_hold_that_lapses(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        given = credits.give_credit(world.cast.hoa, 200_000, "sorry", world.lan)
        booking = world.hold()
        attempt_id = go(world, booking, credit="balance")
        clock_forward(timedelta(hours=1))
        deliver()
        assert (world.state(booking), left(given)) == (BookingState.EXPIRED, 200_000)
        world.gate.pays(attempt_id)  # late money finds the hour and the credit still there
        deliver()
        assert (world.state(booking), left(given)) == (BookingState.CONFIRMED, 0)

    def test_that_is_gone_by_then_lets_late_money_go_back(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        given = credits.give_credit(world.cast.hoa, 200_000, "sorry", world.lan)
        booking = world.hold()
        attempt_id = go(world, booking, credit="balance")
        clock_forward(timedelta(hours=1))
        deliver()
        go(world, world.hold(15), credit="balance")
        world.gate.pays(attempt_id)
        deliver()
        assert (world.state(booking), left(given)) == (BookingState.EXPIRED, 0)
        assert world.gate.returned == [300_000]

    def test_what_goes_back_is_the_gateways_first(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        given = credits.give_credit(world.cast.hoa, 400_000, "sorry", world.lan)
        booking = world.hold()
        world.gate.pays(go(world, booking, credit="balance"))
        deliver()
        clock_forward(booking.starts_at - clock.now() - 7 * HOUR)
        bookings.cancel(booking.id, world.hoa)  # half of it
        deliver()
        assert (world.gate.returned, left(given)) == ([100_000], 150_000)

    def test_changing_the_way_to_pay_spends_it_once(self, world: World, deliver: Deliver) -> None:
        given = credits.give_credit(world.cast.hoa, 200_000, "sorry", world.lan)
        booking = world.hold()
        for choice in ("balance", "balance", "", "balance"):
            go(world, booking, credit=choice)
            assert left(given) == (0 if choice else 200_000)
        world.gate.pays(world.see(booking).attempt_id)
        deliver()
        assert stands() == {"gateway": 300_000, "adjustments": 200_000, "clearing": 500_000}

    def test_is_never_spent_twice_at_once(self, world: World, tenant: Tenant) -> None:
        given = credits.give_credit(world.cast.hoa, 500_000, "sorry", world.lan)
        own = [
            Viewer(world.cast.hoa, world.browser().session_id, frozenset({"client"}), via="page")
            for _ in range(3)
        ]
        holds = [bookings.hold(world.wish(9 + at), viewer) for at, viewer in enumerate(own)]
        said: list[str] = []

        def pay(booking: Booking, viewer: Viewer) -> None:
            with serving(tenant):
                try:
                    bookings.start_payment(
                        booking.id, "gate", viewer, "203.0.113.7", credit="balance"
                    )
                    said.append("paid")
                except InvalidInput as problem:
                    said.append(problem.fields["credit"][0])

        pairs = zip(holds, own, strict=True)
        threads = [threading.Thread(target=pay, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(said) == ["credit_not_usable", "credit_not_usable", "paid"]
        assert left(given) == 0
        assert [world.state(one) for one in holds].count(BookingState.CONFIRMED) == 1

    def test_that_nobody_has_is_no_choice(self, world: World) -> None:
        booking = world.hold()
        for choice in ("balance", "nonsense", str(booking.id)):
            with pytest.raises(InvalidInput) as refused:
                go(world, booking, credit=choice)
            assert refused.value.fields == {"credit": ["credit_not_usable"]}
        assert world.state(booking) == BookingState.HELD


class TestPackage:
    def test_pays_session_by_session_down_to_the_last_dong(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = bought(world, deliver, sessions=3, price=1_000_000)
        assert stands() == {"gateway": 1_000_000, "credit": 1_000_000}
        rests = []
        for hour in (9, 11, 13):
            booking = world.hold(hour)
            go(world, booking, credit=str(made.id))
            assert world.state(booking) == BookingState.CONFIRMED
            rests.append(left(made))
        assert rests == [666_667, 333_334, 0]
        with pytest.raises(InvalidInput):
            go(world, world.hold(15), credit=str(made.id))
        clock_forward(world.at(16) - clock.now())
        deliver()
        assert stands() == {"gateway": 1_000_000, "payable": 799_999, "commission": 200_001}

    def test_takes_the_place_of_a_coupon(self, world: World, deliver: Deliver) -> None:
        made, code, booking = bought(world, deliver), coupon(world), world.hold()
        savings.use_coupon(booking.id, "TET", world.hoa)
        go(world, booking, credit=str(made.id))
        found = world.see(booking)
        assert (found.price.minor, found.full_price, used(code)) == (400_000, PRICE, 0)

    def test_a_session_that_is_called_off_comes_back(self, world: World, deliver: Deliver) -> None:
        made, booking = bought(world, deliver), world.hold()
        go(world, booking, credit=str(made.id))
        bookings.cancel(booking.id, world.minh, "ill")
        deliver()
        found = seen(made)
        with reading() as session:
            assert found.sessions_left(credits.left(session, found)) == 4

    def test_whose_difference_the_organization_bears_pays_the_expert_in_full(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = bought(world, deliver, borne_by=BorneBy.ORGANIZATION)
        booking = world.hold()
        go(world, booking, credit=str(made.id))
        over(booking, deliver, clock_forward)
        assert stands() == {
            "gateway": 1_600_000, "credit": 1_200_000,
            "adjustments": 100_000, "payable": 400_000, "commission": 100_000,
        }  # fmt: skip

    @pytest.mark.parametrize(
        "wish", [{"most_minor": PRICE.minor - 1}, {"scope": Scope(minutes=30)}]
    )
    def test_does_not_pay_for_what_it_does_not_hold_for(
        self, world: World, deliver: Deliver, wish: dict[str, object]
    ) -> None:
        made, booking = bought(world, deliver, **wish), world.hold()
        found = world.see(booking)
        with reading() as session:
            assert savings.usable_credit(session, found) == []
        with pytest.raises(InvalidInput):
            go(world, booking, credit=str(made.id))

    def test_what_is_left_goes_back_to_its_buyer(self, world: World, deliver: Deliver) -> None:
        made = bought(world, deliver)
        go(world, world.hold(), credit=str(made.id))
        for _ in range(2):
            assert credits.return_rest(made.id, world.hoa).state is CreditState.RETURNED
        deliver()
        assert world.gate.returned == [1_200_000]
        assert stands() == {"gateway": 400_000, "clearing": 400_000}

    def test_that_is_not_refundable_only_staff_gives_back(
        self, world: World, deliver: Deliver
    ) -> None:
        made = bought(world, deliver, refundable=False)
        with pytest.raises(credits.NotReturnable):
            credits.return_rest(made.id, world.hoa)
        credits.return_rest(made.id, world.lan)
        deliver()
        assert stands() == {}

    def test_what_comes_back_after_its_end_can_be_used_for_a_while(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = bought(world, deliver, days=20)
        booking = world.hold(9)
        go(world, booking, credit=str(made.id))
        clock_forward(booking.starts_at - clock.now() + timedelta(days=21))
        deliver()
        assert (seen(made).state, left(made)) == (CreditState.EXPIRED, 0)
        found = world.see(booking)
        assert found.paid_attempt_id
        wish = payments.GraceWish(found.paid_attempt_id, 400_000, "kindness", BorneBy.SHARED)
        payments.order_refund(wish, world.lan)
        deliver()
        after = seen(made)
        assert (after.state, left(made)) == (CreditState.OPEN, 400_000)
        assert after.ends_at
        assert after.ends_at > clock.now() + timedelta(days=29)
