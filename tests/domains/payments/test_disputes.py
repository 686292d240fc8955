"""Disputes from the gateway's first word to the end, and what companies keep; against Stripe's stand-in."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.domains.payments.conftest import Till
from tests.domains.payments.test_gateways import PRICES, address, bring, open_one, switch_on

from cilis.domains import ledger, payments
from cilis.domains.ledger import Account, AccountKind
from cilis.domains.payments import DisputeState, PaperFile
from cilis.domains.payments.service import moves
from cilis.domains.payments.types import Cause, Step
from cilis.hooks.payments import DisputeNews, DisputeOutcome, Verdict
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Browser, Cast
from cilis.testing.standins.control import StandIns
from cilis.testing.standins.fixtures import running_stand_ins, stand_ins

__all__ = ["running_stand_ins", "stand_ins"]

Forward = Callable[[timedelta], None]
Deliver = Callable[[], int]
PRICE = PRICES["stripe"]
FEE = PRICE.minor * 15 // 1000 + 25  # what the stand-in keeps
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


class Case:
    """A payment by card that was captured, and its client's bank."""

    def __init__(self, till: Till, stand_ins: StandIns, browser: Browser, staff: Viewer) -> None:
        self.till, self.stand_ins, self.browser, self.staff = till, stand_ins, browser, staff
        self.heard = 0
        stand_ins.pay(till.send())
        self.listen()
        assert till.state == "captured"

    @property
    def reference(self) -> str:
        return self.till.attempt_id.hex

    def listen(self, *, shuffled: bool = False, times: int = 1) -> list[str]:
        """Carry every notice that is new to our door."""
        fresh = self.stand_ins.notices(self.reference)[self.heard :]
        self.heard += len(fresh)
        calls = fresh * times
        if shuffled:
            random.Random(7).shuffle(calls)
        return [bring(self.browser, address("stripe"), notice)[:3] for notice in calls]

    def dispute(self, *, inquiry: bool = False) -> payments.Dispute:
        self.stand_ins.open_dispute(self.reference, inquiry=inquiry)
        assert set(self.listen()) == {"200"}
        return self.one()

    def one(self) -> payments.Dispute:
        with reading() as session:
            (found,) = payments.disputes_of(session, self.till.attempt_id)
        return found

    def balances(self) -> dict[str, int]:
        with reading() as session:
            assert ledger.recount(session) == []
            kinds = {
                "gateway": Account(AccountKind.GATEWAY, "stripe"),
                "disputed": Account(AccountKind.DISPUTED, "stripe"),
                "adjustments": Account(AccountKind.ADJUSTMENTS),
                "fees": Account(AccountKind.FEES),
            }
            return {
                name: ledger.balance(session, account, "EUR").minor
                for name, account in kinds.items()
            }

    def evidence(self, texts: dict[str, str], *files: PaperFile) -> payments.Dispute:
        return payments.keep_evidence(self.one().id, texts, files, self.staff)


@pytest.fixture
def case(tenant: Tenant, cast: Cast, stand_ins: StandIns, browser_client: Browser) -> Case:
    switch_on("stripe", stand_ins)
    staff = Viewer(cast.lan, roles=frozenset({"admin"}))
    return Case(open_one("stripe", cast), stand_ins, browser_client, staff)


