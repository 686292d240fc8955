"""The calendar over the API: hours, rules and exceptions by id, and what a window holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from flask import Flask

from cilis.domains import bookings, experts, scheduling
from cilis.domains.experts import ServiceNotFound
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant
from cilis.kit import clock
from cilis.testing.fixtures import Browser, browser_on
from cilis.testing.scene import PASSWORD, Scene, open_scene

RULE = {"weekday": 0, "start": "09:00", "end": "12:30"}


class Program:
    """Somebody of the scene, by bearer token."""

    def __init__(self, app: Flask, scene: Scene, role: str) -> None:
        self.app = app
        self.browser: Browser = browser_on(app, scene.tenant)
        tokens = self.browser.post(
            "/api/v1/sessions", json={"email": scene.emails[role], "password": PASSWORD}
        )
        self.headers = {"Authorization": f"Bearer {tokens.get_json()['access_token']}"}

    def __call__(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.browser.open(
            f"/api/v1/{path}", method=method, json=body, headers=self.headers
        )
        assert answer.status_code == status, (method, path, answer.text)
        return answer.get_json(silent=True)


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    del tenant
    return open_scene()


@pytest.fixture
def expert(app: Flask, scene: Scene) -> Program:
    return Program(app, scene, "expert")


def test_the_week_is_replaced_with_grid_and_limit(expert: Program) -> None:
    week = {"rules": [RULE], "step_minutes": 30, "most_per_day": 4, "most_per_week": 12}
    kept = expert("PUT", "weekly-hours", week)
    assert [rule["start"] for rule in kept["rules"]] == ["09:00"]
    limits = kept["step_minutes"], kept["most_per_day"], kept["most_per_week"]
    assert limits == (30, 4, 12)
    assert expert("PUT", "weekly-hours", {"rules": []})["most_per_day"] == 4
    refused = expert("PUT", "weekly-hours", week | {"most_per_day": 51}, 422)
    assert refused["code"] == "invalid_input"


def test_a_repeated_week_is_answered_like_the_first(expert: Program) -> None:
    expert.headers["Idempotency-Key"] = "a-week"
    first = expert("PUT", "weekly-hours", {"rules": [RULE]})
    assert expert("PUT", "weekly-hours", {"rules": [RULE]}) == first


def test_rules_by_id(expert: Program) -> None:
    expert("PUT", "weekly-hours", {"rules": []})
    made = expert("POST", "weekly-hours/rules", RULE, 201)
    place = f"weekly-hours/rules/{made['id']}"
    changed = expert("PUT", place, RULE | {"end": "24:00", "valid_from": "2027-01-04"})
    assert (changed["id"], changed["end"]) == (made["id"], "24:00")
    expert("POST", "weekly-hours/rules", RULE | {"valid_from": "2027-02-01"}, 422)
    expert("PUT", f"weekly-hours/rules/{uuid4()}", RULE, 404)
    expert("DELETE", place, None, 204)
    expert("DELETE", place, None, 404)


def test_exceptions_by_id(expert: Program) -> None:
    day = (clock.now() + timedelta(days=5)).date().isoformat()
    made = expert("POST", "weekly-hours/exceptions", {"day": day, "kind": "off"}, 201)
    assert (made["start"], made["end"]) == ("00:00", "24:00")
    place = f"weekly-hours/exceptions/{made['id']}"
    moved = {"day": day, "kind": "extra", "start": "18:00", "end": "20:00"}
    for_all = {"id": made["id"], "label": "", "mode": "", "place": ""}
    assert expert("PUT", place, moved) == moved | for_all
    expert("PUT", place, moved | {"day": "2001-01-01"}, 422)
    expert("PUT", f"weekly-hours/exceptions/{uuid4()}", moved, 404)
    expert("DELETE", place, None, 204)


def test_a_window_of_the_calendar(expert: Program, scene: Scene) -> None:
    start = scene.starts(30)[29]
    held = bookings.hold(bookings.HoldWish(scene.service, start), scene.viewer("client"))
    window = {"from": start.isoformat(), "until": (start + timedelta(hours=1)).isoformat()}
    found = expert("GET", f"calendar-entries?{urlencode(window)}")
    kinds = [(item["kind"], item["booking_id"]) for item in found["items"]]
    assert kinds == [("open", None), ("taken", str(held.id))]
    assert found["time_zone"] == "Asia/Ho_Chi_Minh"
    long = window | {"until": (start + timedelta(days=63)).isoformat()}
    expert("GET", f"calendar-entries?{urlencode(long)}", None, 422)


def test_hours_are_the_experts_own_matter(app: Flask, scene: Scene) -> None:
    client = Program(app, scene, "client")
    for method, path in (
        ("GET", "weekly-hours"),
        ("POST", "weekly-hours/rules"),
        ("PUT", f"weekly-hours/exceptions/{uuid4()}"),
        ("GET", "calendar-entries"),
    ):
        client(method, path, RULE if method != "GET" else None, 403)


def test_holidays_are_listed_taken_and_given_up(expert: Program) -> None:
    listed = expert("GET", "holidays?country=DE&region=BE")
    assert all(one["off"] for one in listed["items"])
    works_on = listed["items"][0]["day"]
    wish = {"country": "DE", "region": "BE", "leave": [works_on]}
    for _ in range(2):  # a repeat is as once
        after = expert("PUT", "holidays", wish)
        assert [one["day"] for one in after["items"] if not one["off"]] == [works_on]
    labels = {one["label"] for one in expert("GET", "weekly-hours")["exceptions"]}
    assert len(labels) > 5
    refused = expert("PUT", "holidays", {"country": "XX"}, 422)
    assert "country" in str(refused)
    expert("GET", "holidays?country=DE&region=ZZ", None, 422)
    assert expert("PUT", "holidays", {"country": ""})["items"] == []
    assert expert("GET", "weekly-hours")["exceptions"] == []


def test_a_start_and_a_day_are_explained(expert: Program, app: Flask, scene: Scene) -> None:
    wish = bookings.HoldWish(scene.service, scene.starts(30)[29])
    held = bookings.hold(wish, scene.viewer("client"))
    start = held.starts_at.isoformat().replace("+00:00", "Z")
    asked = f"slot-explanations?service_id={scene.service}&starts_at={start}"
    taken = expert("GET", asked)["items"][0]
    assert not taken["free"]
    assert taken["against"][0]["reason"] == "taken"
    assert taken["against"][0]["booking_id"] == str(held.id)
    assert Program(app, scene, "admin")("GET", asked)["items"] == [taken]
    day = (held.starts_at + timedelta(hours=7)).date().isoformat()  # in Hà Nội
    whole = expert("GET", f"slot-explanations?service_id={scene.service}&day={day}")
    assert whole["time_zone"] == "Asia/Ho_Chi_Minh"
    assert [one["wall"] for one in whole["items"][:2]] == [f"{day}T00:00:00", f"{day}T00:15:00"]
    assert {one["free"] for one in whole["items"]} == {True, False}


def test_an_explanation_is_for_whose_hours_they_are(
    expert: Program, app: Flask, scene: Scene
) -> None:
    whole = f"slot-explanations?service_id={scene.service}"
    for wrong in ("", "&day=2026-12-01&starts_at=2026-12-01T09:00:00Z"):
        refused = expert("GET", whole + wrong, status=422)["errors"]
        assert [(one["field"], one["code"]) for one in refused] == [("day", "day_or_start")]
    assert expert("GET", f"{whole}&day=1999-12-31", status=422)["code"] == "invalid_input"
    expert("GET", f"slot-explanations?service_id={uuid4()}&day=2026-12-01", status=404)
    with reading() as session, pytest.raises(ServiceNotFound):
        scheduling.terms_to_explain(session, scene.service, scene.viewer("client"))
    Program(app, scene, "client")("GET", f"{whole}&day=2026-12-01", status=403)


class TestModes:
    """Hours for one mode or place over the API."""

    CLINIC = "12 Lê Lợi, Huế"

    @pytest.fixture
    def clinic(self, scene: Scene) -> UUID:
        wish = experts.ServiceWish(
            names={"vi": "Khám", "en": "Visit"}, minutes=60, price_minor=1,
            mode=experts.ServiceMode.IN_PERSON, place=self.CLINIC,
        )  # fmt: skip
        return experts.add_service(wish, scene.viewer("expert")).id

    def test_hours_name_what_they_are_for(self, expert: Program, clinic: UUID) -> None:
        kept = {"mode": "in_person", "place": self.CLINIC}
        week = expert("PUT", "weekly-hours", {"rules": [RULE, RULE | {"weekday": 1} | kept]})
        assert [(one["mode"], one["place"]) for one in week["rules"]] == [
            ("", ""),
            ("in_person", self.CLINIC),
        ]
        rule = expert("POST", "weekly-hours/rules", RULE | {"weekday": 2, "mode": "video"}, 201)
        assert (rule["mode"], rule["place"]) == ("video", "")
        path = f"weekly-hours/rules/{rule['id']}"
        assert expert("PUT", path, RULE | {"weekday": 2} | kept)["place"] == self.CLINIC
        day = (clock.now() + timedelta(days=5)).date().isoformat()
        extra = {"day": day, "kind": "extra", "start": "18:00", "end": "20:00"} | kept
        made = expert("POST", "weekly-hours/exceptions", extra, 201)
        assert (made["mode"], made["place"]) == ("in_person", self.CLINIC)
        window = urlencode({"from": f"{day}T10:00:00Z", "until": f"{day}T14:00:00Z"})
        items = expert("GET", f"calendar-entries?{window}")["items"]
        assert {(one["kind"], one["mode"], one["place"]) for one in items} == {
            ("open", "in_person", self.CLINIC),
            ("extra", "in_person", self.CLINIC),
        }

    @pytest.mark.parametrize(
        ("kept", "field", "code"),
        [
            ({"mode": "telepathy"}, "mode", "not_a_choice"),
            ({"mode": "video", "place": CLINIC}, "place", "in_person_only"),
            ({"mode": "in_person", "place": "Mars"}, "place", "not_a_choice"),
            ({"mode": "in_person", "place": "x" * 201}, "place", "too_long"),
            ({"mode": None}, "mode", "null"),
        ],
    )
    def test_a_wrong_one_is_named(
        self, expert: Program, clinic: UUID, kept: dict[str, str], field: str, code: str
    ) -> None:
        day = (clock.now() + timedelta(days=5)).date().isoformat()
        asked = [
            ("PUT", "weekly-hours", {"rules": [RULE | kept]}, f"rules.0.{field}"),
            ("POST", "weekly-hours/exceptions", {"day": day, "kind": "extra"} | kept, field),
        ]
        for method, path, body, name in asked:
            refused = expert(method, path, body, 422)
            assert [(one["field"], one["code"]) for one in refused["errors"]] == [(name, code)]

    def test_only_extra_hours_are_for_one_mode(self, expert: Program) -> None:
        day = (clock.now() + timedelta(days=5)).date().isoformat()
        off = {"day": day, "kind": "off", "mode": "video"}
        refused = expert("POST", "weekly-hours/exceptions", off, 422)
        assert [(one["field"], one["code"]) for one in refused["errors"]] == [
            ("mode", "extra_hours_only")
        ]

    def test_slots_and_reasons_follow(self, expert: Program, scene: Scene, clinic: UUID) -> None:
        rules = [RULE | {"weekday": day, "mode": "in_person"} for day in range(7)]
        week = expert("PUT", "weekly-hours", {"rules": rules})
        day = (clock.now() + timedelta(days=5)).date().isoformat()
        start = f"{day}T03:00:00Z"  # ten o'clock in Hà Nội
        window = urlencode({"from": f"{day}T00:00:00Z", "until": f"{day}T12:00:00Z"})
        free = {
            service: expert("GET", f"slots?service_id={service}&{window}")["slots"]
            for service in (scene.service, clinic)
        }
        assert not free[scene.service]
        assert start in {one["starts_at"].replace("+00:00", "Z") for one in free[clinic]}
        asked = f"slot-explanations?service_id={scene.service}&starts_at={start}"
        (why,) = expert("GET", asked)["items"][0]["against"]
        assert (why["reason"], why["mode"], why["place"]) == ("other_venue", "in_person", "")
        assert why["rule_id"] in {rule["id"] for rule in week["rules"]}
        hold = {"service_id": str(scene.service), "starts_at": start}
        client = Program(expert.app, scene, "client")
        refused = client("POST", "bookings", hold, 409)
        assert refused["code"] == "slot_not_offered"
        assert client("POST", "bookings", hold | {"service_id": str(clinic)}, 201)
