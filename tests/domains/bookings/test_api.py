from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.domains.bookings.conftest import PRICE, Deliver, World
from werkzeug.test import TestResponse

from cilis.domains.bookings import BookingState
from cilis.infra.tenancy import Tenant
from cilis.kit import ids


class Program:
    """A program that calls the API for somebody."""

    def __init__(self, app: Flask, tenant: Tenant, name: str, password: str) -> None:
        self.client = FlaskClient(app, TestResponse)
        self.base = f"http://{tenant.host}"
        self.headers: dict[str, str] = {}
        if name:
            body = {"email": f"{name}@example.vn", "password": password}
            token = self("POST", "sessions", json=body).get_json()["access_token"]
            self.headers = {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, *, key: str = "", **more: Any) -> TestResponse:
        extra = {"Idempotency-Key": key} if key else {}
        return self.client.open(
            f"/api/v1/{path}",
            method=method,
            base_url=self.base,
            headers={**self.headers, **extra},
            **more,
        )


Programs = Callable[[str], Program]


@pytest.fixture
def program(app: Flask, tenant: Tenant, world: World) -> Programs:
    return lambda name: Program(app, tenant, name, world.cast.password)


@pytest.fixture
def hoa(program: Programs) -> Program:
    return program("hoa")


def hold(who: Program, world: World, hour: float = 9, service: str = "plain", **more: Any) -> Any:
    wish = world.wish(hour, service)
    body = {"service_id": str(wish.service_id), "starts_at": wish.starts_at.isoformat()}
    return who("POST", "bookings", json={**body, **more.pop("also", {})}, **more)


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, (answer.get_json() or {}).get("code", "")


class TestSlots:
    def test_anybody_sees_free_starts(self, world: World, program: Programs) -> None:
        query = {
            "service_id": str(world.services["plain"].id),
            "from": world.at(0).isoformat(),
            "until": world.at(24).isoformat(),
        }
        answer = program("")("GET", "slots", query_string=query)

        assert answer.status_code == 200
        found = answer.get_json()
        assert found["time_zone"] == "Asia/Ho_Chi_Minh"
        assert found["slots"][0] == {
            "starts_at": world.at(8).isoformat(),
            "ends_at": world.at(9).isoformat(),
        }
        assert len(found["slots"]) == 45

    @pytest.mark.parametrize("days", [-1, 63])
    def test_windows_are_bounded(self, world: World, program: Programs, days: int) -> None:
        query = {
            "service_id": str(world.services["plain"].id),
            "from": world.at(0).isoformat(),
            "until": world.at(0, day=days).isoformat(),
        }
        assert code(program("")("GET", "slots", query_string=query)) == (422, "invalid_input")

    def test_an_unknown_service_is_not_found(self, world: World, program: Programs) -> None:
        query = {
            "service_id": str(ids.new()),
            "from": world.at(0).isoformat(),
            "until": world.at(1).isoformat(),
        }
        answer = program("")("GET", "slots", query_string=query)
        assert code(answer) == (404, "service_not_found")


class TestWeeklyHours:
    def test_an_expert_sets_the_week(self, program: Programs) -> None:
        minh = program("minh")
        body = {
            "rules": [{"weekday": 0, "start": "09:00", "end": "24:00"}],
            "step_minutes": 30,
        }
        answer = minh("PUT", "weekly-hours", json=body)
        assert answer.status_code == 200
        seen = minh("GET", "weekly-hours").get_json()
        assert seen == answer.get_json()
        assert [{k: v for k, v in rule.items() if k != "id"} for rule in seen["rules"]] == [
            {
                "weekday": 0,
                "start": "09:00",
                "end": "24:00",
                "valid_from": None,
                "valid_until": None,
                "mode": "",
                "place": "",
            }
        ]

    def test_exceptions_come_and_go(self, program: Programs) -> None:
        minh = program("minh")
        body = {"day": "2026-12-24", "kind": "off"}
        first = minh("POST", "weekly-hours/exceptions", json=body, key="one")
        again = minh("POST", "weekly-hours/exceptions", json=body, key="one")

        assert first.status_code == again.status_code == 201
        assert first.get_json() == again.get_json()
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (first.get_json()["start"], first.get_json()["end"]) == ("00:00", "24:00")
        path = f"weekly-hours/exceptions/{first.get_json()['id']}"
        assert minh("DELETE", path).status_code == 204
        assert code(minh("DELETE", path)) == (404, "exception_not_found")

    @pytest.mark.parametrize(
        "rule",
        [
            {"weekday": 7, "start": "09:00", "end": "10:00"},
            {"weekday": 0, "start": "9:00", "end": "10:00"},
            {"weekday": 0, "start": "25:00", "end": "26:00"},
            {"weekday": 0, "start": "10:00", "end": "09:00"},
            {"weekday": 0, "start": "09:00", "end": "10:00", "expert_id": str(UUID(int=1))},
        ],
    )
    def test_nonsense_is_refused(self, program: Programs, rule: dict[str, Any]) -> None:
        answer = program("minh")("PUT", "weekly-hours", json={"rules": [rule]})
        assert code(answer) == (422, "invalid_input")

    def test_a_client_has_no_hours(self, hoa: Program) -> None:
        assert hoa("GET", "weekly-hours").status_code == 403


