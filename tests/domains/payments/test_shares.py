"""What a company passes on to the payee, and what of it comes back: our books against Stripe's stand-in."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from tests.domains.payments.test_gateways import HOOK, KEY, STAFF, address, bring, switch_on

from cilis.domains import extensions, ledger, payments
from cilis.domains.payments import BorneBy
from cilis.hooks.payments import RefundOutcome
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import Event
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer
from cilis.testing import house as houses
from cilis.testing.fixtures import Browser, Cast
from cilis.testing.standins.control import StandIns
from cilis.testing.standins.fixtures import running_stand_ins, stand_ins

__all__ = ["running_stand_ins", "stand_ins"]

Deliver = Callable[[], int]
Forward = Callable[[timedelta], None]
Alarms = Callable[[], list[str]]
PRICE = Money(24_000, "EUR")
SHARE = Money(17_123, "EUR")
AT_THE_REFUND, AT_THE_REVERSAL = 2, 2  # calls of Stripe before it


class Shop:
    """A tenant whose experts get their shares at once, and one payment of Hoa's to Minh."""

    def __init__(self, cast: Cast, stand_ins: StandIns, browser: Browser) -> None:
        self.cast, self.stand_ins, self.browser = cast, stand_ins, browser
        switch_on("stripe", stand_ins)
        self.charges("destination")
        stand_ins.make_account(KEY, "acct_minh")
        self.account("acct_minh")
        houses.deliver_all()
        self.payee, self.heard = cast.minh, 0
        self.attempt_id = ids.new()

    def charges(self, how: str) -> None:
        settings = {**self.stand_ins.stripe_settings(KEY, HOOK), "charges": how}
        extensions.switch("payments", "stripe", True, settings, STAFF)

    def key(self, key: str) -> None:
        settings = {**self.stand_ins.stripe_settings(key, HOOK), "charges": "destination"}
        extensions.switch("payments", "stripe", True, settings, STAFF)

    def account(self, name: str) -> None:
        payments.set_payee_account(
            self.cast.minh, "stripe", name, Viewer(self.cast.lan, roles=frozenset({"admin"}))
        )

    def start(self, share: Money | None = SHARE) -> str:
        with transaction() as session:
            self.attempt_id = payments.open_attempt(
                session,
                subject_id=ids.new(),
                payer_id=self.cast.hoa,
                payee_id=self.payee,
                amount=PRICE,
                provider="stripe",
                description="K7QM Tư vấn",
                expires_at=clock.now() + timedelta(minutes=10),
                share=share,
            )
        return self.send()

    def send(self) -> str:
        return payments.send_to_provider(
            self.attempt_id, client_ip="203.0.113.7", language="vi", return_url="https://x/y"
        )

    def paid(self) -> Shop:
        self.stand_ins.pay(self.start())
        self.listen()
        return self

    def listen(self) -> None:
        fresh = self.stand_ins.notices(self.attempt_id.hex)[self.heard :]
        self.heard += len(fresh)
        for notice in fresh:
            assert bring(self.browser, address("stripe"), notice).startswith("200")

    def refund(self, minor: int, borne_by: BorneBy = BorneBy.SHARED) -> UUID:
        with transaction() as session:
            return payments.request_refund(
                session, self.attempt_id, Money(minor, "EUR"), "because", None,
                key=ids.new().hex, borne_by=borne_by,
            )  # fmt: skip

    def at_stripe(self) -> int:
        (found,) = self.stand_ins.payments(self.attempt_id.hex)
        return int(found["share"])

    def stands(self) -> dict[str, int]:
        """What stands in our books; what the payee has is what Stripe says."""
        with reading() as session:
            assert ledger.recount(session) == []
            return {
                each.account.kind.value: each.amount.minor
                for each in ledger.balances(session)
                if each.amount.minor
            }


@pytest.fixture
def alarms(emitted: Callable[[], list[Event]]) -> Callable[[], list[str]]:
    """Why the staff were warned of money."""
    return lambda: [one.why for one in emitted() if isinstance(one, payments.MoneyAlarm)]


@pytest.fixture
def shop(tenant: Tenant, cast: Cast, stand_ins: StandIns, browser_client: Browser) -> Shop:
    return Shop(cast, stand_ins, browser_client)


