"""The hour itself: the room opens ten minutes before. Last of all, because it moves the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import expect
from tests.journeys.booking_steps import PASSWORD, before
from tests.journeys.cast import BOTH, Organization
from tests.journeys.program import Program
from tests.journeys.site import Site, wait_for
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]


@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_both_enter_the_same_room(
    site: Site, visit: Callable[..., Visitor], organization: Organization
) -> None:
    program = Program.of_somebody_new(site, organization)
    held = program.book(organization.expert)
    booking_id = program.wait_for_state(held["id"], "confirmed")["id"]
    page_of_booking = f"/bookings/{booking_id}"

    client, expert = visit(organization, PHONE), visit(organization, DESKTOP)
    client.log_in(program.email, PASSWORD, page_of_booking)
    expect(client.page.locator(f"a[href$='/{booking_id}/room']")).to_have_count(0)
    site.wait_until(before(datetime.fromisoformat(held["starts_at"]), 5))

    wait_for(lambda: _is_open(site, organization, program, booking_id), "the room to open")
    client.open(page_of_booking)
    if client.path != page_of_booking:  # days went by
        client.log_in(program.email, PASSWORD, page_of_booking)
    client.look("booking-room-open", shot=True)
    client.press(f"a[href$='/{booking_id}/room']")
    client.page.wait_for_url(f"{site.standins.url.replace('127.0.0.1', '*')}/jitsi/**")
    expect(client.page.locator("main")).to_contain_text(organization.client)
    room = client.page.locator(".code").last.inner_text()

    expert.log_in(*site.log_in(organization.expert.email), "/desk")
    expert.look("desk-now", shot=True)
    expert.press(f"a[href$='/{booking_id}/room']")
    expert.page.wait_for_url("**/jitsi/**")
    expect(expert.page.locator("[data-role]")).not_to_have_attribute("data-role", _role(client))
    assert expert.page.locator(".code").last.inner_text() == room
    expect(expert.page.locator("main")).to_contain_text(organization.client)  # who is inside


def _role(visitor: Visitor) -> str:
    return str(visitor.page.locator("[data-role]").get_attribute("data-role"))


def _is_open(site: Site, organization: Organization, program: Program, booking_id: str) -> bool:
    answer = program.ask("GET", f"/meetings/{booking_id}")
    if answer.status == 401:  # the access token has grown old meanwhile
        program.client.bearer = ""
        program.sign_in(PASSWORD)
        return False
    return bool(answer.json()["is_open"])
