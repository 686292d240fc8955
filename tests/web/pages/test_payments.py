"""Payments for the client, the expert and the staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.web.pages.conftest import Gate, last_id, words

from cilis.domains import identity, payments, tenants
from cilis.domains.bookings import Booking
from cilis.hooks.payments import Outcome
from cilis.infra.db import reading, transaction
from cilis.infra.i18n import format_money, speaking
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
Deliver = Callable[[], int]


@pytest.fixture
def paid(booked: Callable[..., Booking]) -> Booking:
    return booked()


def put(scene: Scene, count: int) -> list[payments.PastPayment]:
    """So many payments of the scene's client for its expert, one a day."""
    rows = [
        payments.PastPayment(
            id=ids.new(),
            subject_id=ids.new(),
            payer_id=scene.viewer("client").person,
            payee_id=scene.viewer("expert").person,
            provider="gate",
            amount=Money(100_000 + number, "VND"),
            description=f"REFER{number:03} Tư vấn",
            created_at=clock.now() - timedelta(days=number + 1),
            settled_at=clock.now() - timedelta(days=number + 1),
            provider_reference=f"G-{number}",
            refunds=(
                payments.PastRefund(
                    amount=Money(10_000, "VND"),
                    reason="cancelled_by_client",
                    asked_at=clock.now() - timedelta(days=number),
                    settled_at=clock.now() - timedelta(days=number),
                ),
            ),
        )
        for number in range(count)
    ]
    with transaction() as session:
        payments.import_payments(session, rows)
    return rows


def attempt_of(booking: Booking) -> payments.Attempt:
    with reading() as session:
        return payments.of_subjects(session, [booking.id])[booking.id]


def test_a_client_reads_what_was_paid_and_what_came_back(
    paid: Booking, browse: Browse, scene: Scene, deliver: Deliver
) -> None:
    attempt = attempt_of(paid)
    with transaction() as session:
        payments.request_refund(
            session, attempt.id, Money(50_000, "VND"), "cancelled_by_expert", None
        )
    deliver()
    page = browse("client").get("/account/payments")
    assert page.status_code == 200
    said = words(page.text)
    assert paid.reference in said
    assert "50" in said
    assert 'data-live="payments.changed"' in page.text
    assert attempt.id.hex not in page.text  # the gateway's name for it is nobody's business
    other = words(browse("other_client").get("/account/payments").text)
    assert paid.reference not in other


def test_an_expert_reads_what_sessions_brought(paid: Booking, browse: Browse, scene: Scene) -> None:
    put(scene, 3)
    page = browse("expert").get("/desk/payments")
    assert page.status_code == 200
    assert paid.reference in page.text
    assert "Gate" not in words(page.text)  # how it was paid stays with the client
    assert "G-1" not in page.text
    assert browse("client").get("/desk/payments").status_code == 403


def test_the_desk_shows_the_month(paid: Booking, browse: Browse, scene: Scene) -> None:
    text = browse("expert").get("/desk?lang=en").text
    desk = words(text)
    assert "Earnings this month" in desk
    assert "One payment" in desk
    with speaking("en"):
        assert format_money(paid.price) in desk
    assert 'class="spark"' in text
    assert 'href="/desk/payments"' in text


def test_staff_find_a_payment_and_see_all_of_it(paid: Booking, browse: Browse) -> None:
    lan = browse("admin")
    attempt = attempt_of(paid)
    for query in (
        f"text={paid.reference}",
        f"text={attempt.id.hex}",
        "text=G-1",
        f"amount={paid.price_minor}",
        "state=captured",
        f"since={clock.now().date() - timedelta(days=1)}",
        "amount=nothing+of+the+kind",  # said beside the field; the list is not narrowed
    ):
        page = lan.get(f"/admin/payments?{query}")
        assert page.status_code == 200, query
        assert f"/admin/payments/{attempt.id}" in page.text, query
    for query in ("text=ZZZZZZZZ", "amount=1", "state=failed", "refund=done", "until=2020-01-01"):
        assert f"/admin/payments/{attempt.id}" not in lan.get(f"/admin/payments?{query}").text
    shown = lan.get(f"/admin/payments/{attempt.id}")
    assert shown.status_code == 200
    assert attempt.id.hex in shown.text
    assert f'data-subject="{attempt.id}"' in shown.text
    assert browse("client").get(f"/admin/payments/{attempt.id}").status_code == 403
    assert lan.get(f"/admin/payments/{ids.new()}").status_code == 404