class TestGoes:
    def test_the_payee_has_the_share_and_the_gateway_the_rest(self, shop: Shop) -> None:
        shop.paid()
        assert shop.at_stripe() == SHARE.minor
        assert shop.stands() == {
            "gateway": PRICE.minor - SHARE.minor,
            "passed_on": SHARE.minor,
            "clearing": PRICE.minor,
        }

    def test_before_the_money_came_nothing_has_gone(self, shop: Shop) -> None:
        shop.start()
        assert shop.stands() == {}

    @pytest.mark.parametrize(
        "case", ["another way", "no account", "not known", "nothing", "another payee"]
    )
    def test_all_of_it_stays(self, shop: Shop, cast: Cast, case: str) -> None:
        if case == "another way":
            shop.charges("own")
        if case == "no account":
            shop.account("")
        share = {"not known": None, "nothing": Money(0, "EUR")}.get(case, SHARE)
        if case == "another payee":
            shop.payee = cast.lan  # who has no account there
        shop.stand_ins.pay(shop.start(share))
        shop.listen()
        assert shop.stands() == {"gateway": PRICE.minor, "clearing": PRICE.minor}

    def test_what_was_promised_goes_though_the_settings_change(self, shop: Shop) -> None:
        """A client may stand before the page when the way is changed."""
        shop.stand_ins.set_fault("down", "stripe", times=1)
        with pytest.raises(payments.GatewayUnavailable):
            shop.start()
        shop.charges("own")
        shop.stand_ins.pay(shop.send())
        shop.listen()
        assert shop.stands()["passed_on"] == shop.at_stripe() == SHARE.minor

    def test_a_lost_answer_loses_no_share(
        self, shop: Shop, deliver: Deliver, clock_forward: Forward
    ) -> None:
        """What goes is decided before the gateway hears of it, so a question finds it right."""
        shop.stand_ins.set_fault("lost_reply", "stripe", times=1)
        with pytest.raises(payments.GatewayUnavailable):
            shop.start()
        shop.stand_ins.pay(shop.attempt_id.hex)
        clock_forward(timedelta(minutes=2))
        deliver()
        assert shop.stands()["passed_on"] == shop.at_stripe() == SHARE.minor


