"""Everybody's credit as the team sees it, gives it and gives it back, over pages and the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.web.pages.conftest import Gate, words
from tests.web.pages.test_admin_coupons import program

from cilis.domains import bookings, credits, payments
from cilis.domains.bookings import Booking
from cilis.domains.credits import Credit, CreditState, PackageWish
from cilis.infra import db
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
Buy = Callable[[], Credit]
PRICE = 2_000_000


@pytest.fixture
def bought(
    scene: Scene, gate: Gate, deliver: Callable[[], int], clock_forward: Callable[..., None]
) -> Buy:
    """A package of four sessions that the client has bought."""

    def make() -> Credit:
        wish = PackageWish(
            name={"vi": "Gói bốn buổi", "en": "Four sessions"}, sessions=4, price_minor=PRICE,
            refundable=False,
        )  # fmt: skip
        offer = credits.save_package(wish, scene.viewer("admin"))
        made = credits.buy_package(offer.id, scene.viewer("client"))
        credits.pay_for_credit(made.id, "gate", scene.viewer("client"), "127.0.0.1")
        clock_forward(timedelta(seconds=61))  # now the gateway is asked
        deliver()
        return seen(made)

    return make


def seen(made: Credit) -> Credit:
    with db.reading() as session:
        return credits.credit(session, made.id)


def left(made: Credit) -> int:
    with db.reading() as session:
        return credits.left(session, made).minor


def all_of_them() -> list[Credit]:
    with db.reading() as session:
        return list(credits.credits_page(session).items)


def given(scene: Scene, minor: int = 100_000, to: str = "client") -> Credit:
    person = {"client": scene.client, "other_client": scene.other_client}[to]
    return credits.give_credit(person, minor, "sorry", scene.viewer("admin"))


def plain(text: str) -> str:
    return words(text).replace("\xa0", " ")


def test_support_sees_and_only_an_admin_gives(browse: Browse, scene: Scene) -> None:
    one = f"/admin/credits/{given(scene).id}"
    for role, status in (("support", 200), ("expert", 403), ("client", 403), ("", 303)):
        browser = browse(role)
        assert browser.get("/admin/credits").status_code == status
        assert browser.get(one).status_code == status
    support = browse("support")
    assert "/admin/credits/new" not in support.get("/admin/credits").text
    assert support.get("/admin/credits/new").status_code == 403
    form = {"person": scene.emails["client"], "amount": "1000", "days": "9", "reason": "x"}
    assert support.submit("/admin/credits", **form).status_code == 403
    assert support.submit(f"{one}/return").status_code == 403
    assert len(all_of_them()) == 1


def test_credit_is_given_once_and_shown(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    assert "No credit here" in words(admin.get("/admin/credits?lang=en").text)
    page = admin.get(f"/admin/credits/new?person={scene.client}").text
    assert f'value="{scene.emails["client"]}"' in page
    form = {
        "person": scene.emails["client"], "amount": "150.000", "days": "30",
        "reason": "The picture stood still.", "_key": "k",
    }  # fmt: skip
    first = admin.submit("/admin/credits", **form)
    again = admin.submit("/admin/credits", **form)
    assert (first.status_code, again.location) == (303, first.location)
    (made,) = all_of_them()
    assert (made.owner_id, made.amount_minor, made.given_by) == (
        scene.client, 150_000, scene.admin,
    )  # fmt: skip
    shown = plain(admin.get(f"/admin/credits/{made.id}?lang=en").text)
    assert "The picture stood still." in shown
    assert "+₫150,000" in shown
    assert "Given by Alpha Admin" in shown
    assert "Give back what is left" not in shown  # it is not money
    listed = plain(admin.get("/admin/credits?lang=en").text)
    assert "Alpha Client Given by the organization" in listed
    assert "Can be used ₫150,000 of ₫150,000" in listed


def test_what_is_wrong_is_named_and_nothing_is_lost(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    form = {
        "person": scene.emails["client"], "amount": "1000", "days": "9", "reason": "A reason."
    }  # fmt: skip
    for wrong, field, said in (
        ({"person": ""}, "person", "fill this in"),
        ({"person": "nobody@nowhere.example"}, "person", "Nobody with this e-mail"),
        ({"person": "alpha"}, "person", "Several people fit"),
        ({"person": scene.emails["admin"]}, "person", "cannot give credit to yourself"),
        ({"amount": "0"}, "amount", "more than"),
        ({"amount": "much"}, "amount", "amount"),
        ({"amount": "9999999999999"}, "amount", "outside of what is possible"),
        ({"days": "0"}, "days", "outside of what is possible"),
        ({"reason": " "}, "reason", "fill this in"),
    ):
        answer = admin.submit("/admin/credits?lang=en", **form | wrong)
        assert answer.status_code == 422, wrong
        assert said.lower() in words(answer.text).lower(), wrong
        marked = re.findall(r'<(?:input|textarea)[^>]*aria-invalid="true"[^>]*>', answer.text)
        assert [re.findall(r'name="([^"]+)"', one)[0] for one in marked] == [field], wrong
        assert "A reason." in answer.text or "reason" in wrong
    assert all_of_them() == []


def test_a_person_s_credit_is_found_by_words(browse: Browse, scene: Scene) -> None:
    mine, theirs = given(scene, 11_000), given(scene, 22_000, "other_client")
    support = browse("support")

    def found(query: str) -> set[str]:
        text = support.get(f"/admin/credits?lang=en&{query}").text
        return {one.reference for one in (mine, theirs) if one.reference in text}

    assert found("") == {mine.reference, theirs.reference}
    assert found(f"person={scene.client}") == {mine.reference}
    assert found(f"q={scene.emails['other_client']}") == {theirs.reference}
    several = support.get("/admin/credits?lang=en&q=alpha").text
    assert "Whom do you mean?" in several
    assert f"/admin/credits?person={scene.client}" in several
    assert "Nobody with this e-mail" in support.get("/admin/credits?lang=en&q=zzz").text
    assert support.get("/admin/credits?q=a%00b&person=x").status_code == 200
    assert f"/admin/credits?person={scene.client}" in support.get(
        f"/admin/people/{scene.client}"
    ).text  # fmt: skip


def test_what_came_and_went_stands_on_its_page(
    browse: Browse, scene: Scene, bought: Buy, held: Callable[..., Booking]
) -> None:
    made, booking = bought(), held()
    bookings.start_payment(
        booking.id, "gate", scene.viewer("client"), "127.0.0.1", credit=str(made.id)
    )
    support = browse("support")
    page = support.get(f"/admin/credits/{made.id}?lang=en").text
    told = plain(page)
    assert "At first ₫2,000,000" in told
    assert "What is left ₫1,500,000" in told
    assert "3 sessions left · 3 of 4" in told
    assert "+₫2,000,000" in told
    assert "-₫500,000" in told
    assert f'href="/admin/bookings/{booking.id}"' in page
    assert booking.reference in told
    assert told.index("Spent on a session") < told.index("Paid for")  # the latest first
    assert f'href="/admin/payments/{made.paid_attempt_id}"' in page
    listed = plain(support.get("/admin/credits?lang=en").text)
    assert "Four sessions" in listed
    assert "3 sessions left ₫1,500,000 of ₫2,000,000" in listed

    # The payment by credit, and the payment for it, lead to it.
    with db.reading() as session:
        paid = bookings.get(session, booking.id).credit_attempt_ids[0]
    for payment, words_ in ((paid, "Paid by credit"), (made.paid_attempt_id, "Four sessions")):
        shown = support.get(f"/admin/payments/{payment}?lang=en")
        assert shown.status_code == 200
        assert f'href="/admin/credits/{made.id}"' in shown.text
        assert words_ in words(shown.text)
    assert f'href="/bookings/{made.id}"' not in shown.text


def test_the_rest_goes_back_to_who_paid(
    browse: Browse, scene: Scene, bought: Buy, deliver: Callable[[], int]
) -> None:
    made = bought()
    admin, page = browse("admin"), f"/admin/credits/{made.id}"
    before = plain(admin.get(f"{page}?lang=en").text)
    assert "₫2,000,000 go back to Alpha Client the way they were paid" in before
    for _ in range(2):
        assert admin.submit(f"{page}/return").status_code == 303
    deliver()
    assert (seen(made).state, left(made)) == (CreditState.RETURNED, 0)
    after = plain(admin.get(f"{page}?lang=en").text)
    assert "Given back to who paid for it" in after
    assert "Give back what is left" not in after
    assert made.paid_attempt_id is not None
    with db.reading() as session:
        (refund,) = payments.refunds_of(session, [made.paid_attempt_id])[made.paid_attempt_id]
    assert (refund.amount_minor, refund.asked_by) == (PRICE, scene.admin)
    shown = admin.get(f"/admin/payments/{made.paid_attempt_id}?lang=en").text
    assert "What was left of the credit" in words(shown)
    gift = given(scene)
    admin.submit(f"/admin/credits/{gift.id}/return")
    refused = words(admin.get(f"/admin/credits/{gift.id}?lang=en").text)
    assert "Nothing of this credit can be given back" in refused
    assert left(gift) == 100_000


def test_a_list_goes_on_and_costs_the_same_however_long_it_is(
    browse: Browse, scene: Scene, queries: list[str]
) -> None:
    admin = browse("admin")
    first = given(scene)
    admin.get("/admin/credits")
    queries.clear()
    admin.get("/admin/credits")
    few = len(queries)
    for number in range(24):
        given(scene, 1_000 + number)
    queries.clear()
    begin = admin.get("/admin/credits").text
    assert len(queries) == few
    assert first.reference not in begin
    onward = re.findall(r'href="(/admin/credits\?cursor=[^"]+)"', begin)
    rest = admin.get(onward[0].replace("&amp;", "&")).text
    assert first.reference in rest
    assert admin.get("/admin/credits?cursor=x").status_code == 422


class TestProgram:
    def test_gives_lists_and_shows(self, browse: Browse, scene: Scene) -> None:
        admin, token = program(browse, scene, "admin")
        address = "/api/v1/client-credits"
        wish = {"person_id": str(scene.client), "amount_minor": 70_000, "reason": "sorry"}
        once = {**token, "Idempotency-Key": "one"}
        first = admin.post(address, json=wish, headers=once)
        again = admin.post(address, json=wish, headers=once)
        assert (first.status_code, again.json) == (201, first.json)
        assert (first.json["kind"], first.json["state"]) == ("goodwill", "open")
        assert first.json["left"] == {"minor": 70_000, "currency": "VND"}
        moved = [(one["kind"], one["change"]["minor"]) for one in first.json["movements"]]
        assert moved == [("credit_given", 70_000)]
        theirs = given(scene, 5_000, "other_client")
        listed = admin.get(f"{address}?person_id={scene.client}", headers=token).json
        assert [one["id"] for one in listed["items"]] == [first.json["id"]]
        everybody = admin.get(address, headers=token).json["items"]
        assert [one["id"] for one in everybody] == [str(theirs.id), first.json["id"]]
        refused = admin.post(f"{address}/{theirs.id}/returns", headers=token)
        assert (refused.status_code, refused.json["code"]) == (409, "credit_not_returnable")
        assert admin.get(f"{address}/{scene.client}", headers=token).status_code == 404

    def test_gives_the_rest_back_once(self, browse: Browse, scene: Scene, bought: Buy) -> None:
        made = bought()
        admin, token = program(browse, scene, "admin")
        address = f"/api/v1/client-credits/{made.id}"
        once = {**token, "Idempotency-Key": "one"}
        first = admin.post(f"{address}/returns", headers=once)
        again = admin.post(f"{address}/returns", headers=once)
        assert (first.status_code, again.json) == (201, first.json)
        assert (first.json["state"], first.json["left"]["minor"]) == ("returned", 0)
        assert first.json["payment_id"] == str(made.paid_attempt_id)

    def test_is_told_what_is_wrong(self, browse: Browse, scene: Scene) -> None:
        admin, token = program(browse, scene, "admin")
        wish = {"person_id": str(scene.client), "amount_minor": 1, "reason": "sorry"}
        for wrong, status, said in (
            ({"person_id": str(scene.admin)}, 403, "own_credit"),
            ({"person_id": str(scene.service)}, 404, "person_not_found"),
            ({"amount_minor": 0}, 422, "amount_minor"),
            ({"reason": " "}, 422, "reason"),
            ({"days": 9_999}, 422, "days"),
            ({"state": "open"}, 422, "state"),
        ):
            refused = admin.post("/api/v1/client-credits", json=wish | wrong, headers=token)
            fields = [one["field"] for one in refused.json.get("errors", [])]
            assert (refused.status_code, *(fields or [refused.json["code"]])) == (status, said)
        assert all_of_them() == []

    def test_support_only_reads(self, browse: Browse, scene: Scene) -> None:
        one = f"/api/v1/client-credits/{given(scene).id}"
        support, token = program(browse, scene, "support")
        assert support.get("/api/v1/client-credits", headers=token).status_code == 200
        assert support.get(one, headers=token).status_code == 200
        assert support.post("/api/v1/client-credits", headers=token).status_code == 403
        assert support.post(f"{one}/returns", headers=token).status_code == 403
        client, as_client = program(browse, scene, "client")
        assert client.get("/api/v1/client-credits", headers=as_client).status_code == 403
        assert client.get(one, headers=as_client).status_code == 403
