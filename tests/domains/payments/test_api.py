from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from tests.domains.payments.conftest import PRICE, Till

from cilis.domains import payments
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import ids
from cilis.testing.fixtures import Browser, Cast, browser_on

As = Callable[..., "Caller"]


class Caller:
    """A program that is signed in."""

    def __init__(self, browser: Browser, token: str) -> None:
        self._browser = browser
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str) -> Any:
        return self._browser.get(path, headers=self._headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self._browser.post(path, json=body, headers={**self._headers, **headers})


@pytest.fixture
def signed_in(app: Flask, tenant: Tenant, cast: Cast) -> As:
    def enter(name: str, where: Tenant = tenant) -> Caller:
        browser = browser_on(app, where)
        if not name:
            return Caller(browser, "")
        with serving(where):
            body = {"email": f"{name}@example.vn", "password": cast.password}
            answer = browser.post("/api/v1/sessions", json=body)
        assert answer.status_code == 201, answer.text
        return Caller(browser, answer.json["access_token"])

    return enter


def test_each_sees_their_own_payments(till: Till, signed_in: As, other_tenant: Tenant) -> None:
    till.notice()
    till.refund(50_000, "a part")
    path = f"/api/v1/payments/{till.attempt_id}"

    mine = signed_in("hoa").get(path).json
    assert (mine["state"], mine["amount"]) == ("captured", {"minor": 550_000, "currency": "VND"})
    assert [change["to_state"] for change in mine["changes"]] == ["created", "captured", "asked"]
    assert [refund["amount"]["minor"] for refund in mine["refunds"]] == [50_000]
    assert "provider_data" not in mine
    assert signed_in("lan").get(path).status_code == 200
    assert signed_in("minh").get(path).status_code == 404
    assert signed_in("khang", other_tenant).get(path).status_code == 404
    assert signed_in("").get(path).status_code == 401


def test_lists_go_on_by_cursor(till: Till, open_till: Callable[..., Till], signed_in: As) -> None:
    more = [open_till() for _ in range(2)]
    hoa = signed_in("hoa")
    first = hoa.get("/api/v1/payments?limit=2").json
    rest = hoa.get(f"/api/v1/payments?limit=2&cursor={first['next_cursor']}").json

    found = [item["id"] for item in first["items"] + rest["items"]]
    assert found == [str(each.attempt_id) for each in (*reversed(more), till)]
    assert rest["next_cursor"] is None
    assert signed_in("minh").get("/api/v1/payments").json["items"] == []
    assert len(signed_in("lan").get("/api/v1/payments?state=created").json["items"]) == 3


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "state=rich", "cursor=abc", "cursor=WzFd"]
)
def test_odd_questions_are_refused(gate: object, signed_in: As, query: str) -> None:
    assert signed_in("hoa").get(f"/api/v1/payments?{query}").status_code == 422


def test_an_admin_gives_money_back_once(till: Till, signed_in: As) -> None:
    till.notice()
    lan = signed_in("lan")
    order = {"payment_id": str(till.attempt_id), "amount_minor": 150_000, "reason": "a kindness"}
    made = lan.post("/api/v1/refunds", order, **{"Idempotency-Key": "k1"})
    again = lan.post("/api/v1/refunds", order, **{"Idempotency-Key": "k1"})

    assert (made.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (made.json["id"], made.json["state"]) == (again.json["id"], "asked")
    assert lan.get(f"/api/v1/refunds/{made.json['id']}").json["payment_id"] == str(till.attempt_id)
    hoa = signed_in("hoa")
    assert [item["id"] for item in hoa.get("/api/v1/refunds").json["items"]] == [made.json["id"]]
    assert signed_in("minh").get(f"/api/v1/refunds/{made.json['id']}").status_code == 404
    too_much = lan.post("/api/v1/refunds", {**order, "amount_minor": PRICE.minor})
    assert (too_much.status_code, too_much.json["code"]) == (409, "refund_too_large")


@pytest.mark.parametrize(("name", "status"), [("hoa", 403), ("minh", 403), ("", 401)])
def test_only_admins_give_money_back(till: Till, signed_in: As, name: str, status: int) -> None:
    till.notice()
    order = {"payment_id": str(till.attempt_id), "reason": "for me"}
    assert signed_in(name).post("/api/v1/refunds", order).status_code == status


@pytest.mark.parametrize(
    "change",
    [{"amount_minor": 0}, {"amount_minor": -1}, {"amount_minor": 1.5}, {"amount_minor": 2**63},
     {"amount_minor": "1"}, {"reason": ""}, {"reason": "a\x00bc"}, {"currency": "EUR"},
     {"payment_id": "x"}, {"state": "done"}],
)  # fmt: skip
def test_bad_orders_are_refused(till: Till, signed_in: As, change: dict[str, Any]) -> None:
    till.notice()
    order = {"payment_id": str(till.attempt_id), "amount_minor": 1, "reason": "a kindness"}
    assert signed_in("lan").post("/api/v1/refunds", {**order, **change}).status_code == 422


@pytest.mark.parametrize("side", ["payer_id", "payee_id"])
def test_nobody_acts_on_a_payment_of_their_own(
    till: Till, signed_in: As, cast: Cast, side: str
) -> None:
    till.notice("review")
    set_side(till, side, cast.lan)
    lan = signed_in("lan")
    decisions = f"/api/v1/payments/{till.attempt_id}/decisions"
    body = {"accept": True, "reason": "it is mine"}
    refused = lan.post(decisions, body)
    assert (refused.status_code, refused.json["code"]) == (403, "own_payment")
    assert till.state == "review"

    set_side(till, side, cast.khang)
    assert lan.post(decisions, body).status_code == 201
    set_side(till, side, cast.lan)
    order = {"payment_id": str(till.attempt_id), "reason": "for myself"}
    refused = lan.post("/api/v1/refunds", order)
    assert (refused.status_code, refused.json["code"]) == (403, "own_payment")
    with reading() as session:
        assert payments.refunded_minor(session, till.attempt_id) == 0


def set_side(till: Till, side: str, person_id: UUID) -> None:
    with transaction() as session:
        setattr(payments.attempt(session, till.attempt_id), side, person_id)


def test_staff_decide_about_a_suspected_payment(till: Till, signed_in: As) -> None:
    till.notice("review")
    path = f"/api/v1/payments/{till.attempt_id}/decisions"
    body = {"accept": True, "reason": "called the bank"}
    assert signed_in("hoa").post(path, body).status_code == 403
    lan = signed_in("lan")
    assert lan.post(path, {**body, "accept": "yes"}).status_code == 422
    assert lan.post(path, body).json["state"] == "captured"
    assert lan.post(path, body).json["code"] == "not_in_review"
    unknown = f"/api/v1/payments/{ids.new()}/decisions"
    assert lan.post(unknown, body).status_code == 404
    assert payments.AttemptState(till.state) == payments.AttemptState.CAPTURED
