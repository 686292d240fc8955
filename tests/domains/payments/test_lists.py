"""Finding payments: by reference, person, amount, state, period; by pages that stay right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from tests.domains.payments.conftest import PRICE, Till
from tests.domains.payments.test_api import As, signed_in

from cilis.domains import payments
from cilis.domains.payments import Attempt, PastPayment, PastRefund, PaymentFilter
from cilis.hooks.payments import RefundOutcome
from cilis.infra import provisioning
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Cast

__all__ = ["signed_in"]


def past(cast: Cast, number: int, **more: object) -> PastPayment:
    """The money of a session of Minh's that Hoa paid for, so many days ago."""
    at = clock.now() - timedelta(days=number)
    made = PastPayment(
        id=ids.new(),
        subject_id=ids.new(),
        payer_id=cast.hoa,
        payee_id=cast.minh,
        provider="gate",
        amount=Money(100_000 + number, "VND"),
        description=f"REFER{number:03} Tư vấn thuế",
        created_at=at - timedelta(minutes=3),
        settled_at=at,
        provider_reference=f"G-{number}",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def put(*rows: PastPayment) -> list[PastPayment]:
    with transaction() as session:
        payments.import_payments(session, rows)
    return list(rows)


def staff(cast: Cast) -> Viewer:
    return Viewer(cast.lan, roles=frozenset({"admin"}))


def found(cast: Cast, **wanted: object) -> list[UUID]:
    with reading() as session:
        page = payments.page(session, staff(cast), wanted=PaymentFilter(**wanted))  # type: ignore[arg-type]
    return [one.id for one in page.items]


@pytest.fixture
def three(gate: object, cast: Cast) -> list[PastPayment]:
    back = PastRefund(
        amount=Money(40_000, "VND"),
        reason="a kindness",
        asked_at=clock.now() - timedelta(days=1, hours=2),
        settled_at=clock.now() - timedelta(days=1),
    )
    return put(past(cast, 1), past(cast, 2, refunds=(back,)), past(cast, 40, payer_id=cast.lan))


def test_newest_first_by_pages_whatever_the_ids_say(gate: object, cast: Cast) -> None:
    rows = put(*(past(cast, number) for number in (5, 1, 4, 2, 3)))
    wanted = [row.id for row in sorted(rows, key=lambda row: row.created_at, reverse=True)]
    seen: list[UUID] = []
    cursor = None
    with reading() as session:
        while True:
            page = payments.page(session, staff(cast), cursor=cursor, limit=2)
            seen += [one.id for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == wanted


@pytest.mark.parametrize(
    "text", ["REFER002", "refer002", " REFER002 ", "G-2", "id", "subject", "dashes"]
)
def test_a_reference_finds_its_payment(cast: Cast, three: list[PastPayment], text: str) -> None:
    names = {
        "id": three[1].id.hex,
        "subject": str(three[1].subject_id),
        "dashes": str(three[1].id).upper(),
    }
    assert found(cast, text=names.get(text, text)) == [three[1].id]


def test_a_person_is_found_by_address_and_name(cast: Cast, three: list[PastPayment]) -> None:
    assert found(cast, text="hoa@example.vn") == [three[0].id, three[1].id]
    assert found(cast, text="minh@example.vn") == [row.id for row in three]  # who was paid
    with reading() as session:
        from cilis.domains import identity

        name = identity.person(session, cast.lan).name
    assert found(cast, text=name) == [three[2].id]
    assert found(cast, text="nobody@example.vn") == []


def test_one_person_is_asked_for_by_id(cast: Cast, three: list[PastPayment], signed_in: As) -> None:
    assert found(cast, person_id=cast.lan) == [three[2].id]
    assert found(cast, person_id=cast.minh) == [row.id for row in three]
    assert found(cast, person_id=ids.new()) == []
    lan = signed_in("lan")
    shown = lan.get(f"/api/v1/payments?person_id={cast.hoa}").json["items"]
    assert [item["id"] for item in shown] == [str(row.id) for row in three[:2]]
    assert lan.get("/api/v1/payments?person_id=x").status_code == 422


def test_what_came_in_vain_is_no_earning(
    cast: Cast, three: list[PastPayment], signed_in: As
) -> None:
    def earned() -> tuple[int, int]:
        with reading() as session:
            since = clock.now() - timedelta(days=10)
            sums = payments.earned(session, cast.minh, "VND", since, clock.now())
            days = payments.earned_by_day(session, cast.minh, "VND", since, clock.now(), "UTC")
        assert sum(days.values()) == sums.brought.minor, "the desk's line and its sum"
        return sums.brought.minor, sums.returned.minor

    assert earned() == (100_001 + 100_002, 40_000)
    with transaction() as session:
        payments.came_in_vain(session, three[1].id)
        payments.came_in_vain(session, three[1].id)
    assert earned() == (100_001, 0)
    minh = signed_in("minh")
    shown = minh.get("/api/v1/earnings").json["items"]
    assert [item["id"] for item in shown] == [str(three[0].id), str(three[2].id)]
    assert minh.get(f"/api/v1/earnings/{three[1].id}").status_code == 404
    assert found(cast, person_id=cast.minh) == [row.id for row in three]  # staff sees all


def test_amount_state_and_period(cast: Cast, three: list[PastPayment]) -> None:
    assert found(cast, amount_minor=100_002) == [three[1].id]
    assert found(cast, refund_state=payments.RefundState.DONE) == [three[1].id]
    assert found(cast, state=payments.AttemptState.FAILED) == []
    since = clock.now() - timedelta(days=3)
    assert found(cast, since=since) == [three[0].id, three[1].id]
    assert found(cast, until=since) == [three[2].id]
    assert found(cast, text="hoa@example.vn", amount_minor=100_001) == [three[0].id]


def test_others_see_only_their_own_whatever_they_ask(cast: Cast, three: list[PastPayment]) -> None:
    minh, lan = Viewer(cast.minh, roles=frozenset({"expert"})), staff(cast)
    with reading() as session:
        assert payments.page(session, minh, wanted=PaymentFilter(text="REFER002")).items == []
        own = payments.page(session, lan, own=True).items
    assert [one.id for one in own] == [three[2].id]


@pytest.mark.parametrize("cursor", ["abc", "WzFd", "WyJ4IiwieSJd", "WyIyMDI2LTAxLTAxIiwgIngiXQ"])
def test_a_foreign_cursor_is_refused(gate: object, cast: Cast, cursor: str) -> None:
    with reading() as session, pytest.raises(InvalidInput):
        payments.page(session, staff(cast), cursor=cursor)


def test_every_order_has_its_index(gate: object, cast: Cast, tenant: Tenant) -> None:
    """Each question walks the index that was made for it, among payments of many people."""
    person = cast.hoa
    put(*(past(cast, one, payer_id=ids.new(), payee_id=ids.new()) for one in range(1_500)))
    with provisioning.owner() as connection:
        connection.execute(f"ANALYZE {tenant.schema}.attempts")
    order = (Attempt.created_at.desc(), Attempt.id.desc())
    asked = {
        "attempts_newest_idx": sa.select(Attempt.id),
        "attempts_payer_idx": sa.select(Attempt.id).where(Attempt.payer_id == person),
        "attempts_payee_idx": sa.select(Attempt.id).where(Attempt.payee_id == person),
        "attempts_state_idx": sa.select(Attempt.id).where(Attempt.state == "failed"),
        "attempts_amount_idx": sa.select(Attempt.id).where(Attempt.amount_minor == 7),
    }
    with reading() as session:
        session.execute(sa.text("SET LOCAL enable_sort TO off"))
        for name, question in asked.items():
            query = (
                question.order_by(*order)
                .limit(20)
                .compile(session.connection(), compile_kwargs={"literal_binds": True})
            )
            plan = "\n".join(session.scalars(sa.text(f"EXPLAIN {query}")))
            assert name in plan, plan
        for name, clause in {
            "attempts_number_idx": "provider_reference = 'G-1'",
            "attempts_description_idx": "description LIKE 'REFER002 %'",
        }.items():
            plan = "\n".join(
                session.scalars(sa.text(f"EXPLAIN SELECT id FROM attempts WHERE {clause}"))
            )
            assert name in plan, plan


def test_an_expert_sees_what_came_and_what_went_back(
    cast: Cast, three: list[PastPayment], open_till: Callable[..., Till], signed_in: As
) -> None:
    open_till()  # not paid, and not shown
    minh = signed_in("minh")
    shown = minh.get("/api/v1/earnings?limit=2").json
    assert [item["id"] for item in shown["items"]] == [str(row.id) for row in three[:2]]
    assert set(shown["items"][1]) == {
        "id", "subject_id", "amount", "returned", "on_its_way_back", "settled_at",
    }  # fmt: skip
    assert shown["items"][1]["returned"] == {"minor": 40_000, "currency": "VND"}
    assert shown["next_cursor"]
    assert minh.get(f"/api/v1/earnings/{three[0].id}").json["amount"]["minor"] == 100_001
    assert signed_in("hoa").get("/api/v1/earnings").status_code == 403
    assert minh.get(f"/api/v1/payments/{three[0].id}").status_code == 404


def test_an_earning_of_somebody_else_is_not_found(gate: object, cast: Cast, signed_in: As) -> None:
    (row,) = put(past(cast, 1, payee_id=cast.lan))
    assert signed_in("minh").get(f"/api/v1/earnings/{row.id}").status_code == 404


def test_sums_of_a_period(cast: Cast, three: list[PastPayment]) -> None:
    with reading() as session:
        month = payments.earned(
            session, cast.minh, "VND", clock.now() - timedelta(days=30), clock.now()
        )
        before = payments.earned(
            session, cast.minh, "VND", clock.now() - timedelta(days=60),
            clock.now() - timedelta(days=30),
        )  # fmt: skip
    assert (month.number, month.brought.minor, month.returned.minor) == (2, 200_003, 40_000)
    assert month.kept == Money(160_003, "VND")
    assert (before.number, before.kept.minor) == (1, 100_040)


def test_what_came_day_by_day_as_days_are_in_a_zone(cast: Cast, three: list[PastPayment]) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")  # fourteen hours ahead
    since = clock.now() - timedelta(days=30)
    with reading() as session:
        found = payments.earned_by_day(session, cast.minh, "VND", since, clock.now(), zone.key)
        assert payments.earned_by_day(session, cast.lan, "VND", since, clock.now(), zone.key) == {}
    expected: dict[date, int] = {}
    for row in three:
        if row.payee_id == cast.minh and row.settled_at >= since:
            day = row.settled_at.astimezone(zone).date()
            expected[day] = expected.get(day, 0) + row.amount.minor
    assert found == expected
    assert sum(found.values()) == 200_003


def test_facts_for_other_rooms(
    cast: Cast, three: list[PastPayment], open_till: Callable[..., Till]
) -> None:
    unpaid = open_till()
    with reading() as session:
        first = payments.facts_page(session, None, 2)
        rest = payments.facts_page(session, first[-1].id, 2)
        some = payments.facts(session, [three[1].id, unpaid.attempt_id, ids.new()])
        assert payments.facts(session, []) == []
    assert {fact.id for fact in (*first, *rest)} == {row.id for row in three}
    (fact,) = some
    assert (fact.subject_id, fact.payer_id, fact.payee_id, fact.amount, fact.provider) == (
        three[1].subject_id, cast.hoa, cast.minh, three[1].amount, "gate",
    )  # fmt: skip
    assert [one.amount for one in fact.refunds] == [Money(40_000, "VND")]
    assert fact.settled_at == three[1].settled_at


def test_an_imported_payment_can_be_given_back(
    gate: object, cast: Cast, deliver: Callable[[], int], emitted: Callable[[], list[object]]
) -> None:
    before = len(emitted())
    (row,) = put(past(cast, 1))
    assert len(emitted()) == before  # it is no news to anybody
    with transaction() as session:
        payments.request_refund(session, row.id, Money(60_000, "VND"), "a kindness", cast.lan)
    deliver()
    with reading() as session:
        (refund,) = payments.refunds_of(session, [row.id])[row.id]
    assert refund.state == payments.RefundState.DONE
    assert gate.refunds[0].provider_reference == "G-1"  # type: ignore[attr-defined]


def test_staff_search_by_api(cast: Cast, three: list[PastPayment], signed_in: As) -> None:
    lan = signed_in("lan")
    for query in (
        "text=REFER002", "amount_minor=100002", "refund_state=done",
    ):  # fmt: skip
        items = lan.get(f"/api/v1/payments?{query}").json["items"]
        assert [item["id"] for item in items] == [str(three[1].id)], query
    until = (clock.now() - timedelta(days=3)).isoformat().replace("+", "%2B")
    items = lan.get(f"/api/v1/payments?until={until}").json["items"]
    assert [item["id"] for item in items] == [str(three[2].id)]
    assert [item["id"] for item in lan.get("/api/v1/payments?own=true").json["items"]] == [
        str(three[2].id)
    ]
    assert len(lan.get("/api/v1/refunds?state=done").json["items"]) == 1
    assert lan.get("/api/v1/refunds?state=asked").json["items"] == []


def test_evidence_is_for_staff(till: Till, signed_in: As) -> None:
    till.notice()
    path = f"/api/v1/payments/{till.attempt_id}"
    seen = signed_in("lan").get(path).json["changes"][-1]
    assert seen["evidence"]["event_id"] == "e-paid"
    mine = signed_in("hoa").get(path).json["changes"]
    assert {(one["evidence"], one["actor_id"]) for one in mine} == {(None, None)}


def test_support_gives_back_too(till: Till, signed_in: As, cast: Cast) -> None:
    till.notice()
    with transaction() as session:
        from cilis.domains import identity

        identity.add_role(session, cast.minh, "support")  # type: ignore[arg-type]
    order = {"payment_id": str(till.attempt_id), "amount_minor": 50_000, "reason": "a kindness"}
    made = signed_in("minh").post("/api/v1/refunds", order)
    assert (made.status_code, made.json["state"]) == (201, "asked")


def test_what_went_back_is_added_up(till: Till, gate: object, deliver: Callable[[], int]) -> None:
    till.notice()
    gate.refund_outcomes = [  # type: ignore[attr-defined]
        RefundOutcome.DONE, RefundOutcome.ACCEPTED, RefundOutcome.REFUSED,
    ]  # fmt: skip
    for number, minor in enumerate((100_000, 50_000, 20_000)):
        till.refund(minor, f"part {number}")
        deliver()
    with reading() as session:
        refunds = payments.refunds_of(session, [till.attempt_id])[till.attempt_id]
    tally = payments.Returned.of(PRICE, refunds)
    assert (tally.done.minor, tally.under_way.minor, tally.left.minor) == (100_000, 50_000, 400_000)
