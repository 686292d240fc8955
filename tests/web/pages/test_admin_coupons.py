"""Coupons as the team makes, sees and ends them, over pages and the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.pages.conftest import words

from cilis.domains import credits, experts
from cilis.domains.bookings import Booking
from cilis.domains.bookings.service import savings
from cilis.domains.credits import CouponState, CouponWish
from cilis.infra import db
from cilis.kit import clock
from cilis.testing.fixtures import Browser
from cilis.testing.scene import PASSWORD, Scene

Browse = Callable[..., Browser]
FORM = {"how": "percent", "percent": "10", "most_each": "1"}


def all_of_them() -> list[credits.Coupon]:
    with db.reading() as session:
        return list(credits.coupons_page(session).items)


def program(browse: Browse, scene: Scene, role: str) -> tuple[Browser, dict[str, str]]:
    browser = browse()
    body = {"email": scene.emails[role], "password": PASSWORD}
    token = browser.post("/api/v1/sessions", json=body).json["access_token"]
    return browser, {"Authorization": f"Bearer {token}"}


def test_support_sees_and_only_an_admin_makes_them(browse: Browse, scene: Scene) -> None:
    made = credits.make_coupon(CouponWish(code="TET", percent=10), scene.viewer("admin"))
    page = f"/admin/coupons/{made.id}"
    for role, status in (("support", 200), ("expert", 403), ("client", 403), ("", 303)):
        browser = browse(role)
        assert browser.get("/admin/coupons").status_code == status
        assert browser.get(page).status_code == status
    support = browse("support")
    assert "/admin/coupons/new" not in support.get("/admin/coupons").text
    assert f"{page}/end" not in support.get(page).text
    assert support.get("/admin/coupons/new").status_code == 403
    assert support.submit("/admin/coupons", **FORM).status_code == 403
    assert support.submit(f"{page}/end").status_code == 403
    assert len(all_of_them()) == 1


def test_one_is_made_with_all_its_terms_and_shown(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    assert "No coupon yet" in words(admin.get("/admin/coupons?lang=en").text)
    form = {
        "code": "spring 10",
        "how": "amount",
        "percent": "50",  # typed before the other way was chosen
        "amount": "50.000",
        "since": "2031-03-01",
        "until": "2031-03-31",
        "most": "100",
        "most_each": "2",
        "expert": "alpha expert 0",
        "service": "advice alpha",
        "least": "200 000",
        "client": scene.emails["client"],
        "borne_by": "organization",
        "note": "For the fair.",
    }
    answer = admin.submit("/admin/coupons", **form)
    assert answer.status_code == 303
    (made,) = all_of_them()
    assert answer.location.endswith(f"/admin/coupons/{made.id}")
    assert (made.code, made.percent_bp, made.amount_minor) == ("SPRING10", None, 50_000)
    assert made.starts_at is not None
    assert made.ends_at is not None
    begin, end = made.starts_at.isoformat(), made.ends_at.isoformat()
    # A day begins at the organization's midnight, and the last one is part of it.
    assert (begin[:16], end[:16]) == ("2031-02-28T17:00", "2031-03-31T17:00")
    assert (made.most, made.most_each, made.least_minor) == (100, 2, 200_000)
    assert (made.service_id, made.expert_id, made.topic_id) == (scene.service, None, None)
    assert (made.client_id, made.note) == (scene.client, "For the fair.")

    page = words(admin.get(f"/admin/coupons/{made.id}?lang=en").text)
    assert "SPRING10" in page
    assert "Advice Alpha · Alpha Expert 0" in page
    assert "The organization bears it alone" in page
    assert "0 of 100 times" in page
    assert "Alpha Client" in page
    listed = words(admin.get("/admin/coupons?lang=en").text)
    assert "1 Mar 2031 to 31 Mar 2031" in listed
    assert "Not yet" in listed
    assert "only for Alpha Client" in listed
    assert "Alpha Admin" in listed


def test_a_code_that_nobody_thought_of_is_made(browse: Browse, scene: Scene) -> None:
    assert browse("admin").submit("/admin/coupons", **FORM).status_code == 303
    (made,) = all_of_them()
    assert re.fullmatch("[A-Z0-9]{8}", made.code)
    assert (made.percent_bp, made.most_each, made.ends_at) == (1_000, 1, None)


def test_what_is_wrong_is_named_and_nothing_is_lost(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    credits.make_coupon(CouponWish(code="TET", percent=10), scene.viewer("admin"))
    for wrong, field, said in (
        ({"code": "Tết"}, "code", "letters without accents"),
        ({"code": " te t "}, "code", "with this code already"),
        ({"percent": ""}, "percent", "fill this in"),
        ({"percent": "101"}, "percent", "outside of what is possible"),
        ({"percent": "ten"}, "percent", "whole number"),
        ({"how": "amount", "amount": "much"}, "amount", "amount"),
        ({"how": "amount", "amount": ""}, "amount", "fill this in"),
        ({"since": "soon"}, "since", "day"),
        ({"until": "2020-01-01"}, "until", "in the future"),
        ({"most": "0"}, "most", "outside of what is possible"),
        ({"most_each": "x"}, "most_each", "whole number"),
        ({"least": "-5"}, "least", "amount"),
        ({"expert": "Nobody"}, "expert", "No expert has this name"),
        ({"service": "advice"}, "expert", "fill this in"),
        ({"expert": "alpha", "service": "Cooking"}, "service", "no service of this name"),
        ({"topic_id": "x"}, "topic_id", "choose one of those offered"),
        ({"client": "nobody@nowhere.example"}, "client", "Nobody with this e-mail"),
        ({"client": "alpha"}, "client", "Several people fit"),
        ({"client": "a\x00b"}, "client", "Nobody with this e-mail"),
        ({"note": "x" * 501}, "note", "too long"),
    ):
        answer = admin.submit("/admin/coupons?lang=en", **FORM | {"note": "kept"} | wrong)
        assert answer.status_code == 422, wrong
        text = answer.text
        assert said.lower() in words(text).lower(), wrong
        marked = re.findall(r'<(?:input|select|textarea)[^>]*aria-invalid="true"[^>]*>', text)
        assert [re.findall(r'name="([^"]+)"', one)[0] for one in marked] == [field], wrong
        assert "kept" in text or "note" in wrong
    assert len(all_of_them()) == 1


def test_the_same_form_sent_twice_makes_one(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    first = admin.submit("/admin/coupons", **FORM, _key="k")
    again = admin.submit("/admin/coupons", **FORM, _key="k")
    assert (first.status_code, again.location) == (303, first.location)
    assert len(all_of_them()) == 1


def test_its_uses_lead_to_the_bookings_and_it_can_be_ended(
    browse: Browse, scene: Scene, held: Callable[..., Booking]
) -> None:
    made = credits.make_coupon(CouponWish(code="TET", percent=10), scene.viewer("admin"))
    booking = held()
    savings.use_coupon(booking.id, "TET", scene.viewer("client"))
    admin, page = browse("admin"), f"/admin/coupons/{made.id}"
    shown = admin.get(f"{page}?lang=en").text
    assert f'href="/admin/bookings/{booking.id}"' in shown
    assert booking.reference in words(shown)
    assert "Alpha Client" in words(shown)
    assert "Used 1 time Granted in all 55,000" in words(shown).replace("₫", "").replace("\xa0", "")
    for _ in range(2):
        assert admin.submit(f"{page}/end").status_code == 303
    assert [one.state_at(clock.now()) for one in all_of_them()] == [CouponState.ENDED]
    after = admin.get(f"{page}?lang=en").text
    assert "Taken back" in words(after)
    assert f"{page}/end" not in after
    assert booking.reference in words(after)
    nothing = admin.get(f"/admin/coupons/{scene.client}")
    assert nothing.status_code == 404


def test_a_list_goes_on_and_costs_the_same_however_long_it_is(
    browse: Browse, scene: Scene, queries: list[str]
) -> None:
    admin = browse("admin")

    def make(number: int, **more: Any) -> None:
        wish = CouponWish(code=f"CODE-{number:03}", percent=1, **more)
        credits.make_coupon(wish, scene.viewer("admin"))

    with db.reading() as session:
        topic = credits.Scope(topic_id=experts.topics(session)[0].id)
    scopes = (topic, credits.Scope(service_id=scene.service), credits.Scope(expert_id=scene.expert))
    for number, scope in enumerate(scopes):
        make(number, scope=scope, client_id=scene.client)
    admin.get("/admin/coupons")
    queries.clear()
    assert "CODE-002" in admin.get("/admin/coupons").text
    few = len(queries)
    for number in range(3, 25):
        make(number, scope=scopes[number % 3])
    queries.clear()
    first = admin.get("/admin/coupons").text
    assert len(queries) == few
    assert ("CODE-024" in first, "CODE-004" in first) == (True, False)
    onward = re.findall(r'href="(\?cursor=[^"]+)"', first)
    rest = admin.get(f"/admin/coupons{onward[0]}").text
    assert ("CODE-004" in rest, "CODE-000" in rest, "CODE-005" in rest) == (True, True, False)
    assert admin.get("/admin/coupons?cursor=x").status_code == 422


class TestProgram:
    def test_makes_lists_shows_and_ends(self, browse: Browse, scene: Scene) -> None:
        admin, token = program(browse, scene, "admin")
        wish = {"code": "tet-26", "percent": 15, "ends_at": "2031-01-01T00:00:00+07:00"}
        once = {**token, "Idempotency-Key": "one"}
        first = admin.post("/api/v1/coupons", json=wish, headers=once)
        again = admin.post("/api/v1/coupons", json=wish, headers=once)
        assert (first.status_code, again.json) == (201, first.json)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (first.json["code"], first.json["percent"], first.json["amount"]) == (
            "TET-26", 15, None,
        )  # fmt: skip
        assert (first.json["state"], first.json["most_each"]) == ("open", 1)
        assert first.json["granted"] == {"minor": 0, "currency": "VND"}
        listed = admin.get("/api/v1/coupons?limit=1", headers=token).json
        assert [one["id"] for one in listed["items"]] == [first.json["id"]]
        address = f"/api/v1/coupons/{first.json['id']}"
        ended = admin.post(f"{address}/ends", headers={**token, "Idempotency-Key": "two"})
        assert (ended.status_code, ended.json["state"]) == (201, "ended")
        replay = admin.post(f"{address}/ends", headers={**token, "Idempotency-Key": "two"})
        assert replay.json == ended.json
        assert admin.get(address, headers=token).json["ended_at"] == ended.json["ended_at"]

    @pytest.mark.parametrize(
        ("wish", "status", "field"),
        [
            ({}, 422, "percent"),
            ({"percent": 5, "amount_minor": 5}, 422, "percent"),
            ({"percent": 0}, 422, "percent"),
            ({"percent": 5, "code": "ä"}, 422, "code"),
            ({"percent": 5, "starts_at": "2031-01-01T00:00:00"}, 422, "starts_at"),
            ({"percent": 5, "service_id": "0190a000-0000-7000-8000-000000000000"}, 404, ""),
            ({"percent": 5, "client_id": "0190a000-0000-7000-8000-000000000000"}, 404, ""),
            ({"percent": 5, "made_by": "x"}, 422, "made_by"),
        ],
    )
    def test_is_told_what_is_wrong(
        self, browse: Browse, scene: Scene, wish: dict[str, Any], status: int, field: str
    ) -> None:
        admin, token = program(browse, scene, "admin")
        refused = admin.post("/api/v1/coupons", json=wish, headers=token)
        assert refused.status_code == status, refused.json
        assert [one["field"] for one in refused.json.get("errors", [])] == (
            [field] if field else []
        )
        assert all_of_them() == []

    def test_support_only_reads(self, browse: Browse, scene: Scene) -> None:
        made = credits.make_coupon(CouponWish(code="TET", percent=10), scene.viewer("admin"))
        address = f"/api/v1/coupons/{made.id}"
        support, token = program(browse, scene, "support")
        assert support.get("/api/v1/coupons", headers=token).status_code == 200
        assert support.get(address, headers=token).status_code == 200
        assert support.post(f"{address}/ends", headers=token).status_code == 403
        assert (
            support.post("/api/v1/coupons", json={"percent": 1}, headers=token).status_code == 403
        )
        client, as_client = program(browse, scene, "client")
        assert client.get("/api/v1/coupons", headers=as_client).status_code == 403
        assert client.get(address, headers=as_client).status_code == 403

    def test_a_taken_code_is_refused(self, browse: Browse, scene: Scene) -> None:
        credits.make_coupon(CouponWish(code="TET", percent=10), scene.viewer("admin"))
        admin, token = program(browse, scene, "admin")
        refused = admin.post("/api/v1/coupons", json={"code": "tet", "percent": 1}, headers=token)
        assert (refused.status_code, refused.json["code"]) == (409, "coupon_code_taken")