class TestComesBack:
    def test_a_full_refund_leaves_nothing_anywhere(self, shop: Shop, deliver: Deliver) -> None:
        shop.paid().refund(PRICE.minor)
        deliver()
        assert (shop.stands(), shop.at_stripe()) == ({}, 0)

    def test_until_it_went_the_payee_has_it(self, shop: Shop) -> None:
        shop.paid().refund(PRICE.minor)
        assert shop.stands()["passed_on"] == SHARE.minor
        with reading() as session:
            assert payments.passed_minor(session, [shop.attempt_id]) == 0  # it is asked for

    @pytest.mark.parametrize("seed", range(3))
    def test_parts_add_up(self, shop: Shop, deliver: Deliver, seed: int) -> None:
        """Whatever the parts are, each takes its part of the share, and all together all of it."""
        shop.paid()
        chance, left = random.Random(seed), PRICE.minor
        while left:
            part = min(left, chance.choice([1, 2, 333, 4_999, 7_501]))
            if part <= 2:
                part = min(left, chance.randint(1, left))
            shop.refund(part)
            deliver()
            left -= part
            exact = SHARE.minor * left / PRICE.minor
            assert shop.stands().get("passed_on", 0) == shop.at_stripe()
            assert abs(shop.at_stripe() - exact) <= 1
        assert (shop.stands(), shop.at_stripe()) == ({}, 0)

    def test_goodwill_of_the_organization_takes_nothing_back(
        self, shop: Shop, deliver: Deliver
    ) -> None:
        shop.paid().refund(10_000, BorneBy.ORGANIZATION)
        deliver()
        assert shop.stands()["passed_on"] == shop.at_stripe() == SHARE.minor
        shop.refund(PRICE.minor - 10_000)  # the rest is shared: 14/24 of the share
        deliver()
        left = SHARE.portion(10_000, 24_000).minor
        assert (shop.stands()["passed_on"], shop.at_stripe()) == (left, left)

    def test_refused_at_once_takes_nothing_back(self, shop: Shop, deliver: Deliver) -> None:
        shop.paid()
        shop.stand_ins.set_fault("refund_refused", "stripe", times=1)
        shop.refund(PRICE.minor)
        deliver()
        assert shop.stands()["passed_on"] == shop.at_stripe() == SHARE.minor
        shop.refund(PRICE.minor)
        deliver()
        assert (shop.stands(), shop.at_stripe()) == ({}, 0)

    def test_what_came_back_for_a_refund_in_vain_is_not_taken_twice(
        self, shop: Shop, deliver: Deliver
    ) -> None:
        """Stripe takes the share when it takes the refund on; the bank's no undoes only the latter."""
        shop.paid()
        shop.stand_ins.set_fault("refund_stuck", "stripe", times=1)
        first = shop.refund(12_000)
        deliver()
        half = SHARE.portion(1, 2).minor
        assert shop.stands()["passed_on"] == shop.at_stripe() == half
        shop.stand_ins.settle_refund(first.hex, "refused")
        shop.listen()
        assert shop.stands() == {
            "gateway": PRICE.minor - half, "passed_on": half, "clearing": PRICE.minor,
        }  # fmt: skip
        shop.refund(12_000)
        deliver()
        assert shop.stands()["passed_on"] == shop.at_stripe() == half

    def test_what_came_back_for_a_refund_in_vain_that_we_did_not_hear_of(
        self, shop: Shop, deliver: Deliver
    ) -> None:
        """The first thing we hear of it is the bank's no: the company took the share before."""
        shop.paid()
        shop.stand_ins.set_fault("refund_stuck", "stripe", times=1)
        shop.stand_ins.set_fault("lost_reply", "stripe", after=AT_THE_REFUND, times=1)
        first = shop.refund(12_000)
        deliver()
        half = SHARE.portion(1, 2).minor
        with reading() as session:
            assert payments.refund(session, first).state == "asked"
        assert shop.at_stripe() == half
        shop.stand_ins.settle_refund(first.hex, "refused")
        shop.listen()
        with reading() as session:
            assert payments.refund(session, first).state == "refused"
        assert shop.stands()["passed_on"] == shop.at_stripe() == half
        shop.refund(12_000)
        deliver()
        assert shop.stands()["passed_on"] == shop.at_stripe() == half

    def test_a_share_that_is_left_is_told(
        self, shop: Shop, deliver: Deliver, alarms: Alarms
    ) -> None:
        """A half came back in vain; three quarters go back: of a quarter it is still with him."""
        shop.paid()
        shop.stand_ins.set_fault("refund_stuck", "stripe", times=1)
        first = shop.refund(12_000)
        deliver()
        shop.stand_ins.settle_refund(first.hex, "refused")
        shop.listen()
        assert alarms() == []
        shop.refund(18_000)
        deliver()
        assert alarms() == ["share"]
        assert shop.stands()["passed_on"] == shop.at_stripe() == SHARE.portion(1, 2).minor

    def test_a_lost_answer_takes_it_back_once(
        self, shop: Shop, deliver: Deliver, clock_forward: Forward
    ) -> None:
        shop.paid()
        shop.stand_ins.set_fault("lost_reply", "stripe", times=1)
        refund_id = shop.refund(PRICE.minor)
        deliver()
        clock_forward(timedelta(minutes=2))
        deliver()
        with reading() as session:
            assert payments.refund(session, refund_id).state == RefundOutcome.DONE
        assert ("passed_on" in shop.stands(), shop.at_stripe()) == (False, 0)


