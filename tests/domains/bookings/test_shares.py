"""What a company passes on to the expert is set against what the expert earns, and paid once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from tests.domains.bookings.conftest import HOUR, PRICE, SECRET, Deliver, Forward, Gate, World
from tests.domains.bookings.test_earnings import ADMIN, grace, over

from cilis.domains import bookings, credits, ledger, payments, payouts, pricing
from cilis.domains.bookings import Booking, Outcome
from cilis.domains.ledger import Account, AccountKind, Posting, PostingKind, Transfer
from cilis.domains.payments import BorneBy
from cilis.domains.payments.service import moves
from cilis.domains.payments.types import Cause, Step
from cilis.domains.pricing import Commission, RuleWish
from cilis.hooks.manager import plugins
from cilis.hooks.payment_parts import Passing, ShareBackOrder
from cilis.hooks.payments import DisputeNews, DisputeOutcome
from cilis.infra.db import reading, transaction
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.testing import auditor

SHARE = 400_000
MONTH = timedelta(days=31)


@dataclass
class Passer(Gate):
    """A gateway that passes shares on."""

    passing: Passing = field(default_factory=lambda: Passing("secret", frozenset({SECRET})))
    contested: list[ShareBackOrder] = field(default_factory=list)

    def take_share_back(self, order: ShareBackOrder, settings: Mapping[str, str]) -> None:
        self.contested.append(order)


@pytest.fixture
def passer(world: World, monkeypatch: pytest.MonkeyPatch) -> Passer:
    """The organization keeps a fifth; Minh has an account at the gateway."""
    made = Passer()
    monkeypatch.setitem(plugins._offers["payments"], "gate", made)
    world.gate = made
    pricing.set_commission(RuleWish(commission=Commission(2_000)), ADMIN)
    payments.set_payee_account(world.cast.minh, "gate", "acct_minh", ADMIN)
    return made


@pytest.fixture(autouse=True)
def _audited(passer: Passer, deliver: Deliver) -> Iterator[None]:
    """Whatever a test does, the books are right in the end."""
    del passer
    yield
    deliver()
    auditor.check(at_rest=True)


@pytest.fixture
def booking(world: World, passer: Passer, deliver: Deliver) -> Booking:
    made = world.booked(9)
    deliver()
    return world.see(made)


def stands(world: World) -> dict[str, int]:
    """The books, and that they balance: what grows by debits is what grows by credits."""
    with reading() as session:
        assert ledger.recount(session) == []
        found = list(ledger.balances(session))
    sides = [0, 0]
    for each in found:
        sides[each.account.kind in ledger.DEBIT_KINDS] += each.amount.minor
    assert sides[0] == sides[1]
    return {each.account.kind.value: each.amount.minor for each in found if each.amount.minor}


def payable(world: World) -> tuple[int, int, int]:
    """What the expert is owed, how much of it is held, and what a payout would be."""
    with reading() as session:
        found = payouts.standings(session, [world.expert_id])[world.expert_id]
    return found.owed.minor, found.held.minor, found.available.minor


def test_the_order_names_account_and_share(passer: Passer, booking: Booking) -> None:
    (order,) = passer.started
    assert order.share is not None
    assert (order.share.account, order.share.amount.minor) == ("acct_minh", SHARE)


def test_before_the_session_it_is_ahead_of_earning(world: World, booking: Booking) -> None:
    assert stands(world) == {
        "gateway": PRICE.minor - SHARE, "passed_on": SHARE, "clearing": PRICE.minor,
    }  # fmt: skip
    assert payable(world) == (0, 0, 0)


def test_earned_it_is_not_owed_again(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    over(world, booking, deliver, clock_forward)
    assert stands(world) == {"gateway": 100_000, "commission": 100_000}
    assert payable(world) == (0, 0, 0)
    with pytest.raises(payouts.NothingToPay):
        payouts.make_batch(world.lan)
    clock_forward(MONTH)
    with pytest.raises(payouts.NothingToPay):
        payouts.make_batch(world.lan)


def test_what_is_owed_of_other_sessions_stays_owed(
    world: World, passer: Passer, deliver: Deliver, clock_forward: Forward
) -> None:
    """One session paid into the organization's account, one shared at once."""
    payments.set_payee_account(world.cast.minh, "gate", "", ADMIN)
    first = world.booked(9)
    deliver()
    over(world, world.see(first), deliver, clock_forward)
    clock_forward(MONTH)
    payments.set_payee_account(world.cast.minh, "gate", "acct_minh", ADMIN)
    second = world.booked(9, day=35)
    deliver()
    assert payable(world) == (SHARE, 0, SHARE)  # ahead of earning nothing is taken of it
    over(world, world.see(second), deliver, clock_forward)
    assert payable(world) == (SHARE, 0, SHARE)  # nor is it held, though something was just earned


