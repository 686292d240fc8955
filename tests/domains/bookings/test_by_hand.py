"""An hour that waits for a bank transfer, or for its client to come to the desk."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from tests.domains.bookings.conftest import PRICE, Deliver, Forward, World

from cilis.domains import bookings, extensions, payments
from cilis.domains.bookings import Booking, BookingState
from cilis.infra import audit
from cilis.infra.db import reading
from cilis.kit import clock, ids
from cilis.kit.errors import Forbidden
from cilis.kit.viewer import Viewer

SETTINGS = {
    "transfer": "1",
    "holder": "An Bình",
    "account": "DE89370400440532013000",
    "transfer_days": "3",
    "transfer_before": "24",
    "desk": "1",
    "desk_place": "12 Lê Lợi",
    "desk_days": "2",
    "desk_before": "1",
}


@pytest.fixture(autouse=True)
def by_hand(world: World) -> None:
    extensions.switch("payments", "manual", True, SETTINGS, world.lan)


def start(world: World, booking: Booking, way: str = "transfer") -> UUID:
    url = bookings.start_payment(booking.id, f"manual:{way}", world.hoa, "203.0.113.7")
    attempt_id = world.see(booking).attempt_id
    assert attempt_id
    assert url.endswith(f"/payments/{attempt_id}/instructions")
    return attempt_id


def receive(world: World, attempt_id: UUID, minor: int = PRICE.minor) -> payments.Attempt:
    receipt = payments.Receipt(amount_minor=minor, number="ST-2026-7")
    return payments.receive_by_hand(attempt_id, receipt, world.lan)


def attempt(attempt_id: UUID) -> payments.Attempt:
    with reading() as session:
        return payments.attempt(session, attempt_id)


class TestWaiting:
    def test_the_hour_waits_as_long_as_the_organization_says(self, world: World) -> None:
        booking = world.hold(9)
        found = attempt(start(world, booking))
        assert (found.provider, found.way, found.state) == ("manual", "transfer", "sent")
        assert found.expires_at == booking.created_at + timedelta(days=3)
        assert world.see(booking).held_until == found.expires_at + timedelta(minutes=5)

    def test_never_past_the_hours_before_the_session(
        self, world: World, clock_forward: Forward
    ) -> None:
        booking = world.hold(9)
        clock_forward(booking.starts_at - clock.now() - timedelta(hours=30))
        late = bookings.hold(world.wish(11), Viewer(world.cast.hoa, ids.new(), via="page"))
        found = attempt(start(world, late))
        assert found.expires_at == late.starts_at - timedelta(hours=24)

    def test_too_late_for_a_transfer_is_said_before_anything_is_opened(
        self, world: World, clock_forward: Forward
    ) -> None:
        first = world.hold(9)
        clock_forward(first.starts_at - clock.now() - timedelta(hours=20))
        late = bookings.hold(world.wish(11), Viewer(world.cast.hoa, ids.new(), via="page"))
        with pytest.raises(bookings.HoldExpired):
            start(world, late)
        assert world.see(late).attempt_id is None
        start(world, late, "desk")

    def test_choosing_it_again_does_not_hold_the_hour_for_longer(
        self, world: World, clock_forward: Forward
    ) -> None:
        booking = world.hold(9)
        first = attempt(start(world, booking))
        clock_forward(timedelta(days=2))
        again = attempt(start(world, booking))
        assert (again.expires_at, first.id == again.id) == (first.expires_at, False)
        assert attempt(first.id).state == "expired"

    def test_nobody_is_asked_until_the_end_and_then_the_hour_is_free(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        booking = world.hold(9)
        attempt_id = start(world, booking)
        for _ in range(5):
            clock_forward(timedelta(hours=14))
            deliver()
        with reading() as session:
            assert [one.cause for one in payments.changes(session, attempt_id)] == [
                "opened", "sending",
            ]  # fmt: skip
        assert world.state(booking) == BookingState.HELD
        clock_forward(timedelta(hours=3))
        deliver()
        assert attempt(attempt_id).state == "expired"
        assert world.state(booking) == BookingState.EXPIRED
        assert world.offered(9)

    def test_a_card_may_pay_what_waits_for_a_transfer(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        booking = world.hold(9)
        transfer = start(world, booking)
        clock_forward(timedelta(days=1))
        world.gate.pays(world.pay(booking))
        deliver()
        assert world.state(booking) == BookingState.CONFIRMED
        assert attempt(transfer).state == "expired"


class TestReceiving:
    def test_the_money_makes_the_booking(self, world: World, deliver: Deliver) -> None:
        booking = world.hold(9)
        attempt_id = start(world, booking)
        receive(world, attempt_id)
        deliver()
        assert world.state(booking) == BookingState.CONFIRMED
        assert attempt(attempt_id).provider_reference == "ST-2026-7"
        with reading() as session:
            book = audit.page(session, audit.Question(action="payments.attempt_captured"))
            last = payments.changes(session, attempt_id)[-1]
        assert (last.cause, last.actor_id) == ("person", world.cast.lan)
        assert last.evidence == {"amount_minor": PRICE.minor, "number": "ST-2026-7"}
        assert [(line.subject_id, line.actor_id) for line in book.items] == [
            (attempt_id, world.cast.lan)
        ]

    def test_no_gateway_is_compared_with_our_books(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        """People are the books here: nothing is missing at a gateway that there is not."""
        receive(world, start(world, world.hold(9)))
        deliver()
        for _ in range(2):
            clock_forward(timedelta(days=1, hours=3))
            deliver()
        with reading() as session:
            assert payments.open_differences(session) == 0
            compared = [one.provider for one in payments.reconciliations(session)]
        assert "manual" not in compared

    @pytest.mark.parametrize("off_by", [-1, 1, PRICE.minor])
    def test_another_amount_changes_nothing(
        self, world: World, deliver: Deliver, off_by: int
    ) -> None:
        booking = world.hold(9)
        attempt_id = start(world, booking)
        with pytest.raises(payments.NotTheAmount):
            receive(world, attempt_id, PRICE.minor + off_by)
        deliver()
        assert (attempt(attempt_id).state, world.state(booking)) == ("sent", BookingState.HELD)

    def test_twice_is_once(self, world: World, deliver: Deliver) -> None:
        attempt_id = start(world, world.hold(9))
        receive(world, attempt_id)
        with pytest.raises(payments.AlreadyPaid):
            receive(world, attempt_id)
        deliver()

    def test_nobody_takes_in_their_own(self, world: World) -> None:
        attempt_id = start(world, world.hold(9))
        receipt = payments.Receipt(amount_minor=PRICE.minor, number="1")
        for who in (world.hoa, world.minh):
            with pytest.raises(Forbidden):
                payments.receive_by_hand(attempt_id, receipt, who)

    def test_what_a_gateway_tells_of_is_not_written_by_hand(self, world: World) -> None:
        attempt_id = world.pay(world.hold(9))
        with pytest.raises(payments.NotByHand):
            receive(world, attempt_id)
        assert attempt(attempt_id).state == "sent"

    def test_late_money_takes_the_hour_again_or_goes_back(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        free, taken = world.hold(9), world.hold(11, Viewer(world.cast.hoa, ids.new(), via="page"))
        late = [start(world, booking) for booking in (free, taken)]
        clock_forward(timedelta(days=3, minutes=10))
        deliver()
        other = bookings.hold(world.wish(11), Viewer(world.cast.hoa, ids.new(), via="page"))
        assert world.state(other) == BookingState.HELD
        for attempt_id in late:
            receive(world, attempt_id)
        deliver()
        assert world.state(free) == BookingState.CONFIRMED
        assert world.state(taken) == BookingState.EXPIRED
        with reading() as session:
            (refund,) = payments.refunds_of(session, [late[1]])[late[1]]
        assert (refund.amount, refund.state) == (PRICE, "accepted")

    def test_a_card_that_pays_after_the_transfer_goes_back(
        self, world: World, deliver: Deliver
    ) -> None:
        """For one hour; the second money goes back by itself."""
        booking = world.hold(9)
        transfer = start(world, booking)
        card = world.pay(booking)
        receive(world, transfer)
        deliver()
        world.gate.pays(card)
        deliver()
        assert world.state(booking) == BookingState.CONFIRMED
        assert world.see(booking).paid_attempt_id == transfer
        assert world.gate.returned == [PRICE.minor]


class TestPayingOut:
    @pytest.fixture
    def refund_id(self, world: World, deliver: Deliver) -> UUID:
        booking = world.hold(9)
        attempt_id = start(world, booking)
        receive(world, attempt_id)
        deliver()
        found = payments.order_refund(
            payments.GraceWish(attempt_id, 100_000, "Một phần"), world.lan
        )
        deliver()
        return found.id

    def test_a_refund_waits_for_a_person(
        self, world: World, refund_id: UUID, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(timedelta(days=10))
        deliver()
        assert self.state(refund_id) == "accepted"
        payments.pay_out_refund(refund_id, "OUT-1", world.lan)
        deliver()
        assert self.state(refund_id) == "done"
        with pytest.raises(payments.RefundOver):
            payments.pay_out_refund(refund_id, "OUT-1", world.lan)

    def test_nobody_pays_out_to_themselves(self, world: World, refund_id: UUID) -> None:
        with pytest.raises(payments.OwnPayment):
            payments.pay_out_refund(refund_id, "OUT-1", world.hoa)
        assert self.state(refund_id) == "accepted"

    @staticmethod
    def state(refund_id: UUID) -> str:
        with reading() as session:
            return payments.refund(session, refund_id).state.value
