from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from tests.domains.payments.conftest import PRICE, Gate, Till, answer, call

from cilis.domains import payments
from cilis.domains.payments.models import PaymentNotice
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import Event
from cilis.infra.tenancy import Tenant, serving
from cilis.infra.tenant_models import AuditEntry
from cilis.kit import ids

Emitted = Callable[[], list[Event]]


def said(emitted: Emitted, *kinds: type[Event]) -> list[Event]:
    return [event for event in emitted() if isinstance(event, kinds)]


def audited() -> list[str]:
    with reading() as session:
        return list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def inbox() -> list[PaymentNotice]:
    with reading() as session:
        return list(session.scalars(sa.select(PaymentNotice)))


def test_a_paid_notice_captures_the_money_and_says_so(till: Till, emitted: Emitted) -> None:
    till.send()
    assert till.notice() == "recorded"

    attempt = till.attempt
    assert attempt.state == payments.AttemptState.CAPTURED
    assert (attempt.provider_reference, attempt.settled_at is not None) == ("G-1", True)
    captured = payments.PaymentCaptured(attempt_id=till.attempt_id, subject_id=till.subject_id)
    assert said(emitted, payments.PaymentCaptured) == [captured]
    assert "payments.attempt_captured" in audited()
    with reading() as session:
        assert payments.changes(session, till.attempt_id)[-1].evidence["seen"] == " nul"


def test_a_repeat_is_answered_and_changes_nothing(till: Till, emitted: Emitted) -> None:
    assert [till.notice() for _ in range(3)] == ["recorded", "repeated", "repeated"]
    assert len(said(emitted, payments.PaymentCaptured)) == 1
    (row,) = inbox()
    assert row.times == 3


def test_the_same_fact_under_another_event_is_a_repeat(till: Till, emitted: Emitted) -> None:
    assert [till.notice(), till.notice(event="other")] == ["recorded", "repeated"]
    assert len(said(emitted, payments.PaymentCaptured)) == 1


@pytest.mark.parametrize("same_event", [True, False])
def test_a_hundred_notices_at_once_have_one_effect(
    till: Till, emitted: Emitted, same_event: bool
) -> None:
    def tell(number: int) -> str:
        return till.notice(event="same" if same_event else f"e{number}")

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(copy_context().run, tell, number) for number in range(100)]
        answers = [job.result() for job in jobs]

    assert sorted(set(answers)) == ["recorded", "repeated"]
    assert answers.count("recorded") == 1
    assert len(said(emitted, payments.PaymentCaptured)) == 1


def test_a_forged_notice_changes_nothing_and_is_audited(till: Till) -> None:
    assert till.notice(secret="another-tenants-secret") == "forged"
    assert till.state == "created"
    assert inbox() == []
    assert "payments.notice_forged" in audited()


@pytest.mark.parametrize(
    "lie", [{"minor": PRICE.minor - 1}, {"currency": "EUR"}, {"minor": None}, {"minor": 55_000_000}]
)
def test_the_wrong_amount_changes_nothing_and_is_audited(till: Till, lie: dict[str, Any]) -> None:
    assert till.notice(**lie) == "wrong_amount"
    assert till.notice(**lie) == "wrong_amount"  # the gateway repeats, the answer stays
    assert till.state == "created"
    assert "payments.amount_refused" in audited()
    assert till.notice(event="the right one") == "recorded"


def test_another_tenants_reference_is_unknown_here(
    till: Till, gate: Gate, other_tenant: Tenant
) -> None:
    from tests.domains.payments.conftest import switch_on

    with serving(other_tenant):
        switch_on()  # the same secret even: the reference alone must not be enough
        assert till.notice() == "unknown_reference"
        assert "payments.notice_parked" in audited()
    assert till.state == "created"


def test_a_reference_that_is_none_of_ours_is_parked(
    till: Till, deliver: Callable[[], int], clock_forward: Callable[[timedelta], None]
) -> None:
    assert till.notice(reference="not-hex") == "unknown_reference"
    for minutes in (1, 2, 6, 31, 60):
        clock_forward(timedelta(minutes=minutes))
        deliver()
    assert audited().count("payments.notice_unmatched") == 1
    assert till.notice(reference="not-hex") == "unknown_reference"


def test_a_parked_notice_finds_its_payment_later(
    till: Till, deliver: Callable[[], int], clock_forward: Callable[[timedelta], None]
) -> None:
    later = ids.new()
    assert till.notice(reference=later.hex) == "unknown_reference"
    with transaction() as session:  # a commit that the notice overtook
        found = session.get(payments.Attempt, till.attempt_id)
        assert found is not None
        columns = {c.key: getattr(found, c.key) for c in sa.inspect(payments.Attempt).column_attrs}
        session.add(payments.Attempt(**{**columns, "id": later}))
    clock_forward(timedelta(seconds=11))
    deliver()
    with reading() as session:
        assert payments.attempt(session, later).state == payments.AttemptState.CAPTURED
    assert till.notice(reference=later.hex) == "repeated"


def test_a_payment_of_another_gateway_is_unknown(till: Till) -> None:
    with transaction() as session:
        found = session.get(payments.Attempt, till.attempt_id)
        assert found is not None
        found.provider = "another"
    assert till.notice() == "unknown_reference"


def test_late_money_is_captured_all_the_same(
    till: Till,
    emitted: Emitted,
    deliver: Callable[[], int],
    clock_forward: Callable[[timedelta], None],
) -> None:
    till.send()
    clock_forward(timedelta(minutes=11))
    deliver()
    assert till.state == "expired"
    assert till.notice() == "recorded"
    assert till.state == "captured"
    assert len(said(emitted, payments.PaymentCaptured)) == 1


def test_money_after_a_failure_is_captured_and_a_failure_after_money_is_not_believed(
    till: Till, emitted: Emitted
) -> None:
    assert till.notice("failed", reason="24") == "recorded"
    assert said(emitted, payments.PaymentFailed) == [
        payments.PaymentFailed(attempt_id=till.attempt_id, subject_id=till.subject_id, reason="24")
    ]
    assert till.notice("paid") == "recorded"
    assert till.notice("failed", event="late") == "repeated"
    assert till.notice("pending") == "repeated"
    assert till.state == "captured"


def test_a_suspected_payment_waits_for_a_person(till: Till, emitted: Emitted) -> None:
    assert till.notice("review") == "recorded"
    assert till.state == "review"
    assert len(said(emitted, payments.PaymentReview)) == 1
    assert till.notice("pending") == "repeated"
    assert till.notice("paid") == "recorded"


def test_a_genuine_notice_that_says_nothing_is_ignored(till: Till) -> None:
    assert answer(call(kind="ignored")) == "ignored"
    assert inbox() == []


def test_a_gateway_that_writes_nonsense_gets_a_fault(till: Till) -> None:
    assert answer(call(outcome="what?")) == "fault"


def test_a_database_that_is_busy_makes_the_gateway_repeat(till: Till) -> None:
    from tests.domains.payments.conftest import call as raw

    with transaction() as session:  # somebody holds the row; the notice gives up after 3 s
        session.get(payments.Attempt, till.attempt_id, with_for_update=True)
        with ThreadPoolExecutor(1) as pool:
            said_ = {
                "reference": till.attempt_id.hex,
                "outcome": "paid",
                "minor": PRICE.minor,
                "currency": "VND",
                "event": "e1",
            }
            context = copy_context()
            from cilis.kit import guard

            context.run(guard._open.set, False)
            verdict = pool.submit(context.run, answer, raw(**said_)).result()
    assert verdict == "fault"
    assert till.notice(event="e1") == "recorded"
