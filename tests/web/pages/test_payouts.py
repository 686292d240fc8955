"""Payouts on the desk and for the staff, over pages and the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.domains.payouts.conftest import IBAN, Books, person
from tests.web.pages.conftest import last_id, words

from cilis.infra.i18n import format_money, speaking
from cilis.kit.money import Money
from cilis.testing.fixtures import Browser
from cilis.testing.scene import PASSWORD, Scene

pytestmark = pytest.mark.timeout(180)
Browse = Callable[..., Browser]
WEEK = timedelta(days=7, minutes=1)


def dong(minor: int) -> str:
    with speaking("en", "Asia/Ho_Chi_Minh"):
        return words(format_money(Money(minor, "VND")))


def test_from_the_account_to_the_statement(
    scene: Scene, browse: Browse, deliver: Callable[[], int], clock_forward: Callable[..., None]
) -> None:
    books = Books(scene)
    desk, admin, support = browse("expert"), browse("admin"), browse("support")
    empty = words(desk.get("/desk/payouts").text)
    assert "Nothing was paid out yet" in empty
    assert "Without an account nothing can be paid out" in empty
    assert "Nobody is owed anything" in words(admin.get("/admin/payouts").text)
    assert "Nobody can be paid now" in words(admin.get("/admin/payouts/batches/new").text)

    # The rules, by an admin alone.
    assert support.get("/admin/payouts/rules").status_code == 403
    rules = {
        "holding_days": "7",
        "lock_days": "3",
        "minimum": "10.000",
        "approval_above": "1.000.000",
    }
    wrong = admin.submit("/admin/payouts/rules", **{**rules, "minimum": "much", "iban": "DE00"})
    assert wrong.status_code == 422
    assert wrong.text.count('class="error"') >= 1
    assert admin.submit("/admin/payouts/rules", **rules).status_code == 303

    # The account: checked, with the password, and shown by its end.
    form = {"kind": "account", "holder": "Minh", "bank": "Vietcombank", "number": "0071001234567"}
    refused = desk.submit("/desk/payouts/account", **form, current_password="no")
    assert refused.status_code == 422
    assert "0071001234567" in refused.text
    assert "no" not in re.findall(r'type="password" value="([^"]*)"', refused.text)
    wrong = desk.submit(
        "/desk/payouts/account", kind="iban", holder="M", iban="DE1", current_password=PASSWORD
    )
    assert "not a valid IBAN" in words(wrong.text)
    done = desk.submit("/desk/payouts/account", **form, current_password=PASSWORD)
    assert done.status_code == 303
    shown = desk.get("/desk/payouts").text
    assert "Vietcombank •••• 4567" in words(shown)
    assert "0071001234567" not in shown

    # Earned, held, available; a batch above the limit needs a second person.
    books.earn(scene.expert, 1_700_000)
    assert dong(1_700_000) in words(desk.get("/desk/payouts").text)
    clock_forward(WEEK)
    deliver()
    listed = words(admin.get("/admin/payouts").text)
    assert f"Alpha Expert 0 Vietcombank •••• 4567 {dong(1_700_000)}" in listed
    page = admin.get("/admin/payouts/batches/new").text
    assert str(scene.expert) in page
    assert admin.submit("/admin/payouts/batches").status_code == 422
    made = support.submit("/admin/payouts/batches", expert=str(scene.expert))
    batch = f"/admin/payouts/batches/{last_id(made.location)}"
    assert "Needs a second person" in words(support.get(batch).text)
    assert support.submit(f"{batch}/approval").status_code == 403
    assert "Payouts to approve 1" in re.sub(
        r"(Payouts to approve).*?(\d)", r"\1 \2", words(admin.get("/admin").text)
    )
    assert admin.submit(f"{batch}/payments").status_code == 303
    assert "not approved yet" in words(admin.get(batch).text)
    assert admin.submit(f"{batch}/approval").status_code == 303
    assert support.get(f"{batch}/file.csv").status_code == 403
    file = admin.get(f"{batch}/file.csv")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "0071001234567" in file.text
    assert admin.get(f"{batch}/file.xml").status_code == 303  # nothing in it goes by SEPA
    deliver()
    assert "On its way" in words(desk.get("/desk/payouts").text)
    assert admin.submit(f"{batch}/payments").status_code == 303
    deliver()
    assert "Paid out" in words(desk.get("/desk/payouts").text)
    notices = words(desk.get("/notices").text)
    assert "on its way to your account" in notices
    assert "account for your payouts was changed" in notices

    # It came back; then staff correct the balance.
    payout = books.payouts_of(last_id(batch))[0]
    assert support.get(f"/admin/payouts/{payout.id}/return").status_code == 200
    assert support.submit(f"/admin/payouts/{payout.id}/return", reason="").status_code == 422
    support.submit(f"/admin/payouts/{payout.id}/return", reason="account closed")
    deliver()
    assert "account closed" in words(desk.get("/desk/payouts").text)
    assert "came back" in words(desk.get("/notices").text)
    expert = f"/admin/payouts/experts/{scene.expert}"
    order = {"way": "take", "amount": "2.000.000", "reason": "paid twice"}
    assert support.submit(f"{expert}/adjustments", **{**order, "amount": "0"}).status_code == 422
    assert support.submit(f"{expert}/adjustments", **order).status_code == 303
    home = admin.get("/admin/payouts").text
    assert "paid twice" in words(home)
    decision = re.findall(r"/admin/payouts/adjustments/[0-9a-f-]+/decision", home)[0]
    assert admin.submit(decision, accept="1").status_code == 303
    assert books.stands(scene.expert)[0] == -300_000
    assert "Your next sessions make up for it" in words(desk.get("/desk/payouts").text)
    assert "paid twice" in words(support.get(expert).text)

    # The statement says all of it, and nobody else's.
    months = re.findall(r"/desk/payouts/statements/[0-9-]+\.csv", desk.get("/desk/payouts").text)
    rows = [row for month in reversed(months) for row in desk.get(month).text.splitlines()[1:]]
    assert any("2000000,1700000," in row or "1955000" in row for row in rows if "Session" in row)
    assert rows[-1].endswith("-300000")
    paper = desk.get(months[0].replace(".csv", ".pdf"))
    assert paper.data.startswith(b"%PDF-")
    assert paper.headers["Content-Disposition"].startswith("attachment")
    assert desk.get("/desk/payouts/statements/1999-01.csv").status_code == 404
    assert support.get(f"{expert}/statements/{months[0][-11:]}").status_code == 200
    assert browse("client").get("/desk/payouts").status_code == 403
    admin.submit(batch + "/cancellation", reason="too late")
    assert "no longer be called off" in words(admin.get(batch).text)
    book = words(admin.get("/admin/audit").text)
    for deed in ("approved a batch of payouts", "took a file of payouts", "corrected a balance"):
        assert deed in book


def test_a_program_does_the_same(
    scene: Scene, browse: Browse, clock_forward: Callable[..., None]
) -> None:
    books = Books(scene)
    person("Third", "admin")

    def program(role: str, email: str = "") -> tuple[Browser, dict[str, str]]:
        browser = browse()
        body = {"email": email or scene.emails[role], "password": PASSWORD}
        token = browser.post("/api/v1/sessions", json=body).json["access_token"]
        return browser, {"Authorization": f"Bearer {token}"}

    books.earn(scene.expert, 90_000)
    clock_forward(WEEK)
    expert, as_expert = program("expert")
    admin, as_admin = program("admin")
    other, as_other = program("", "third@staff.example")
    account = {"kind": "iban", "holder": "M", "number": IBAN, "current_password": PASSWORD}
    assert expert.get("/api/v1/payees/me", headers=as_expert).status_code == 404
    put = expert.put("/api/v1/payees/me", json=account, headers=as_expert)
    assert (put.status_code, put.json["hint"]) == (200, "DE •••• 3000")
    mine = expert.get("/api/v1/payout-balances/me", headers=as_expert).json
    assert mine["available"] == {"minor": 90_000, "currency": "VND"}
    listed = admin.get("/api/v1/payout-balances/payable", headers=as_admin).json["items"]
    assert [one["obstacle"] for one in listed] == [None]
    once = {**as_admin, "Idempotency-Key": "one"}
    first = admin.post("/api/v1/payout-batches", json={}, headers=once)
    again = admin.post("/api/v1/payout-batches", json={}, headers=once)
    assert (first.status_code, again.json) == (201, first.json)
    path = f"/api/v1/payout-batches/{first.json['id']}"
    refused = admin.post(f"{path}/approvals", headers=as_admin)
    assert (refused.status_code, refused.json["code"]) == (403, "second_person_needed")
    assert other.post(f"{path}/approvals", headers=as_other).json["state"] == "ready"
    assert admin.get(f"{path}/files/csv", headers=as_admin).status_code == 200
    paid = admin.post(f"{path}/payments", json={}, headers=as_admin).json
    assert (paid["state"], paid["payouts"][0]["state"]) == ("closed", "paid")
    seen = expert.get("/api/v1/payouts", headers=as_expert).json["items"]
    assert [one["state"] for one in seen] == ["paid"]
    month = books.months(scene.expert)[0]
    told = expert.get(f"/api/v1/payout-statements/{month}", headers=as_expert).json
    assert told["closing"]["minor"] == 0