@pytest.mark.parametrize("role", ["admin", "support"])
def test_staff_give_back_a_part_and_then_the_rest(
    paid: Booking, browse: Browse, deliver: Deliver, role: str
) -> None:
    attempt = attempt_of(paid)
    browser = browse(role)
    address = f"/admin/payments/{attempt.id}/refund"
    assert browser.get(address).status_code == 200
    part = str(paid.price_minor // 3)
    made = browser.submit(address, how="part", amount=part, reason="a kindness")
    assert made.status_code == 303
    assert last_id(made.location) == attempt.id
    deliver()
    rest = browser.submit(address, how="all", amount="", reason="and the rest")
    assert rest.status_code == 303
    deliver()
    with reading() as session:
        refunds = payments.refunds_of(session, [attempt.id])[attempt.id]
    assert [one.state for one in refunds] == [payments.RefundState.DONE] * 2
    assert sum(one.amount_minor for one in refunds) == paid.price_minor
    page = browser.get(f"/admin/payments/{attempt.id}")
    assert address not in page.text  # nothing is left
    assert browser.get(address).status_code == 303


@pytest.mark.parametrize(
    "wish",
    [
        {"how": "part", "amount": "", "reason": "a kindness"},
        {"how": "part", "amount": "lots", "reason": "a kindness"},
        {"how": "part", "amount": "0", "reason": "a kindness"},
        {"how": "part", "amount": "99000000", "reason": "a kindness"},
        {"how": "all", "amount": "", "reason": ""},
        {"how": "some", "amount": "1", "reason": "a kindness"},
    ],
)
def test_a_wrong_refund_changes_nothing_and_keeps_what_was_typed(
    paid: Booking, browse: Browse, wish: dict[str, str]
) -> None:
    attempt = attempt_of(paid)
    answer = browse("admin").submit(f"/admin/payments/{attempt.id}/refund", **wish)
    assert answer.status_code == 422
    assert f'value="{wish["amount"]}"' in answer.text
    with reading() as session:
        assert payments.refunded_minor(session, attempt.id) == 0


def test_the_same_form_twice_gives_back_once(paid: Booking, browse: Browse) -> None:
    attempt = attempt_of(paid)
    browser = browse("admin")
    wish = {"how": "part", "amount": "1000", "reason": "a kindness", "_key": "k-1"}
    address = f"/admin/payments/{attempt.id}/refund"
    first, again = browser.submit(address, **wish), browser.submit(address, **wish)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    with reading() as session:
        assert payments.refunded_minor(session, attempt.id) == 1000


def test_nobody_is_offered_to_act_on_a_payment_of_their_own(
    paid: Booking, browse: Browse, scene: Scene
) -> None:
    attempt = attempt_of(paid)
    page, address = f"/admin/payments/{attempt.id}", f"/admin/payments/{attempt.id}/refund"
    browser = browse("admin")
    assert address in browser.get(page).text
    with transaction() as session:
        payments.attempt(session, attempt.id).payer_id = scene.admin
    said = browser.get(page).text
    assert address not in said
    assert "You paid this or were paid by it yourself" in said
    assert browser.get(address).location.endswith(page)
    assert browser.submit(address, how="all", amount="", reason="for me").location.endswith(page)
    with transaction() as session:
        payments.attempt(session, attempt.id).state = payments.AttemptState.REVIEW
    assert f"{page}/decision" not in browser.get(page).text
    answer = browser.submit(f"{page}/decision", accept="1", reason="it is mine")
    assert answer.location.endswith(page)
    with reading() as session:
        assert payments.refunded_minor(session, attempt.id) == 0
        assert payments.attempt(session, attempt.id).state == payments.AttemptState.REVIEW


def test_the_payments_of_one_person(paid: Booking, browse: Browse, scene: Scene) -> None:
    """An address that begins like another one's does not show the other's payments."""
    attempt = attempt_of(paid)
    with transaction() as session:
        namesake = identity.import_person(
            session, email=scene.emails["client"].partition(".")[0], name="Namesake"
        )
    lan = browse("admin")
    line = f"/admin/payments/{attempt.id}"
    assert line in lan.get(f"/admin/people/{scene.client}").text
    assert line in lan.get(f"/admin/people/{scene.expert_person}").text
    assert line not in lan.get(f"/admin/people/{namesake}").text
    mine = lan.get(f"/admin/payments?person={scene.client}&state=captured").text
    assert line in mine
    assert f'name="person" value="{scene.client}"' in mine
    assert "who paid or was paid" in words(mine)
    assert line not in lan.get(f"/admin/payments?person={namesake}").text
    assert lan.get("/admin/payments?person=x").status_code == 200


def test_a_suspected_payment_is_decided_with_a_reason(
    scene: Scene, gate: Gate, booked: Callable[..., Booking], browse: Browse
) -> None:
    gate.outcome = Outcome.REVIEW
    attempt = attempt_of(booked())
    assert attempt.state == payments.AttemptState.REVIEW
    browser = browse("admin")
    assert str(attempt.id) in browser.get("/admin/payments?state=review").text
    address = f"/admin/payments/{attempt.id}/decision"
    assert browser.submit(address, accept="1", reason="").status_code == 422
    assert browser.submit(address, accept="1", reason="called the bank").status_code == 303
    assert browser.submit(address, accept="1", reason="called the bank").status_code == 303
    with reading() as session:
        assert payments.attempt(session, attempt.id).state == payments.AttemptState.CAPTURED


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("client", "/account/payments"),
        ("expert", "/desk/payments"),
        ("admin", "/admin/payments"),
    ],
)
def test_more_rows_need_no_more_questions(
    scene: Scene, gate: Gate, browse: Browse, queries: list[str], role: str, address: str
) -> None:
    browser = browse(role)
    put(scene, 2)
    browser.get(address)
    queries.clear()
    browser.get(address)
    few = len(queries)
    put(scene, 18)
    queries.clear()
    page = browser.get(address)
    assert page.text.count('<li id="p-') == 20
    assert len(queries) <= few


