"""Buying, giving, taking, ending: what becomes of credit whatever becomes of its money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from tests.domains.bookings.conftest import Deliver, Forward, Gate, World, gate, world

from cilis.domains import bookings, credits, ledger, payments
from cilis.domains.bookings import Booking
from cilis.domains.credits import CreditState, GiftRules, GiftWish
from cilis.domains.credits import service as credits_service
from cilis.domains.credits.types import session_part, sessions_in
from cilis.hooks.payments import RefundNews, RefundOrder, RefundOutcome
from cilis.infra.db import reading
from cilis.infra.outbox import Event
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.testing import auditor

__all__ = ["gate", "world"]
AMOUNT = 300_000


@pytest.fixture(autouse=True)
def gifts(world: World) -> None:
    """Gift credit is sold."""
    rules = GiftRules(is_on=True, least_minor=100_000, most_minor=5_000_000, days=365)
    credits.change_gift_rules(rules, world.lan)


def chosen(world: World, recipient: str = "") -> credits.Credit:
    return credits.buy_gift(GiftWish(amount_minor=AMOUNT, recipient=recipient), world.hoa)


def bought(world: World, deliver: Deliver, recipient: str = "") -> credits.Credit:
    made = chosen(world, recipient)
    credits.pay_for_credit(made.id, "gate", world.hoa, "203.0.113.7")
    world.gate.pays(seen(made).attempt_id)
    deliver()
    return seen(made)


def seen(made: credits.Credit) -> credits.Credit:
    with reading() as session:
        return credits.credit(session, made.id)


def left(made: credits.Credit) -> int:
    with reading() as session:
        return credits.left(session, made).minor


def balances() -> dict[str, int]:
    with reading() as session:
        assert ledger.recount(session) == []
        found = {each.account.kind.value: each.amount.minor for each in ledger.balances(session)}
    return {kind: minor for kind, minor in found.items() if minor}


def go(world: World, booking: Booking, credit: str) -> None:
    bookings.start_payment(booking.id, "gate", world.hoa, "203.0.113.7", credit=credit)


def refunded(world: World, made: credits.Credit, minor: int = AMOUNT) -> UUID:
    """Staff gives money of a purchase back."""
    assert made.attempt_id
    wish = payments.GraceWish(made.attempt_id, minor, "kindness", payments.BorneBy.SHARED)
    return payments.order_refund(wish, world.lan).id


def over_with(booking: Booking, world: World) -> None:
    """The client gives a hold up."""
    bookings.cancel(booking.id, world.hoa)


class TestBuying:
    def test_is_credit_once_it_is_paid(self, world: World, deliver: Deliver) -> None:
        made = chosen(world)
        assert (made.state, left(made)) == (CreditState.WAITING, 0)
        made = bought(world, deliver)
        assert (made.state, made.owner_id, left(made)) == (CreditState.OPEN, world.cast.hoa, AMOUNT)
        assert balances() == {"gateway": AMOUNT, "credit": AMOUNT}

    def test_paid_twice_is_credit_once(self, world: World, deliver: Deliver) -> None:
        made = chosen(world)
        for _ in range(2):
            credits.pay_for_credit(made.id, "gate", world.hoa, "203.0.113.7")
        first, second = (order.reference for order in world.gate.started[-2:])
        assert first != second
        for attempt in (first, second):
            world.gate.pays(payments_id(attempt))
            deliver()
        assert (left(made), world.gate.returned) == (AMOUNT, [AMOUNT])

    def test_paid_late_is_credit_all_the_same(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = chosen(world)
        credits.pay_for_credit(made.id, "gate", world.hoa, "203.0.113.7")
        clock_forward(timedelta(hours=2))
        deliver()
        assert seen(made).state is CreditState.LAPSED
        world.gate.pays(seen(made).attempt_id)
        deliver()
        assert (seen(made).state, left(made)) == (CreditState.OPEN, AMOUNT)

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            (GiftWish(amount_minor=99_999), "amount_minor"),
            (GiftWish(amount_minor=5_000_001), "amount_minor"),
            (GiftWish(amount_minor=AMOUNT, recipient="nobody"), "recipient"),
            (GiftWish(amount_minor=AMOUNT, recipient="a\x00b@example.org"), "recipient"),
            (GiftWish(amount_minor=AMOUNT, message="x" * 501), "message"),
            (GiftWish(amount_minor=AMOUNT, message="a\x00b"), "message"),
        ],
    )
    def test_says_what_is_wrong(self, world: World, wish: GiftWish, field: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            credits.buy_gift(wish, world.hoa)
        assert list(refused.value.fields) == [field]

    def test_is_off_where_the_organization_says_so(self, world: World) -> None:
        credits.change_gift_rules(GiftRules(), world.lan)
        with pytest.raises(credits.GiftsOff):
            chosen(world)

    def test_only_the_buyer_pays(self, world: World) -> None:
        with pytest.raises(credits.CreditNotFound):
            credits.pay_for_credit(chosen(world).id, "gate", world.minh, "203.0.113.7")


class TestGift:
    def test_belongs_to_who_has_its_code(self, world: World, deliver: Deliver) -> None:
        made = bought(world, deliver, "minh@example.org")
        assert made.owner_id is None
        code = credits.code_of(made)
        assert code not in {made.code_hash, made.code_sealed}
        for _ in range(2):
            found = credits.redeem(code.lower().replace("-", " "), world.minh)
            assert (found.id, found.owner_id) == (made.id, world.cast.minh)
        with pytest.raises(credits.CodeUnknown):
            credits.redeem(code, world.hoa)

    def test_is_not_there_before_it_is_paid(self, world: World) -> None:
        made = chosen(world, "minh@example.org")
        with pytest.raises(credits.CodeUnknown):
            credits.redeem(credits.code_of(made), world.minh)

    def test_codes_cannot_be_tried_one_after_the_other(self, world: World) -> None:
        said = []
        for number in range(25):
            with pytest.raises(Exception) as refused:
                credits.redeem(f"ABCD-{number}", world.minh)
            said.append(type(refused.value).__name__)
        assert said[:20] == ["CodeUnknown"] * 20
        assert said[20:] == ["TooMany"] * 5


class TestEnding:
    def test_what_nobody_used_is_the_organizations(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = bought(world, deliver)
        clock_forward(timedelta(days=366))
        deliver()
        assert (seen(made).state, left(made)) == (CreditState.EXPIRED, 0)
        assert balances() == {"gateway": AMOUNT, "commission": AMOUNT}

    def test_of_goodwill_leaves_nothing_behind(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        credits.give_credit(world.cast.hoa, AMOUNT, "sorry", world.lan, days=10)
        assert balances() == {"adjustments": AMOUNT, "credit": AMOUNT}
        clock_forward(timedelta(days=11))
        deliver()
        assert balances() == {}

    def test_its_owner_is_told_before(
        self,
        world: World,
        deliver: Deliver,
        clock_forward: Forward,
        emitted: Callable[[], list[Event]],
    ) -> None:
        made = bought(world, deliver)
        soon = [one for one in emitted() if isinstance(one, credits.CreditEndsSoon)]
        assert [one.credit_id for one in soon] == [made.id]
        with reading() as session:
            assert credits.warn(session, made.id) is None  # a year is left
        clock_forward(timedelta(days=352))
        with reading() as session:
            assert credits.warn(session, made.id) is not None


class TestHolds:
    """Holds that come to nothing lengthen no credit."""

    def test_that_end_leave_the_end_where_it_was(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = credits.give_credit(world.cast.hoa, AMOUNT, "sorry", world.lan, days=10)
        booking = world.hold(day=3)
        for credit in ("balance", "", "balance"):  # another way to pay, and back
            go(world, booking, credit=credit)
        clock_forward(timedelta(hours=2))
        deliver()
        assert (left(made), seen(made).ends_at) == (AMOUNT, made.ends_at)

    def test_that_outlive_it_leave_a_day(
        self, world: World, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = credits.give_credit(world.cast.hoa, AMOUNT, "sorry", world.lan, days=1)
        clock_forward(timedelta(days=1) - timedelta(minutes=5))
        booking = world.hold(day=3)
        go(world, booking, credit="balance")
        clock_forward(timedelta(minutes=6))
        deliver()
        assert seen(made).state is CreditState.EXPIRED
        clock_forward(timedelta(hours=2))
        deliver()
        assert (seen(made).state, left(made)) == (CreditState.OPEN, AMOUNT)
        ends_at = seen(made).ends_at
        assert ends_at
        assert timedelta(hours=23) < ends_at - clock.now() <= timedelta(days=1)
        clock_forward(timedelta(days=1, minutes=1))
        deliver()
        assert (seen(made).state, left(made)) == (CreditState.EXPIRED, 0)


class TestGoingBack:
    def test_a_purchase_that_staff_refunds_takes_the_credit_along(
        self, world: World, deliver: Deliver
    ) -> None:
        made = bought(world, deliver)
        assert made.paid_attempt_id
        wish = payments.GraceWish(
            made.paid_attempt_id, 100_000, "kindness", payments.BorneBy.SHARED
        )
        payments.order_refund(wish, world.lan)
        deliver()
        assert left(made) == 200_000
        assert balances() == {"gateway": 200_000, "credit": 200_000}

    def test_what_the_bank_sends_back_is_credit_again(
        self, world: World, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(order: RefundOrder, _settings: object) -> RefundNews:
            return RefundNews(order.refund_reference, RefundOutcome.REFUSED, "r", "R", "closed")

        monkeypatch.setattr(Gate, "refund", lambda _self, order, settings: refuse(order, settings))
        made = bought(world, deliver)
        credits.return_rest(made.id, world.lan)
        deliver()
        assert (seen(made).state, left(made)) == (CreditState.OPEN, AMOUNT)
        assert balances() == {"gateway": AMOUNT, "credit": AMOUNT}

    def test_who_has_the_money_has_not_the_credit_that_was_spent(
        self, world: World, deliver: Deliver
    ) -> None:
        made, booking = bought(world, deliver), world.hold()
        go(world, booking, credit="balance")
        refunded(world, made)
        deliver()
        assert (seen(made).state, left(made)) == (CreditState.RETURNED, 0)
        assert balances() == {"clearing": AMOUNT, "adjustments": AMOUNT}
        [attempt_id] = world.see(booking).credit_attempt_ids
        over_with(booking, world)
        for _ in range(2):
            deliver()
            credits_service.keep_open(attempt_id)
        assert (seen(made).state, left(made), balances()) == (CreditState.RETURNED, 0, {})
        assert auditor.broken(auditor.read(), at_rest=True) == []

    def test_only_what_is_borne_is_taken(self, world: World, deliver: Deliver) -> None:
        made, booking = bought(world, deliver), world.hold()
        go(world, booking, credit="balance")
        refunded(world, made, 100_000)
        deliver()
        over_with(booking, world)
        deliver()
        assert (seen(made).state, left(made)) == (CreditState.OPEN, 200_000)
        assert balances() == {"gateway": 200_000, "credit": 200_000}
        assert auditor.broken(auditor.read(), at_rest=True) == []

    def test_what_was_taken_comes_back_if_the_bank_refuses_after_all(
        self, world: World, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = [RefundOutcome.ACCEPTED]

        def answer(_self: Gate, order: RefundOrder, _settings: object) -> RefundNews:
            return RefundNews(order.refund_reference, said[-1], "r", "R", "closed")

        monkeypatch.setattr(Gate, "refund", answer)
        monkeypatch.setattr(Gate, "query_refund", answer)
        made, booking = bought(world, deliver), world.hold()
        go(world, booking, credit="balance")
        refunded(world, made)
        deliver()
        over_with(booking, world)
        deliver()
        assert left(made) == 0
        said.append(RefundOutcome.REFUSED)
        clock.set_distance(clock.distance() + timedelta(days=1))
        deliver()
        assert (seen(made).state, left(made)) == (CreditState.OPEN, AMOUNT)
        assert balances() == {"gateway": AMOUNT, "credit": AMOUNT}
        assert auditor.broken(auditor.read(), at_rest=True) == []

    def test_that_was_refused_before_we_heard_of_it_takes_nothing(
        self, world: World, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_self: Gate, order: RefundOrder, _settings: object) -> RefundNews:
            return RefundNews(order.refund_reference, RefundOutcome.REFUSED, "r", "R", "closed")

        monkeypatch.setattr(Gate, "refund", refuse)
        made = bought(world, deliver)
        with monkeypatch.context() as late:
            late.setattr(credits_service, "take_back", lambda *_: None)
            refund_id = refunded(world, made)
            deliver()
        credits_service.take_back(made.id, refund_id)
        assert (seen(made).state, left(made)) == (CreditState.OPEN, AMOUNT)
        assert auditor.broken(auditor.read(), at_rest=True) == []

    @pytest.mark.parametrize("minor", [100_000, AMOUNT])
    def test_that_was_refunded_before_we_heard_of_the_money_is_gone(
        self, world: World, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, minor: int
    ) -> None:
        with monkeypatch.context() as late:
            late.setattr(credits_service, "open_paid", lambda *_: None)
            made = bought(world, deliver)
            assert made.attempt_id
            refunded(world, made, minor)
            deliver()
        for _ in range(2):
            credits_service.open_paid(made.id, made.attempt_id)
            deliver()
        state = CreditState.OPEN if minor < AMOUNT else CreditState.RETURNED
        assert (seen(made).state, left(made)) == (state, AMOUNT - minor)
        assert auditor.broken(auditor.read(), at_rest=True) == []

    def test_goodwill_is_not_money(self, world: World) -> None:
        made = credits.give_credit(world.cast.hoa, AMOUNT, "sorry", world.lan)
        with pytest.raises(credits.NotReturnable):
            credits.return_rest(made.id, world.lan)

    def test_nobody_else_sees_it(self, world: World) -> None:
        made = credits.give_credit(world.cast.hoa, AMOUNT, "sorry", world.lan)
        with pytest.raises(credits.CreditNotFound):
            credits.return_rest(made.id, world.minh)


def payments_id(reference: str) -> object:
    return UUID(hex=reference)


@pytest.mark.parametrize(
    ("left", "price", "sessions", "parts"),
    [
        (3, 3, 3, [1, 1, 1]),
        (5, 5, 4, [1, 1, 1, 2]),
        (1_000_000, 1_000_000, 3, [333_333, 333_333, 333_334]),
        (7, 7, 4, [1, 1, 1, 4]),
    ],
)
def test_a_package_pays_as_often_as_it_says(
    left: int, price: int, sessions: int, parts: list[int]
) -> None:
    found, unit, over = [], price // sessions, price % sessions
    while part := session_part(left, unit, over):
        assert sessions_in(left, unit, over) == sessions - len(found)
        found.append(part)
        left -= part
    assert (found, left, sessions_in(left, unit, over)) == (parts, 0, 0)
