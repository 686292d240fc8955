from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from tests.domains.meetings.conftest import World

from cilis.domains import bookings, meetings
from cilis.infra.tenancy import Tenant
from cilis.testing.fixtures import Browser, browser_on

MINUTE = timedelta(minutes=1)


def token(browser: Browser, world: World, name: str) -> dict[str, str]:
    body = {"email": f"{name}@example.vn", "password": world.cast.password}
    answer = browser.post("/api/v1/sessions", json=body)
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def log_in(browser: Browser, world: World, name: str) -> None:
    answer = browser.submit("/log-in", email=f"{name}@example.vn", password=world.cast.password)
    assert answer.status_code == 303, answer.text


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def test_the_api_tells_when_and_gives_the_way_in(world: World, browser_client: Browser) -> None:
    booking = world.book()
    hoa = token(browser_client, world, "hoa")
    path = f"/api/v1/meetings/{booking.id}"
    shown = browser_client.get(path, headers=hoa).json
    assert (shown["state"], shown["is_open"]) == ("open", False)
    assert "room" not in shown
    early = browser_client.post(f"{path}/joins", headers=hoa)
    assert problem(early) == (409, "meeting_not_open_yet")
    assert early.json["values"]["opens_at"]

    world.go_to(booking.starts_at - 9 * MINUTE)
    hoa = token(browser_client, world, "hoa")
    assert browser_client.get(path, headers=hoa).json["is_open"]
    made = browser_client.post(f"{path}/joins", headers=hoa)
    assert (made.status_code, "/jitsi/" in made.json["url"]) == (201, True)
    lan = token(browser_client, world, "lan")
    assert problem(browser_client.post(f"{path}/joins", headers=lan))[0] == 404
    assert browser_client.post(f"{path}/joins").status_code == 401

    world.go_to(booking.ends_at + 31 * MINUTE)
    hoa = token(browser_client, world, "hoa")
    assert problem(browser_client.post(f"{path}/joins", headers=hoa)) == (410, "meeting_over")


def test_the_page_leads_in_or_says_why_not(world: World, browser_client: Browser) -> None:
    booking = world.book()
    path = f"/bookings/{booking.id}/room"
    assert browser_client.get(path).location.startswith("/log-in?next=")
    log_in(browser_client, world, "hoa")
    early = browser_client.get(path)
    assert early.status_code == 409
    assert "Bạn đến sớm" in early.text
    assert "09:50" in early.text
    assert "cilis" not in early.text.lower()

    world.go_to(booking.starts_at - 9 * MINUTE)
    log_in(browser_client, world, "hoa")  # two weeks have passed
    inside = browser_client.get(path)
    assert (inside.status_code, "/jitsi/" in inside.location) == (303, True)
    assert browser_client.submit(path).status_code == 303

    world.go_to(booking.ends_at + 31 * MINUTE)
    late = browser_client.get(path)
    assert (late.status_code, "Phòng đã đóng" in late.text) == (410, True)


@pytest.mark.parametrize("provider", [True, False])
def test_a_room_that_is_not_ready(world: World, browser_client: Browser, provider: bool) -> None:
    world.switch_on(on=provider)
    booking = world.book()
    world.go_to(booking.starts_at)
    world.switch_on(on=False)
    log_in(browser_client, world, "hoa")
    answer = browser_client.get(f"/bookings/{booking.id}/room")
    assert (answer.status_code, "đang được chuẩn bị" in answer.text) == (503, True)


def test_the_waiting_page_turns_into_the_door(world: World, browser_client: Browser) -> None:
    booking = world.book()
    path = f"/bookings/{booking.id}/waiting"
    log_in(browser_client, world, "hoa")
    early = browser_client.get(path)
    assert (early.status_code, "Bạn đến sớm" in early.text) == (200, True)
    assert f'hx-get="{path}"' in early.text
    assert "count-down" not in early.text  # seconds help nobody a day before
    assert 'class="btn primary"' not in early.text  # nothing to press yet leads anywhere
    world.go_to(booking.starts_at - 40 * MINUTE)
    log_in(browser_client, world, "hoa")
    assert "count-down" in browser_client.get(path).text
    world.go_to(booking.starts_at - 5 * MINUTE)
    log_in(browser_client, world, "hoa")
    assert "chưa vào" in browser_client.get(path).text
    meetings.join(booking.id, world.viewer("minh"))
    ready = browser_client.get(path).text
    assert "đã vào phòng" in ready
    assert f'class="btn primary" href="/bookings/{booking.id}/room"' in ready
    world.go_to(booking.ends_at + 31 * MINUTE)
    assert "Phòng đã đóng" in browser_client.get(path).text


def test_strangers_find_nothing(
    world: World, app: Flask, tenant: Tenant, browser_client: Browser
) -> None:
    booking = world.book()
    world.go_to(booking.starts_at)
    log_in(browser_client, world, "lan")
    assert browser_client.get(f"/bookings/{booking.id}/room").status_code == 404
    bookings.cancel(booking.id, world.viewer("lan"), "x")
    again = browser_on(app, tenant)
    log_in(again, world, "hoa")
    assert again.get(f"/bookings/{booking.id}/room").status_code == 410