def test_a_second_page_follows(scene: Scene, gate: Gate, browse: Browse) -> None:
    put(scene, 25)
    browser = browse("client")
    first = browser.get("/account/payments").text
    cursor = first.split("?cursor=")[1].split('"')[0]
    rest = browser.get(f"/account/payments?cursor={cursor}").text
    assert (first.count('<li id="p-'), rest.count('<li id="p-')) == (20, 5)
    assert browser.get("/account/payments?cursor=nonsense").status_code == 422


class TestSecondPerson:
    @pytest.fixture(autouse=True)
    def _limits(self, scene: Scene) -> None:
        rules = tenants.Rules(refund_limits={"support": 1_000, "admin": 2_000})
        wish = tenants.RulesWish(cancellation=(), rules=rules)
        tenants.change_rules(wish, scene.viewer("admin"))

    def test_support_asks_and_an_admin_agrees(
        self, paid: Booking, browse: Browse, deliver: Callable[[], int]
    ) -> None:
        attempt = attempt_of(paid)
        support, admin = browse("support"), browse("admin")
        address = f"/admin/payments/{attempt.id}/refund"
        assert "1,000" in support.get(address).text
        wish = {"how": "part", "amount": "3000", "reason": "Kindness itself"}
        assert support.submit(address, **wish).status_code == 303
        with reading() as session:
            asked = payments.waiting_request(session, attempt.id)
            assert asked is not None
            assert payments.refunded_minor(session, attempt.id) == 0
        queue = "/admin/payments/approvals"
        assert "Kindness itself" in support.get(queue).text
        assert f"{asked.id}/approval" not in support.get(queue).text
        assert support.submit(f"{queue}/{asked.id}/approval").status_code == 403
        assert f"#request-{asked.id}" in admin.get(f"/admin/payments/{attempt.id}").text
        assert queue in admin.get("/admin").text

        page = admin.submit(f"{queue}/{asked.id}/refusal", reason="")
        assert page.status_code == 422
        for _ in range(2):
            assert admin.submit(f"{queue}/{asked.id}/approval").status_code == 303
        deliver()
        with reading() as session:
            assert payments.refunded_minor(session, attempt.id) == 3_000
        assert "Kindness itself" not in admin.get(queue).text
        assert "Kindness itself" in admin.get(f"{queue}?all=1").text

    def test_an_admin_does_not_agree_to_their_own(self, paid: Booking, browse: Browse) -> None:
        attempt = attempt_of(paid)
        admin = browse("admin")
        wish = {"how": "all", "amount": "", "reason": "Kindness itself", "borne_by": "shared"}
        admin.submit(f"/admin/payments/{attempt.id}/refund", **wish)
        with reading() as session:
            asked = payments.waiting_request(session, attempt.id)
        assert asked is not None
        assert asked.borne_by == payments.BorneBy.SHARED
        queue = "/admin/payments/approvals"
        assert f"{asked.id}/approval" not in admin.get(queue).text
        admin.submit(f"{queue}/{asked.id}/approval")
        with reading() as session:
            assert payments.refunded_minor(session, attempt.id) == 0
        support = browse("support")
        support.submit(f"{queue}/{asked.id}/refusal", reason="mine")
        with reading() as session:
            assert payments.waiting_request(session, attempt.id) is not None
        admin.submit(f"{queue}/{asked.id}/refusal")
        with reading() as session:
            assert payments.waiting_request(session, attempt.id) is None