class TestContested:
    @pytest.mark.parametrize("decision", ["won", "lost"])
    def test_the_share_is_back_while_the_bank_decides(
        self, shop: Shop, deliver: Deliver, decision: str
    ) -> None:
        shop.paid()
        shop.stand_ins.open_dispute(shop.attempt_id.hex)
        shop.listen()
        deliver()
        assert shop.at_stripe() == 0
        assert shop.stands() == {
            "disputed": PRICE.minor, "clearing": PRICE.minor,
        }  # fmt: skip
        with reading() as session:
            # so long it counts as the payee's: no payout sends it
            assert payments.passed_minor(session, [shop.attempt_id]) == SHARE.minor
        shop.stand_ins.close_dispute(shop.attempt_id.hex, decision)
        shop.listen()
        deliver()
        with reading() as session:
            assert payments.passed_minor(session, [shop.attempt_id]) == 0
        at = "gateway" if decision == "won" else "adjustments"
        assert shop.stands() == {at: PRICE.minor, "clearing": PRICE.minor}

    def test_a_question_of_the_bank_takes_nothing(self, shop: Shop, deliver: Deliver) -> None:
        shop.paid()
        shop.stand_ins.open_dispute(shop.attempt_id.hex, inquiry=True)
        shop.listen()
        deliver()
        assert shop.stands()["passed_on"] == shop.at_stripe() == SHARE.minor

    def test_told_again_and_lost_on_the_way_it_comes_back_once(
        self, shop: Shop, deliver: Deliver, clock_forward: Forward
    ) -> None:
        shop.paid()
        shop.stand_ins.set_fault("lost_reply", "stripe", times=3)
        shop.stand_ins.open_dispute(shop.attempt_id.hex)
        shop.listen()
        for _ in range(5):
            deliver()
            clock_forward(timedelta(minutes=9))
        assert ("passed_on" in shop.stands(), shop.at_stripe()) == (False, 0)

    def test_what_the_expert_spent_stays_passed_on(self, shop: Shop, deliver: Deliver) -> None:
        shop.paid()
        shop.stand_ins.set_fault("reversal_refused", "stripe")
        shop.stand_ins.open_dispute(shop.attempt_id.hex)
        shop.listen()
        deliver()
        assert shop.stands()["passed_on"] == shop.at_stripe() == SHARE.minor
        shop.stand_ins.close_dispute(shop.attempt_id.hex, "lost")
        shop.listen()
        deliver()
        with reading() as session:
            assert payments.passed_minor(session, [shop.attempt_id]) == SHARE.minor

    def test_won_before_the_company_heard_of_it_nothing_is_taken(
        self, shop: Shop, deliver: Deliver
    ) -> None:
        shop.paid()
        shop.stand_ins.open_dispute(shop.attempt_id.hex)
        shop.stand_ins.close_dispute(shop.attempt_id.hex, "won")
        shop.listen()
        deliver()
        assert shop.stands()["passed_on"] == shop.at_stripe() == SHARE.minor

    def test_after_a_refund_only_the_rest_comes_back(self, shop: Shop, deliver: Deliver) -> None:
        shop.paid().refund(9_000)
        deliver()
        shop.stand_ins.open_dispute(shop.attempt_id.hex)
        shop.listen()
        deliver()
        assert (shop.stands().get("passed_on", 0), shop.at_stripe()) == (0, 0)

    def test_won_after_the_answer_was_lost_it_is_back_once(
        self, shop: Shop, deliver: Deliver, clock_forward: Forward
    ) -> None:
        """The company has it, so it is back in our books too, and the expert's to be paid."""
        shop.paid()
        shop.stand_ins.set_fault("lost_reply", "stripe", after=AT_THE_REVERSAL, times=1)
        shop.stand_ins.open_dispute(shop.attempt_id.hex)
        shop.listen()
        deliver()
        assert (shop.stands()["passed_on"], shop.at_stripe()) == (SHARE.minor, 0)
        shop.stand_ins.close_dispute(shop.attempt_id.hex, "won")
        shop.listen()
        clock_forward(timedelta(minutes=2))
        deliver()
        assert ("passed_on" in shop.stands(), shop.at_stripe()) == (False, 0)

    def test_a_no_that_did_not_look_is_not_believed_of_a_repeat(
        self, shop: Shop, deliver: Deliver, clock_forward: Forward, alarms: Alarms
    ) -> None:
        shop.paid()
        shop.stand_ins.set_fault("lost_reply", "stripe", after=AT_THE_REVERSAL, times=1)
        shop.stand_ins.open_dispute(shop.attempt_id.hex)
        shop.listen()
        deliver()
        shop.key("sk_test_revoked")
        clock_forward(timedelta(minutes=2))
        deliver()
        assert (shop.stands()["passed_on"], alarms()) == (SHARE.minor, ["share"])
        shop.key(KEY)
        clock_forward(timedelta(minutes=9))
        deliver()
        assert ("passed_on" in shop.stands(), shop.at_stripe()) == (False, 0)

    def test_a_no_after_a_look_is_believed_of_a_repeat(
        self, shop: Shop, deliver: Deliver, clock_forward: Forward, alarms: Alarms
    ) -> None:
        shop.paid()
        shop.stand_ins.set_fault("down", "stripe", times=1)
        shop.stand_ins.set_fault("reversal_refused", "stripe")
        shop.stand_ins.open_dispute(shop.attempt_id.hex)
        shop.listen()
        for _ in range(2):
            deliver()
            clock_forward(timedelta(minutes=2))
        shop.stand_ins.clear_faults()
        deliver()
        assert shop.stands()["passed_on"] == shop.at_stripe() == SHARE.minor
        assert alarms() == []

    def test_what_is_told_is_what_was_reckoned(self, shop: Shop, deliver: Deliver) -> None:
        """A refund that ends in vain between the dispute and the call changes neither alone."""
        shop.paid()
        shop.stand_ins.set_fault("refund_refused", "stripe", times=1)
        shop.refund(9_000)
        shop.stand_ins.open_dispute(shop.attempt_id.hex)
        shop.listen()
        deliver()
        assert 0 < shop.stands()["passed_on"] == shop.at_stripe() < SHARE.minor