class TestTold:
    def test_the_money_is_held_back_and_comes_again(self, case: Case) -> None:
        found = case.dispute()
        assert (found.state, found.amount, found.reason) == ("open", PRICE, "fraudulent")
        assert found.due_at is not None
        assert case.balances() == {
            "gateway": 0, "disputed": PRICE.minor, "adjustments": 0, "fees": 0,
        }  # fmt: skip
        case.stand_ins.close_dispute(case.reference, "won")
        case.listen()
        assert case.one().state == "won"
        assert case.balances() == {
            "gateway": PRICE.minor, "disputed": 0, "adjustments": 0, "fees": 0,
        }  # fmt: skip

    def test_what_is_lost_the_organization_bears(self, case: Case) -> None:
        case.dispute()
        case.stand_ins.close_dispute(case.reference, "lost")
        case.listen()
        assert (case.one().state, case.one().closed_at is not None) == ("lost", True)
        assert case.balances() == {
            "gateway": 0, "disputed": 0, "adjustments": PRICE.minor, "fees": 0,
        }  # fmt: skip

    def test_a_question_of_the_bank_moves_nothing(self, case: Case) -> None:
        assert case.dispute(inquiry=True).state == "inquiry"
        case.stand_ins.close_dispute(case.reference, "closed")
        case.listen()
        assert case.one().state == "closed"
        assert case.balances()["gateway"] == PRICE.minor

    @pytest.mark.parametrize("decision", ["won", "lost"])
    def test_repeated_and_out_of_order_it_comes_to_the_same(
        self, case: Case, decision: str
    ) -> None:
        case.stand_ins.open_dispute(case.reference)
        case.stand_ins.close_dispute(case.reference, decision)
        assert set(case.listen(shuffled=True, times=5)) == {"200"}
        assert case.one().state == decision
        kept = PRICE.minor if decision == "won" else 0
        assert case.balances() == {
            "gateway": kept, "disputed": 0, "adjustments": PRICE.minor - kept, "fees": 0,
        }  # fmt: skip
        with reading() as session:
            changes = payments.changes(session, case.till.attempt_id)
        assert [one.to_state for one in changes if one.dispute_id].count(decision) == 1

    def test_of_a_payment_that_is_not_ours_nothing_is_opened(
        self, case: Case, cast: Cast, deliver: Deliver, clock_forward: Forward
    ) -> None:
        """The organization may sell other things by the same account: kept, answered, no more."""
        with transaction() as session:
            payments.attempt(session, case.till.attempt_id).provider_reference = "pi_other"
        case.stand_ins.open_dispute(case.reference)
        assert set(case.listen()) == {"200"}
        with reading() as session:
            assert payments.disputes_page(session, case.staff).items == []
        with transaction() as session:  # the number is known a moment later
            at_stripe = case.stand_ins.payments(case.reference)[0]["data"]["payment_intent"]
            payments.attempt(session, case.till.attempt_id).provider_reference = at_stripe
        clock_forward(timedelta(seconds=11))
        deliver()
        assert case.one().state == "open"

    @pytest.mark.parametrize("fault", ["bad_signature", "other_merchant"])
    def test_a_lie_takes_no_money(self, case: Case, fault: str) -> None:
        case.stand_ins.set_fault(fault, "stripe")
        case.stand_ins.open_dispute(case.reference)
        assert set(case.listen()) == {"400"}
        assert case.balances()["gateway"] == PRICE.minor

    def test_another_currency_is_refused(self, case: Case) -> None:
        news = DisputeNews(
            "du_x", case.till.attempt.provider_reference, DisputeOutcome.OPEN, Money(1, "USD"), "e"
        )
        with transaction() as session:
            attempt = payments.attempt(session, case.till.attempt_id)
            step = Step(Cause.NOTICE)
            verdict = moves.apply_dispute_news(session, attempt, None, news, step)
        assert verdict is Verdict.WRONG_AMOUNT

    def test_a_bank_that_changed_its_mind(self, case: Case) -> None:
        case.dispute()
        for decision in ("lost", "won"):
            case.stand_ins.close_dispute(case.reference, decision)
            case.listen()
        assert case.one().state == "won"
        assert case.balances() == {
            "gateway": PRICE.minor, "disputed": 0, "adjustments": 0, "fees": 0,
        }  # fmt: skip