class TestBookings:
    def test_from_the_hold_to_the_confirmation(
        self, world: World, hoa: Program, deliver: Deliver
    ) -> None:
        held = hold(hoa, world)
        assert held.status_code == 201
        booking = held.get_json()
        assert booking["state"] == "held"
        assert booking["price"] == {"minor": PRICE.minor, "currency": "VND"}
        path = f"bookings/{booking['id']}"

        assert hoa("PUT", f"{path}/details", json={"text": "Thuế"}).get_json()["text"] == "Thuế"
        paying = hoa("POST", f"{path}/payments", json={"provider": "gate"}, key="pay")
        again = hoa("POST", f"{path}/payments", json={"provider": "gate"}, key="pay")
        assert paying.status_code == again.status_code == 201
        assert paying.get_json() == again.get_json()
        assert len(world.gate.started) == 1

        world.gate.pays(UUID(world.gate.started[0].reference))
        deliver()
        assert hoa("GET", path).get_json()["state"] == "confirmed"
        lines = hoa("GET", f"{path}/changes").get_json()["items"]
        assert [line["what"] for line in lines] == ["held", "described", "payment_started", "paid"]
        assert {line["actor_side"] for line in lines} == {"client"}

        preview = hoa("GET", f"{path}/cancellations").get_json()
        assert preview["refund"] == {"minor": PRICE.minor, "currency": "VND"}
        moved = hoa("POST", f"{path}/reschedulings", json={"starts_at": world.at(11).isoformat()})
        assert (moved.status_code, moved.get_json()["sequence"]) == (201, 1)
        gone = hoa("POST", f"{path}/cancellations", json={"reason": "Bận"})
        assert (gone.status_code, gone.get_json()["state"]) == (201, "cancelled")

    def test_a_repeat_with_the_same_key_is_one_hold(self, world: World, hoa: Program) -> None:
        first = hold(hoa, world, key="k")
        again = hold(hoa, world, key="k")
        other = hold(hoa, world, 12, key="k")

        assert first.get_json()["id"] == again.get_json()["id"]
        assert again.headers["Idempotent-Replayed"] == "true"
        assert other.status_code == 422

    def test_the_answer_is_the_same_whatever_the_offset(self, world: World, hoa: Program) -> None:
        local = world.at(9).astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).isoformat()
        body = {"service_id": str(world.services["plain"].id), "starts_at": local}
        held = hoa("POST", "bookings", json=body).get_json()
        assert held["starts_at"] == world.at(9).isoformat()
        assert held == hoa("GET", f"bookings/{held['id']}").get_json()

    def test_a_taken_hour_says_what_is_near(
        self, world: World, hoa: Program, program: Programs
    ) -> None:
        world.hold(9, world.browser())
        answer = hold(hoa, world)
        assert code(answer) == (409, "slot_taken")
        assert len(answer.get_json()["values"]["near"]) == 3

    @pytest.mark.parametrize(
        "also",
        [
            {"price_minor": 1},
            {"client_id": str(UUID(int=1))},
            {"state": "confirmed"},
            {"ends_at": "2026-12-01T00:00:00Z"},
            {"expert_id": str(UUID(int=1))},
        ],
    )
    def test_what_follows_from_the_service_is_not_taken_from_the_body(
        self, world: World, hoa: Program, also: dict[str, Any]
    ) -> None:
        assert code(hold(hoa, world, also=also)) == (422, "invalid_input")

    @pytest.mark.parametrize(
        "starts_at", ["2026-12-01T09:00:00", "x", 1, None, "0001-01-01T00:00Z"]
    )
    def test_bad_instants_are_refused(self, world: World, hoa: Program, starts_at: Any) -> None:
        body = {"service_id": str(world.services["plain"].id), "starts_at": starts_at}
        assert code(hoa("POST", "bookings", json=body)) == (422, "invalid_input")

    def test_an_address_takes_five_hours_an_hour(self, world: World, hoa: Program) -> None:
        answers = [hold(hoa, world, 8 + number) for number in range(6)]
        assert [answer.status_code for answer in answers] == [201] * 5 + [429]
        assert int(answers[-1].headers["Retry-After"]) > 0

    def test_nobody_at_all_is_asked_to_sign_in(self, world: World, program: Programs) -> None:
        assert hold(program(""), world).status_code == 401

    def test_strangers_find_nothing_on_any_path(
        self, world: World, hoa: Program, program: Programs
    ) -> None:
        path = f"bookings/{hold(hoa, world).get_json()['id']}"
        minh = program("minh")
        wish = {"starts_at": world.at(11).isoformat()}
        for who in (minh, program("")):
            assert code(who("GET", path))[0] == 404
            assert code(who("GET", f"{path}/changes"))[0] == 404
            assert code(who("GET", f"{path}/cancellations"))[0] == 404
            assert code(who("POST", f"{path}/cancellations", json={}))[0] == 404
            assert code(who("PUT", f"{path}/details", json={"text": "x"}))[0] == 404
        assert code(minh("POST", f"{path}/payments", json={"provider": "gate"}))[0] == 404
        assert code(minh("POST", f"{path}/reschedulings", json=wish))[0] == 404
        for what in ("acceptances", "refusals", "no-shows"):
            assert code(minh("POST", f"{path}/{what}", json={}))[0] == 404

    def test_the_expert_answers(self, world: World, program: Programs, deliver: Deliver) -> None:
        first, second = world.booked(9, service="asked"), world.booked(14, service="asked")
        deliver()
        minh = program("minh")
        yes = minh("POST", f"bookings/{first.id}/acceptances", json={})
        no = minh("POST", f"bookings/{second.id}/refusals", json={"reason": "Bận"})
        early = minh("POST", f"bookings/{first.id}/no-shows", json={})

        assert (yes.status_code, yes.get_json()["state"]) == (201, "confirmed")
        assert (no.status_code, no.get_json()["state"]) == (201, "cancelled")
        assert code(early) == (409, "too_early")
        assert no.get_json()["refund"] == {"minor": PRICE.minor, "currency": "VND"}

    def test_lists_by_side(self, world: World, program: Programs, deliver: Deliver) -> None:
        booking = world.booked(9)
        deliver()
        held = world.hold(12, world.browser())
        hoa, minh, lan = program("hoa"), program("minh"), program("lan")

        def seen(who: Program, **query: str) -> list[str]:
            answer = who("GET", "bookings", query_string=query)
            assert answer.status_code == 200, answer.text
            return [item["id"] for item in answer.get_json()["items"]]

        mine, both = [str(booking.id)], {str(booking.id), str(held.id)}
        assert seen(hoa) == seen(hoa, when="coming") == mine
        listed = hoa("GET", "bookings").get_json()["items"][0]
        assert listed == hoa("GET", f"bookings/{booking.id}").get_json()  # lists skip the schema
        assert seen(hoa, when="past") == []
        assert seen(minh, side="expert") == mine
        assert seen(minh) == []
        assert set(seen(lan, side="all")) == both
        assert seen(lan, side="all", state="held") == [str(held.id)]
        for query in ({"side": "all"}, {"side": "expert"}):
            assert hoa("GET", "bookings", query_string=query).status_code in {403, 404}
        bad = hoa("GET", "bookings", query_string={"cursor": "nonsense", "limit": "2"})
        assert code(bad) == (422, "invalid_input")
        assert hoa("GET", "bookings", query_string={"limit": "0"}).status_code == 422

    def test_what_costs_nothing_has_an_address_of_its_own(
        self, world: World, hoa: Program, tenant: Tenant
    ) -> None:
        booking = hold(hoa, world, service="free").get_json()
        path = f"bookings/{booking['id']}/payments"
        first = hoa("POST", path, json={}, key="free")
        again = hoa("POST", path, json={}, key="free")

        assert first.get_json() == {"url": f"http://{tenant.host}/bookings/{booking['id']}"}
        assert again.get_json() == first.get_json()
        assert hoa("GET", f"bookings/{booking['id']}").get_json()["state"] == "confirmed"


def test_a_hold_by_a_browser_is_seen_by_that_browser(
    browser_client: Any, world: World, deliver: Deliver
) -> None:
    wish = world.wish(9)
    answer = browser_client.submit(
        "/holds", service_id=str(wish.service_id), starts_at=wish.starts_at.isoformat()
    )
    assert answer.status_code == 303, answer.text
    booking_id = answer.headers["Location"].rpartition("/")[2]
    seen = browser_client.get(f"/api/v1/bookings/{booking_id}").get_json()
    assert seen["state"] == BookingState.HELD
    assert seen["client_id"] is None
