"""Refunds by grace: limits per role, and the second person above them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from tests.domains.payments.conftest import PRICE, Gate, Till

from cilis.domains import payments, tenants
from cilis.domains.payments import BorneBy, GraceWish, RefundRequest, RequestState, service
from cilis.infra.audit import AuditEntry
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import Event
from cilis.kit import ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

HALF = PRICE.minor // 2
Deliver = Callable[[], int]


def staff(role: str) -> Viewer:
    return Viewer(ids.new(), roles=frozenset({role}))


@pytest.fixture
def paid(till: Till) -> Till:
    """Money that came; support gives back 100,000 alone, admins half of it."""
    till.send()
    till.notice()
    limits(support=100_000, admin=HALF)
    return till


def limits(**by_role: int) -> None:
    rules = tenants.Rules(refund_limits=by_role)
    with transaction() as session:
        known = tenants.organization(session)
        tenants.save_organization(session, replace(known, currency="VND", rules=rules))
    tenants.forget_organizations()


def wish(till: Till, minor: int | None, **more: Any) -> GraceWish:
    return GraceWish(till.attempt_id, minor, "kindness", **more)


def request(request_id: Any) -> RefundRequest:
    with reading() as session:
        return payments.refund_request(session, request_id)


def refunds(till: Till) -> list[payments.Refund]:
    with reading() as session:
        return payments.refunds_of(session, [till.attempt_id])[till.attempt_id]


class TestLimits:
    def test_each_role_has_its_own(self, paid: Till) -> None:
        with pytest.raises(payments.RefundAboveLimit) as refusal:
            service.order_refund(wish(paid, 100_001), staff("support"))
        assert refusal.value.values == {"limit_minor": 100_000}
        service.order_refund(wish(paid, 100_000), staff("support"))
        with pytest.raises(payments.RefundAboveLimit):
            service.order_refund(wish(paid, None), staff("admin"))
        service.order_refund(wish(paid, HALF - 100_000), staff("admin"))

    def test_many_small_ones_are_one_large_one(self, paid: Till) -> None:
        service.order_refund(wish(paid, 60_000), staff("support"))
        with pytest.raises(payments.RefundAboveLimit) as refusal:
            service.order_refund(wish(paid, 60_000), staff("support"))
        assert refusal.value.values["limit_minor"] == 40_000

    def test_by_the_rules_it_does_not_count(self, paid: Till) -> None:
        paid.refund(HALF, "cancelled_by_client")
        viewer = staff("support")
        with reading() as session:
            assert service.alone_minor(session, paid.attempt_id, viewer) == 100_000
        service.order_refund(wish(paid, 100_000), viewer)

    def test_without_a_limit_all_of_it(self, paid: Till) -> None:
        limits()
        assert service.order_refund(wish(paid, None), staff("support")).amount == PRICE

    def test_whose_money_it_is(self, paid: Till) -> None:
        service.order_refund(wish(paid, 1_000), staff("admin"))
        service.order_refund(wish(paid, 1_000, borne_by=BorneBy.SHARED), staff("admin"))
        paid.refund(1_000, "cancelled_by_client")
        assert [one.borne_by.value for one in refunds(paid)] == [
            "organization", "shared", "shared",
        ]  # fmt: skip


class TestSecondPerson:
    def test_agrees_and_the_money_goes(
        self, paid: Till, gate: Gate, deliver: Deliver, emitted: Callable[[], list[Event]]
    ) -> None:
        asker, admin = staff("support"), staff("admin")
        asked = service.ask_approval(wish(paid, None), asker)
        assert service.ask_approval(wish(paid, None), asker).id == asked.id
        deliver()
        assert gate.refunds == []

        service.approve_refund(asked.id, admin)
        service.approve_refund(asked.id, admin)  # a double click
        deliver()
        assert [order.amount for order in gate.refunds] == [PRICE]
        (refund,) = refunds(paid)
        assert (refund.asked_by, refund.borne_by) == (asker.person_id, BorneBy.ORGANIZATION)
        seen = request(asked.id)
        assert (seen.state, seen.decided_by) == (RequestState.APPROVED, admin.person_id)
        assert seen.refund_id == refund.id
        told = [one for one in emitted() if isinstance(one, payments.RefundApprovalClosed)]
        assert [one.state for one in told] == ["approved"]
        with reading() as session:
            actions = session.scalars(
                sa.select(AuditEntry.action).where(AuditEntry.subject_id == paid.attempt_id)
            ).all()
        assert {"payments.refund_approval_asked", "payments.refund_approval_approved"} <= {*actions}

    def test_a_part(self, paid: Till, gate: Gate, deliver: Deliver) -> None:
        asked = service.ask_approval(wish(paid, HALF + 1), staff("admin"))
        service.approve_refund(asked.id, staff("admin"))
        deliver()
        assert [order.amount.minor for order in gate.refunds] == [HALF + 1]

    def test_is_never_the_first(self, paid: Till) -> None:
        admin = staff("admin")
        asked = service.ask_approval(wish(paid, None), admin)
        with pytest.raises(payments.OwnRefundRequest):
            service.approve_refund(asked.id, admin)
        assert refunds(paid) == []

    def test_the_database_says_so_too(self, paid: Till) -> None:
        admin = staff("admin")
        asked = service.ask_approval(wish(paid, None), admin)
        change = (
            sa.update(RefundRequest)
            .where(RefundRequest.id == asked.id)
            .values(state=RequestState.APPROVED, decided_by=admin.person_id)
        )
        with pytest.raises(sa.exc.IntegrityError, match="four_eyes"), transaction() as session:
            session.execute(change)

    def test_is_no_side_of_the_payment(self, paid: Till) -> None:
        asked = service.ask_approval(wish(paid, None), staff("support"))
        payer = Viewer(paid.attempt.payer_id, roles=frozenset({"admin"}))
        for act in (
            lambda: service.approve_refund(asked.id, payer),
            lambda: service.refuse_refund(asked.id, payer, "no"),
            lambda: service.ask_approval(wish(paid, 1), payer),
        ):
            with pytest.raises(payments.OwnPayment):
                act()

    def test_refuses_with_a_reason(self, paid: Till, gate: Gate, deliver: Deliver) -> None:
        asked = service.ask_approval(wish(paid, None), staff("support"))
        admin = staff("admin")
        with pytest.raises(InvalidInput):
            service.refuse_refund(asked.id, admin, " ")
        service.refuse_refund(asked.id, admin, "Not our fault")
        service.refuse_refund(asked.id, admin, "Not our fault")
        with pytest.raises(payments.RefundRequestOver) as refusal:
            service.approve_refund(asked.id, staff("admin"))
        assert refusal.value.values == {"state": "refused"}
        deliver()
        assert gate.refunds == []
        assert request(asked.id).answer == "Not our fault"

    def test_who_asked_takes_it_back_and_asks_anew(self, paid: Till) -> None:
        asker = staff("support")
        asked = service.ask_approval(wish(paid, None), asker)
        with pytest.raises(payments.RefundRequestWaiting):
            service.ask_approval(wish(paid, HALF), asker)
        service.refuse_refund(asked.id, asker, "")
        assert request(asked.id).state == RequestState.WITHDRAWN
        assert service.ask_approval(wish(paid, HALF), asker).id != asked.id

    def test_nobody_in_a_week(
        self, paid: Till, deliver: Deliver, clock_forward: Callable[[timedelta], None]
    ) -> None:
        asked = service.ask_approval(wish(paid, None), staff("support"))
        clock_forward(timedelta(days=7, seconds=1))
        with pytest.raises(payments.RefundRequestOver):
            service.approve_refund(asked.id, staff("admin"))
        deliver()
        service.lapse_request(asked.id)
        assert request(asked.id).state == RequestState.EXPIRED
        assert refunds(paid) == []

    def test_less_is_left_by_then(self, paid: Till) -> None:
        asked = service.ask_approval(wish(paid, None), staff("support"))
        paid.refund(HALF, "cancelled_by_client")
        with pytest.raises(payments.RefundTooLarge):
            service.approve_refund(asked.id, staff("admin"))
        assert request(asked.id).state == RequestState.WAITING

    @pytest.mark.parametrize("ways", [("approve", "approve"), ("approve", "refuse")])
    def test_two_at_once_are_one(
        self, paid: Till, gate: Gate, deliver: Deliver, ways: tuple[str, str]
    ) -> None:
        asked = service.ask_approval(wish(paid, None), staff("support"))

        def answer(way: str) -> str:
            try:
                if way == "approve":
                    service.approve_refund(asked.id, staff("admin"))
                else:
                    service.refuse_refund(asked.id, staff("admin"), "no")
            except payments.RefundRequestOver:
                return "late"
            return way

        with ThreadPoolExecutor(8) as pool:
            tasks = [pool.submit(copy_context().run, answer, way) for way in ways * 4]
            said = [task.result() for task in tasks]
        deliver()
        (won,) = [one for one in said if one != "late"]
        assert len(gate.refunds) == len(refunds(paid)) == (1 if won == "approve" else 0)