class TestEvidence:
    def test_it_is_gathered_looked_at_and_sent_once(self, case: Case, deliver: Deliver) -> None:
        found = case.dispute()
        case.evidence({"product_description": "Beratung", "uncategorized_text": "Weg damit"})
        case.evidence({"uncategorized_text": ""}, PaperFile("receipt", "beleg.pdf", PDF))
        payments.tell_bank(found.id, case.staff)
        with pytest.raises(payments.EvidenceClosed):
            case.evidence({"uncategorized_text": "zu spät"})
        with pytest.raises(payments.EvidenceClosed):
            payments.tell_bank(found.id, case.staff)
        deliver()
        case.listen()
        after = case.one()
        assert (after.state, after.told_at is not None, after.told_by) == (
            "under_review", True, case.staff.person,
        )  # fmt: skip
        told = case.stand_ins.payments(case.reference)[0]["data"]["dispute"]
        assert set(told["evidence"]) == {"product_description", "receipt"}
        assert told["evidence_details"]["submission_count"] == 1

    def test_a_lost_answer_is_sent_again_and_counts_once(
        self, case: Case, deliver: Deliver, clock_forward: Forward
    ) -> None:
        found = case.dispute()
        case.evidence({"product_description": "Beratung"}, PaperFile("receipt", "b.pdf", PDF))
        case.stand_ins.set_fault("lost_reply", "stripe", times=2)
        payments.tell_bank(found.id, case.staff)
        for _ in range(4):
            deliver()
            clock_forward(timedelta(minutes=5))
        assert case.one().told_at is not None
        told = case.stand_ins.payments(case.reference)[0]["data"]["dispute"]
        assert told["evidence_details"]["submission_count"] == 1

    def test_a_refusal_is_shown_and_can_be_mended(self, case: Case, deliver: Deliver) -> None:
        found = case.dispute()
        case.evidence({"product_description": "Beratung"})
        case.stand_ins.close_dispute(case.reference, "lost")  # the news has not come yet
        payments.tell_bank(found.id, case.staff)
        deliver()
        after = case.one()
        assert (after.told_key, after.told_at) == (None, None)
        assert "already closed" in after.problem

    @pytest.mark.parametrize(
        ("texts", "files", "field", "code"),
        [
            ({"nothing": "x"}, (), "nothing", "unknown_field"),
            ({"receipt": "x"}, (), "receipt", "unknown_field"),
            ({"uncategorized_text": "x" * 10_001}, (), "uncategorized_text", "too_long"),
            ({"uncategorized_text": "a\x00b"}, (), "uncategorized_text", "unclean_text"),
            ({}, (PaperFile("receipt", "a.txt", b"text"),), "receipt", "type_not_allowed"),
            ({}, (PaperFile("receipt", "a.pdf", b""),), "receipt", "file_empty"),
            ({}, (PaperFile("product_description", "a.pdf", PDF),), "product_description", "unknown_field"),
            ({}, (PaperFile("receipt", "a.pdf", PDF + b"x" * 4_200_000),), "receipt", "file_too_large"),
        ],
    )  # fmt: skip
    def test_what_no_bank_takes(
        self, case: Case, texts: dict[str, str], files: tuple[PaperFile, ...], field: str, code: str
    ) -> None:
        dispute_id = case.dispute().id
        with pytest.raises(InvalidInput) as refusal:
            case.evidence(texts, *files)
        assert refusal.value.fields == {field: [code]}
        with reading() as session:
            assert payments.papers(session, dispute_id) == {}

    def test_only_staff_and_not_the_two_sides(self, case: Case, cast: Cast) -> None:
        found = case.dispute()
        hoa = Viewer(cast.hoa, roles=frozenset({"client"}))
        both = Viewer(cast.hoa, roles=frozenset({"admin"}))
        with pytest.raises(payments.DisputeNotFound):
            payments.keep_evidence(found.id, {"uncategorized_text": "x"}, (), hoa)
        with pytest.raises(payments.OwnPayment):
            payments.keep_evidence(found.id, {"uncategorized_text": "x"}, (), both)
        with pytest.raises(payments.NothingToTell):
            payments.tell_bank(found.id, case.staff)


class TestFees:
    def test_what_stripe_keeps_is_asked_once_and_booked(
        self, case: Case, deliver: Deliver, clock_forward: Forward
    ) -> None:
        clock_forward(timedelta(seconds=61))
        deliver()
        assert case.till.attempt.cost == Money(FEE, "EUR")
        assert case.balances() == {
            "gateway": PRICE.minor - FEE, "disputed": 0, "adjustments": 0, "fees": FEE,
        }  # fmt: skip

    def test_while_stripe_is_down_it_is_asked_again(
        self, case: Case, deliver: Deliver, clock_forward: Forward
    ) -> None:
        case.stand_ins.set_fault("down", "stripe")
        clock_forward(timedelta(seconds=61))
        deliver()
        assert case.till.attempt.cost is None
        case.stand_ins.clear_faults()
        clock_forward(timedelta(hours=1, seconds=1))
        deliver()
        assert case.till.attempt.cost == Money(FEE, "EUR")


def test_states_of_hook_and_room_are_the_same() -> None:
    assert {one.value for one in DisputeOutcome} == {one.value for one in DisputeState}
