"""Packages of sessions and gift credit as the team sells them, over pages and the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.pages.conftest import words
from tests.web.pages.test_admin_coupons import program

from cilis.domains import credits, experts
from cilis.domains.credits import GiftRules, PackageWish, Scope
from cilis.domains.payments import BorneBy
from cilis.infra import db
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
FORM = {
    "name[vi]": "Gói năm buổi", "name[en]": "Five sessions", "sessions": "5", "price": "2.500.001",
    "days": "180", "is_on": "1",
}  # fmt: skip
GIFTS = {"gifts_on": "1", "least": "100.000", "largest": "5.000.000", "gift_days": "365"}


def all_of_them() -> list[credits.Package]:
    with db.reading() as session:
        return list(credits.packages(session))


def gifts() -> GiftRules:
    with db.reading() as session:
        return credits.gift_rules(session)


def a_package(scene: Scene, **more: Any) -> credits.Package:
    wish = PackageWish(name={"vi": "Gói", "en": "Pack"}, sessions=4, price_minor=1_600_000, **more)
    return credits.save_package(wish, scene.viewer("admin"))


def test_support_sees_and_only_an_admin_changes_them(browse: Browse, scene: Scene) -> None:
    one = f"/admin/packages/{a_package(scene).id}"
    for role, status in (("support", 200), ("expert", 403), ("client", 403), ("", 303)):
        assert browse(role).get("/admin/packages").status_code == status
    support = browse("support")
    assert f'href="{one}"' not in support.get("/admin/packages").text
    assert support.get(one).status_code == 403
    assert support.get("/admin/packages/new").status_code == 403
    for path, form in (("/admin/packages", FORM), (one, FORM), ("/admin/packages/gifts", GIFTS)):
        assert support.submit(path, **form).status_code == 403
    assert [found.sessions for found in all_of_them()] == [4]
    assert not gifts().is_on


def test_one_is_added_shown_and_changed(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    assert "No package yet" in words(admin.get("/admin/packages?lang=en").text)
    with db.reading() as session:
        topic_id = experts.topics(session)[0].id
    form = FORM | {
        "topic_id": str(topic_id), "expert": "alpha expert 0", "minutes": "60",
        "dearest": "900.000", "borne_by": "organization", "refundable": "1",
    }  # fmt: skip
    assert admin.submit("/admin/packages", **form).status_code == 303
    (made,) = all_of_them()
    assert (made.name["en"], made.sessions, made.price.minor) == ("Five sessions", 5, 2_500_001)
    assert Scope.from_json(made.scope) == Scope(
        topic_id=topic_id, expert_id=scene.expert, minutes=60
    )
    assert (made.borne_by, made.refundable, made.is_on) == (BorneBy.ORGANIZATION, True, True)
    listed = words(admin.get("/admin/packages?lang=en").text).replace("\xa0", " ")
    assert "Five sessions 5 sessions · 180 days to use them" in listed
    assert "₫500,000 per session" in listed  # rounded down
    assert "Tax Alpha, Alpha Expert 0, at most 60 minutes" in listed

    # The form shows what is kept, and sent as it is it changes nothing.
    page = admin.get(f"/admin/packages/{made.id}?lang=en").text
    kept = set(re.findall(r'<input[^>]*value="([^"]*)"', page))
    assert {"5", "2500001", "180", "900000", "60", "Alpha Expert 0"} <= kept
    again = form | {"price": "2500001", "dearest": "900000", "expert": "Alpha Expert 0"}
    assert admin.submit(f"/admin/packages/{made.id}", **again).status_code == 303
    (same,) = all_of_them()
    assert (same.scope, same.price_minor, same.most_minor) == (made.scope, 2_500_001, 900_000)

    off = {name: value for name, value in FORM.items() if name != "is_on"}
    assert admin.submit(f"/admin/packages/{made.id}", **off).status_code == 303
    (changed,) = all_of_them()
    assert (changed.is_on, changed.refundable, changed.scope) == (False, False, {})
    assert "Not on sale" in words(admin.get("/admin/packages?lang=en").text)
    assert admin.submit(f"/admin/packages/{scene.client}", **FORM).status_code == 404


def test_a_service_is_kept_by_its_name(browse: Browse, scene: Scene) -> None:
    made = a_package(scene, scope=Scope(service_id=scene.service))
    admin = browse("admin")
    page = admin.get(f"/admin/packages/{made.id}?lang=en").text
    assert 'value="Advice Alpha"' in page
    assert 'value="Alpha Expert 0"' in page
    form = FORM | {"expert": "Alpha Expert 0", "service": "Advice Alpha"}
    assert admin.submit(f"/admin/packages/{made.id}", **form).status_code == 303
    assert Scope.from_json(all_of_them()[0].scope) == Scope(service_id=scene.service)


def test_what_is_wrong_is_named_and_nothing_is_lost(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    for wrong, said in (
        ({"name[vi]": "", "name[en]": ""}, "fill this in"),
        ({"name[vi]": "x" * 81}, "too long"),
        ({"sessions": "0"}, "outside of what is possible"),
        ({"sessions": ""}, "fill this in"),
        ({"price": "3"}, "outside of what is possible"),  # less than one dong for a session
        ({"price": "free"}, "amount"),
        ({"days": "4000"}, "outside of what is possible"),
        ({"minutes": "9999"}, "outside of what is possible"),
        ({"expert": "Nobody"}, "No expert has this name"),
    ):
        answer = admin.submit("/admin/packages?lang=en", **FORM | wrong)
        assert answer.status_code == 422, wrong
        assert said.lower() in words(answer.text).lower(), wrong
        assert "One thing needs your attention" in words(answer.text), wrong
        assert 'value="180"' in answer.text or "days" in wrong
    assert all_of_them() == []


def test_gift_credit_is_sold_within_bounds(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    for wrong in (
        {"least": "0"},
        {"largest": "50.000"},
        {"largest": "much"},
        {"gift_days": "0"},
        {"gift_days": ""},
    ):
        answer = admin.submit("/admin/packages/gifts?lang=en", **GIFTS | wrong)
        assert answer.status_code == 422, wrong
        assert 'class="error"' in answer.text
        assert not gifts().is_on
    assert admin.submit("/admin/packages/gifts", **GIFTS).status_code == 303
    assert gifts() == GiftRules(is_on=True, least_minor=100_000, most_minor=5_000_000, days=365)
    page = admin.get("/admin/packages?lang=en").text
    assert 'value="100000"' in page
    seen = words(browse("support").get("/admin/packages?lang=en").text).replace("\xa0", " ")
    assert "₫100,000 to ₫5,000,000 · 365 days to use it" in seen
    assert admin.submit("/admin/packages/gifts", gift_days="30").status_code == 303
    assert gifts() == GiftRules(is_on=False, least_minor=0, most_minor=0, days=30)


def test_a_list_costs_the_same_however_long_it_is(
    browse: Browse, scene: Scene, queries: list[str]
) -> None:
    admin = browse("admin")
    a_package(scene, scope=Scope(service_id=scene.service))
    admin.get("/admin/packages")
    queries.clear()
    admin.get("/admin/packages")
    few = len(queries)
    for _ in range(6):
        a_package(scene, scope=Scope(service_id=scene.service))
    queries.clear()
    admin.get("/admin/packages")
    assert len(queries) == few


class TestProgram:
    WISH = {"name": {"vi": "Gói", "en": "Pack"}, "sessions": 3, "price_minor": 1_000_000}  # noqa: RUF012

    def test_adds_lists_shows_and_changes(self, browse: Browse, scene: Scene) -> None:
        admin, token = program(browse, scene, "admin")
        once = {**token, "Idempotency-Key": "one"}
        first = admin.post("/api/v1/package-offers", json=self.WISH, headers=once)
        again = admin.post("/api/v1/package-offers", json=self.WISH, headers=once)
        assert (first.status_code, again.json) == (201, first.json)
        assert first.json["unit"] == {"minor": 333_333, "currency": "VND"}
        assert (first.json["days"], first.json["is_on"], first.json["most"]) == (365, True, None)
        address = f"/api/v1/package-offers/{first.json['id']}"
        wish = self.WISH | {"expert_id": str(scene.expert), "minutes": 30, "is_on": False}
        changed = admin.put(address, json=wish, headers=token)
        assert (changed.status_code, changed.json["minutes"]) == (200, 30)
        assert admin.get(address, headers=token).json == changed.json
        listed = admin.get("/api/v1/package-offers", headers=token).json["items"]
        assert listed == [changed.json]
        nothing = f"/api/v1/package-offers/{scene.client}"
        assert admin.put(nothing, json=wish, headers=token).json["code"] == "package_not_found"
        lost = wish | {"expert_id": str(scene.client)}
        assert admin.put(address, json=lost, headers=token).json["code"] == "expert_not_found"

    @pytest.mark.parametrize(
        "wrong", [{"sessions": 0}, {"price_minor": 2}, {"name": {}}, {"days": 0}, {"state": "on"}]
    )
    def test_is_told_what_is_wrong(
        self, browse: Browse, scene: Scene, wrong: dict[str, Any]
    ) -> None:
        admin, token = program(browse, scene, "admin")
        refused = admin.post("/api/v1/package-offers", json=self.WISH | wrong, headers=token)
        assert refused.status_code == 422
        assert [one["field"] for one in refused.json["errors"]] == list(wrong)

    def test_sets_the_rules_of_gift_credit(self, browse: Browse, scene: Scene) -> None:
        admin, token = program(browse, scene, "admin")
        address = "/api/v1/gift-credit-rules"
        assert admin.get(address, headers=token).json["is_on"] is False
        wish = {"is_on": True, "least_minor": 1, "most_minor": 0, "days": 30}
        refused = admin.put(address, json=wish, headers=token)
        assert [one["field"] for one in refused.json["errors"]] == ["most_minor"]
        kept = admin.put(address, json=wish | {"most_minor": 9}, headers=token)
        assert (kept.status_code, kept.json) == (200, wish | {"most_minor": 9})
        assert admin.get(address, headers=token).json == kept.json

    def test_support_only_reads(self, browse: Browse, scene: Scene) -> None:
        one = f"/api/v1/package-offers/{a_package(scene).id}"
        support, token = program(browse, scene, "support")
        for address in ("/api/v1/package-offers", one, "/api/v1/gift-credit-rules"):
            assert support.get(address, headers=token).status_code == 200
        for send, address in (
            (support.post, "/api/v1/package-offers"),
            (support.put, one),
            (support.put, "/api/v1/gift-credit-rules"),
        ):
            assert send(address, json=self.WISH, headers=token).status_code == 403
        client, as_client = program(browse, scene, "client")
        assert client.get("/api/v1/package-offers", headers=as_client).status_code == 403
