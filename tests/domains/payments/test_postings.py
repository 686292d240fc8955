from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from tests.domains.payments.conftest import PRICE, Gate, Till, answer, call

from cilis.domains import ledger
from cilis.hooks.payments import RefundOutcome
from cilis.infra.db import reading

Deliver = Callable[[], int]


def stands() -> dict[str, int]:
    """What stands on each account, without those that are empty."""
    with reading() as session:
        assert ledger.recount(session) == []
        return {
            f"{each.account.kind}:{each.account.owner}".rstrip(":"): each.amount.minor
            for each in ledger.balances(session)
            if each.amount.minor
        }


@pytest.fixture
def paid(till: Till) -> Till:
    till.send()
    till.notice()
    return till


def test_money_that_came_is_with_the_gateway_and_nobodys_yet(paid: Till) -> None:
    assert stands() == {"gateway:gate": PRICE.minor, "clearing": PRICE.minor}
    for _ in range(3):
        paid.notice()
    assert stands() == {"gateway:gate": PRICE.minor, "clearing": PRICE.minor}


def test_nothing_is_posted_for_money_that_did_not_come(till: Till) -> None:
    till.send()
    till.notice("failed")
    till.notice(minor=PRICE.minor - 1)
    assert stands() == {}


def test_money_on_its_way_back_is_still_with_the_gateway(
    paid: Till, gate: Gate, deliver: Deliver
) -> None:
    gate.refund_outcomes = [RefundOutcome.ACCEPTED]
    paid.refund(150_000)
    assert stands() == {"gateway:gate": 550_000, "clearing": 400_000, "refund": 150_000}
    deliver()
    assert stands() == {"gateway:gate": 550_000, "clearing": 400_000, "refund": 150_000}


def test_money_that_went_back_is_gone(paid: Till, deliver: Deliver) -> None:
    paid.refund(150_000)
    deliver()
    assert stands() == {"gateway:gate": 400_000, "clearing": 400_000}


@pytest.mark.parametrize("first", [RefundOutcome.ACCEPTED, RefundOutcome.DONE])
def test_money_that_did_not_go_is_here_again(
    paid: Till, gate: Gate, deliver: Deliver, first: RefundOutcome
) -> None:
    gate.refund_outcomes = [first]
    refund_id: UUID = paid.refund(150_000)
    deliver()
    answer(call(refund=refund_id.hex, outcome="refused", event="back", minor=None))
    assert stands() == {"gateway:gate": 550_000, "clearing": 550_000}
