"""Rules per service, of no-shows and of the expert's own cancellation, frozen into bookings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domains.bookings.conftest import HOUR, PRICE, Deliver, Forward, World

from cilis.domains import bookings, experts, tenants
from cilis.domains.bookings import Booking, BookingState, Outcome
from cilis.domains.tenants import CancellationPolicy, CancellationTier, Rules
from cilis.infra.db import reading, transaction
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money

STRICT = CancellationPolicy(
    key="strict",
    names={"vi": "Chặt", "en": "Strict"},
    tiers=(CancellationTier(48, 40),),
    no_show_percent=10,
)
RULES = Rules(no_show_percent=30, expert_percent=80, suggest=False, policies=(STRICT,))


def have(rules: Rules) -> None:
    """Let the organization have these rules from now on."""
    with transaction() as session:
        known = tenants.organization(session)
        tenants.save_organization(session, replace(known, rules=rules))
    tenants.forget_organizations()


def booked(world: World, deliver: Deliver, hour: float = 9) -> Booking:
    made = world.booked(hour)
    deliver()
    return world.see(made)


def refunds(booking: Booking) -> dict[str, Money]:
    """What would come back in each case."""
    with reading() as session:
        return {
            "client": bookings.cancellation(session, booking).refund,
            "expert": bookings.cancellation(session, booking, by="expert").refund,
            "staff": bookings.cancellation(session, booking, by="staff").refund,
            "client_missed": bookings.if_missed(session, booking, "client").refund,
            "expert_missed": bookings.if_missed(session, booking, "expert").refund,
        }


class TestFrozen:
    def test_old_bookings_keep_theirs(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        before = booked(world, deliver)
        have(RULES)
        after = booked(world, deliver, 14)
        clock_forward(world.at(8) - clock.now())

        old, new = refunds(before), refunds(after)
        assert (old["client_missed"].minor, new["client_missed"]) == (0, PRICE.percent(30))
        assert (old["expert"], new["expert"]) == (PRICE, PRICE.percent(80))
        assert old["staff"] == new["staff"] == old["expert_missed"] == new["expert_missed"] == PRICE
        assert bookings.suggests(before)
        assert not bookings.suggests(after)

    def test_one_of_before_these_rules_has_the_old_ones(
        self, world: World, deliver: Deliver
    ) -> None:
        booking = booked(world, deliver)
        names = {"no_show_percent", "expert_percent", "suggest", "moves", "other_service"}
        with transaction() as session:
            row = bookings.get(session, booking.id)
            row.policy = {key: value for key, value in row.policy.items() if key not in names}
        have(RULES)
        seen = refunds(world.see(booking))
        assert (seen["client_missed"].minor, seen["expert"]) == (0, PRICE)

    def test_a_service_has_its_own(self, world: World, deliver: Deliver) -> None:
        have(RULES)
        usual = booked(world, deliver, 9)
        service_id = world.services["plain"].id
        experts.choose_policy(service_id, "strict", world.lan)
        own = booked(world, deliver, 11)
        assert [tier["percent"] for tier in usual.policy["tiers"]] == [100, 50]
        assert own.policy["tiers"] == [{"hours": 48, "percent": 40}]
        assert refunds(own)["client_missed"] == PRICE.percent(10)
        assert refunds(usual)["client_missed"] == PRICE.percent(30)

    def test_what_the_organization_gives_up_ends_for_new_bookings(
        self, world: World, deliver: Deliver
    ) -> None:
        have(RULES)
        experts.choose_policy(world.services["plain"].id, "strict", world.lan)
        own = booked(world, deliver, 9)
        have(replace(RULES, policies=()))
        later = booked(world, deliver, 11)
        assert [tier["percent"] for tier in own.policy["tiers"]] == [40]
        assert [tier["percent"] for tier in later.policy["tiers"]] == [100, 50]

    def test_an_expert_chooses_only_what_there_is(self, world: World) -> None:
        have(RULES)
        service_id = world.services["plain"].id
        wish = experts.ServiceWish(names={"vi": "Tư vấn"}, minutes=60, price_minor=1)
        chosen = experts.edit_service(service_id, replace(wish, policy="strict"), world.minh)
        assert chosen.terms.policy == "strict"
        with pytest.raises(InvalidInput):
            experts.edit_service(service_id, replace(wish, policy="mild"), world.minh)
        have(Rules())
        experts.edit_service(service_id, replace(wish, policy="strict"), world.minh)  # had it
        with pytest.raises(InvalidInput):
            experts.choose_policy(world.services["free"].id, "strict", world.lan)


class TestNoShow:
    def test_the_share_comes_back_once(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        have(RULES)
        booking = booked(world, deliver)
        clock_forward(world.at(9.2) - clock.now())
        bookings.mark_no_show(booking.id, world.minh)
        bookings.mark_no_show(booking.id, world.minh)
        deliver()
        share = PRICE.percent(30).minor
        assert world.gate.returned == [share]
        assert world.see(booking).refund_minor == share

        # The client objects, and a person finds the same: nothing more comes back.
        bookings.dispute(booking.id, world.hoa, "Tôi đã ở đó")
        bookings.decide(booking.id, Outcome.CLIENT_MISSED, world.lan, "Nhật ký phòng")
        deliver()
        assert world.gate.returned == [share]

    def test_if_it_was_the_expert_the_rest_comes_back(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        have(RULES)
        booking = booked(world, deliver)
        clock_forward(world.at(9.2) - clock.now())
        bookings.mark_no_show(booking.id, world.minh)
        bookings.dispute(booking.id, world.hoa, "Tôi đã ở đó")
        bookings.decide(booking.id, Outcome.EXPERT_MISSED, world.lan, "Nhật ký phòng")
        deliver()
        share = PRICE.percent(30).minor
        assert world.gate.returned == [share, PRICE.minor - share]
        seen = world.see(booking)
        assert (seen.state, seen.refund_minor) == (BookingState.NO_SHOW, PRICE.minor)


class TestExpertCancels:
    def test_by_the_share_but_never_less_than_the_client_would_get(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        have(RULES)
        early, late = booked(world, deliver, 9), booked(world, deliver, 14)
        with reading() as session:
            far = bookings.cancellation(session, early, by="expert")
        assert (far.percent, far.refund, far.until) == (100, PRICE, None)
        clock_forward(world.at(14) - 10 * HOUR - clock.now())
        with reading() as session:
            near = bookings.cancellation(session, late, by="expert")
        assert (near.percent, near.full_because, near.fee) == (80, "", PRICE.percent(20))
        bookings.cancel(late.id, world.minh, "Ốm")
        deliver()
        assert world.gate.returned == [PRICE.percent(80).minor]

    def test_a_request_that_nobody_answered_comes_back_whole(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        have(RULES)
        clock_forward(world.at(3) - clock.now())
        asked = world.booked(9, service="asked")
        deliver()
        bookings.cancel(asked.id, world.minh, "Ốm")
        deliver()
        assert world.gate.returned == [PRICE.minor]
