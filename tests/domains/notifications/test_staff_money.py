"""What waits for a person because of money reaches the admins by mail and on their page, once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from tests.domains.notifications.conftest import World

from cilis.domains import notifications, payments, payouts
from cilis.domains.payments import BorneBy
from cilis.domains.payments.service import moves
from cilis.domains.payments.types import Cause, Step
from cilis.domains.payouts import AdjustmentState, PayeeKind, PayoutState
from cilis.domains.payouts.models import Adjustment, Payout, PayoutBatch
from cilis.hooks.payments import DisputeNews, DisputeOutcome
from cilis.infra import outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer

AMOUNT = Money(550_000, "VND")


def links(world: World) -> list[str]:
    """Where the admin's notices on the page lead, the newest first."""
    with reading() as session:
        rows = notifications.page(session, world.cast.lan).items
        return [notifications.told(row).link for row in rows]


@pytest.fixture
def attempt_id(world: World) -> UUID:
    """A payment whose money came; what was said of it is not counted."""
    booking = world.book()
    assert booking.paid_attempt_id
    assert world.mails("lan") == []
    return booking.paid_attempt_id


def dispute(attempt_id: UUID, outcome: DisputeOutcome) -> UUID:
    with transaction() as session:
        attempt = payments.attempt(session, attempt_id)
        known = payments.disputes_of(session, attempt_id)
        due = clock.now() + timedelta(days=7)
        news = DisputeNews(
            "du_1", attempt.provider_reference, outcome, AMOUNT, f"d-{outcome}", "fraudulent", due
        )
        step = Step(Cause.NOTICE)
        moves.apply_dispute_news(session, attempt, known[0] if known else None, news, step)
        return payments.disputes_of(session, attempt_id)[0].id


def test_a_question_of_a_bank_and_then_its_grip(world: World, attempt_id: UUID) -> None:
    dispute_id = dispute(attempt_id, DisputeOutcome.INQUIRY)
    world.deliver()
    first = world.only("lan")
    assert first.subject.startswith("Ngân hàng của khách tranh chấp")
    assert f"/admin/disputes/{dispute_id}" in first.text
    assert "hỏi về một khoản thanh toán" in first.text
    assert "Ngân hàng chờ đến" in first.text

    for _ in range(2):  # told again it is no news
        dispute(attempt_id, DisputeOutcome.OPEN)
        world.deliver()
    assert [("đã thu hồi" in mail.text) for mail in world.mails("lan")] == [False, True]
    assert links(world)[0] == f"/admin/disputes/{dispute_id}"

    dispute(attempt_id, DisputeOutcome.WON)  # then nothing is asked of anybody
    world.deliver()
    assert len(world.mails("lan")) == 2


def test_overtaken_before_the_letter_went_it_is_not_sent(world: World, attempt_id: UUID) -> None:
    dispute(attempt_id, DisputeOutcome.OPEN)
    dispute(attempt_id, DisputeOutcome.LOST)
    world.deliver()
    assert world.mails("lan") == []


def test_a_refund_that_waits(world: World, attempt_id: UUID) -> None:
    asker = Viewer(ids.new(), roles=frozenset({"admin"}))
    wish = payments.GraceWish(attempt_id, 200_000, "Khách không hài lòng", BorneBy.ORGANIZATION)
    request_id = payments.ask_approval(wish, asker).id
    world.deliver()
    mail = world.only("lan")
    assert mail.subject.startswith("Một khoản hoàn tiền")
    assert "Khách không hài lòng" in mail.text
    assert f"/admin/payments/{attempt_id}" in mail.text
    assert links(world)[0] == f"/admin/payments/{attempt_id}"
    with transaction() as session:
        event = payments.RefundApprovalAsked(
            request_id=request_id, attempt_id=attempt_id, subject_id=ids.new()
        )
        outbox.emit(session, event)
    world.deliver()
    assert len(world.mails("lan")) == 1


def test_a_correction_that_waits(world: World) -> None:
    made = Adjustment(
        id=ids.new(), expert_id=world.expert_id, amount_minor=-90_000, currency="VND",
        reason="Trả hai lần", state=AdjustmentState.WAITING, asked_by=ids.new(),
    )  # fmt: skip
    event = payouts.BalanceAdjusted(adjustment_id=made.id, expert_id=world.expert_id)
    with transaction() as session:
        session.add(made)
        outbox.emit(session, event)
    world.deliver()
    assert world.only("lan").subject.startswith("Một khoản điều chỉnh")
    assert "Trả hai lần" in world.only("lan").text
    with transaction() as session:  # decided: it waits no longer
        session.get_one(Adjustment, made.id).state = AdjustmentState.DONE
        outbox.emit(session, event)
    world.deliver()
    assert len(world.mails("lan")) == 1


@pytest.mark.parametrize(
    ("kind", "was_paid", "told"),
    [
        (PayeeKind.CONNECTED, False, True),
        (PayeeKind.CONNECTED, True, False),  # an admin had it taken back
        (PayeeKind.IBAN, False, False),  # an admin marked it so
    ],
)
def test_a_payout_that_a_company_did_not_make(
    world: World, kind: PayeeKind, was_paid: bool, told: bool
) -> None:
    batch = PayoutBatch(
        id=ids.new(), reference="K7M2QX", currency="VND", total_minor=AMOUNT.minor, payouts=1,
        state=payouts.BatchState.CLOSED, made_by=None,
    )  # fmt: skip
    payout = Payout(
        id=ids.new(), batch_id=batch.id, expert_id=world.expert_id, amount_minor=AMOUNT.minor,
        currency="VND", state=PayoutState.RETURNED, kind=kind, provider="", hint="•••• 3000",
        sealed="", reason="balance_insufficient", paid_at=clock.now() if was_paid else None,
    )  # fmt: skip
    with transaction() as session:
        session.add(batch)
        session.flush()
        session.add(payout)
        event = payouts.PayoutReturned(payout_id=payout.id, expert_id=world.expert_id)
        outbox.emit(session, event)
    world.deliver()
    mails = world.mails("lan")
    assert len(mails) == told
    if told:
        assert "balance_insufficient" in mails[0].text
        assert f"/admin/payouts/batches/{batch.id}" in mails[0].text
    assert len(world.mails("minh")) == 1  # the expert hears in any case