def test_the_statement_says_both(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    over(world, booking, deliver, clock_forward)
    with reading() as session:
        month = payouts.months(session, world.expert_id)[0]
        found = payouts.statement(session, world.expert_id, month)
    assert [(line.kind, line.change.minor, line.reference) for line in found.lines] == [
        ("earned", SHARE, booking.reference), ("offset", -SHARE, booking.reference),
    ]  # fmt: skip
    assert found.lines[0].gross == PRICE
    assert found.closing.is_zero
    assert payouts.line_words("offset", found.lines[1].change) != "offset"


def test_cancelling_for_all_leaves_nothing(
    world: World, booking: Booking, deliver: Deliver
) -> None:
    bookings.cancel(booking.id, world.minh, "ill")
    deliver()
    assert stands(world) == {}


def test_what_a_late_cancelling_costs_stays_with_the_expert(
    world: World, passer: Passer, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    clock_forward(booking.starts_at - clock.now() - 7 * HOUR)
    bookings.cancel(booking.id, world.hoa)
    deliver()
    assert [order.share_back for order in passer.refunds] == [Money(SHARE // 2, "VND")]
    assert stands(world) == {"gateway": 50_000, "commission": 50_000}
    assert payable(world) == (0, 0, 0)


@pytest.mark.parametrize(
    ("borne_by", "wanted"),
    [
        (BorneBy.SHARED, {"gateway": 80_000, "commission": 80_000}),
        (
            BorneBy.ORGANIZATION,  # the expert keeps it all, the goodwill is the organization's
            {"adjustments": 100_000, "commission": 100_000},
        ),
    ],
)
def test_a_later_refund(
    world: World,
    booking: Booking,
    deliver: Deliver,
    clock_forward: Forward,
    borne_by: BorneBy,
    wanted: dict[str, int],
) -> None:
    over(world, booking, deliver, clock_forward)
    grace(booking, 100_000, borne_by)
    deliver()
    assert stands(world) == wanted
    assert payable(world) == (0, 0, 0)


def test_a_finding_against_the_expert_takes_everything_back(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    over(world, booking, deliver, clock_forward)
    bookings.dispute(booking.id, world.hoa, "nobody came")
    bookings.decide(booking.id, Outcome.EXPERT_MISSED, world.lan, "the room was empty")
    deliver()
    assert stands(world) == {}


def test_of_what_credit_paid_the_organization_pays_the_share(
    world: World, passer: Passer, deliver: Deliver, clock_forward: Forward
) -> None:
    """The share is of the due amount alone; the rest of it is owed as ever."""
    credits.give_credit(world.cast.hoa, 200_000, "sorry", world.lan)
    made = world.hold(9)
    bookings.start_payment(made.id, "gate", world.hoa, "203.0.113.7", credit="balance")
    passer.pays(world.see(made).attempt_id)
    deliver()
    (order,) = passer.started
    assert order.share is not None
    assert (order.amount.minor, order.share.amount.minor) == (300_000, 240_000)
    over(world, world.see(made), deliver, clock_forward)
    assert payable(world)[0] == SHARE - 240_000
    assert stands(world)["gateway"] == 300_000 - 240_000


def test_a_fixed_commission_leaves_a_debt_where_too_little_stays(
    world: World, passer: Passer, deliver: Deliver, clock_forward: Forward
) -> None:
    """Half of the money goes back, but not half of the commission: the expert owes the rest."""
    pricing.set_commission(RuleWish(commission=Commission(0, fixed_minor=100_000)), ADMIN)
    booking = world.booked(9)
    deliver()
    clock_forward(world.see(booking).starts_at - clock.now() - 7 * HOUR)
    bookings.cancel(booking.id, world.hoa)
    deliver()
    assert stands(world) == {"gateway": 50_000, "payable": -50_000, "commission": 100_000}
    assert payable(world) == (-50_000, 0, 0)


def test_money_that_came_too_late_takes_its_share_back(
    world: World, passer: Passer, deliver: Deliver, clock_forward: Forward
) -> None:
    made = world.hold(9)
    attempt_id = world.pay(made)
    clock_forward(HOUR)
    deliver()
    other = world.hold(9, who=world.browser())
    assert other
    passer.pays(attempt_id)
    deliver()
    assert stands(world) == {}


def test_telling_it_again_moves_nothing(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    over(world, booking, deliver, clock_forward)
    before = stands(world)
    for _ in range(3):
        bookings.service.settle_after_refund(booking.id)
    assert stands(world) == before


@pytest.mark.parametrize("end", [DisputeOutcome.WON, DisputeOutcome.LOST])
def test_a_contested_share_is_owed_again_when_the_bank_has_decided(
    world: World,
    passer: Passer,
    booking: Booking,
    deliver: Deliver,
    clock_forward: Forward,
    end: DisputeOutcome,
) -> None:
    """The company takes it back; lost or won, the expert has earned it, and gets it once."""
    over(world, booking, deliver, clock_forward)
    dispute(booking, DisputeOutcome.OPEN)
    deliver()
    assert [order.amount for order in passer.contested] == [PRICE]
    assert stands(world)["passed_on"] == -SHARE  # back, and not to be paid out yet
    assert payable(world) == (0, 0, 0)
    dispute(booking, end)
    deliver()
    clock_forward(MONTH)
    assert payable(world) == (SHARE, 0, SHARE)
    assert "passed_on" not in stands(world)


def dispute(booking: Booking, outcome: DisputeOutcome) -> None:
    assert booking.paid_attempt_id
    with transaction() as session:
        attempt = payments.attempt(session, booking.paid_attempt_id)
        known = payments.disputes_of(session, attempt.id)
        news = DisputeNews("du_1", attempt.provider_reference, outcome, PRICE, f"d-{outcome}")
        step = Step(Cause.NOTICE)
        moves.apply_dispute_news(session, attempt, known[0] if known else None, news, step)


def test_an_offset_that_was_posted_twice_is_found(
    world: World, booking: Booking, deliver: Deliver, clock_forward: Forward
) -> None:
    over(world, booking, deliver, clock_forward)
    expert = Account(AccountKind.PAYABLE, str(world.expert_id))
    ahead = Account(AccountKind.PASSED_ON, str(world.cast.minh))
    for key, sides in (("wrong", (expert, ahead)), ("righted", (ahead, expert))):
        with transaction() as session:
            ledger.post(
                session,
                Posting(
                    key=key,
                    kind=PostingKind.OFFSET,
                    subject_id=booking.id,
                    transfers=[Transfer(*sides, PRICE)],
                ),
            )
        found = auditor.broken(auditor.read(), at_rest=True)
        assert any(one.startswith("L9: offset") for one in found) is (key == "wrong")
