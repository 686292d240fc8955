"""The hour itself: the room opens ten minutes before. Last of all, because it moves the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

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
    client.press(f"a[href$='/{booking_id}/waiting']")
    client.arrive(f"{page_of_booking}/waiting")
    client.look("waiting-room", shot=True)
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

    client.open(page_of_booking)
    expect(client.page.locator(".entered li")).to_have_count(2)  # both were there
    site.wait_until(datetime.fromisoformat(held["ends_at"]) + timedelta(minutes=1))
    program.client.bearer = ""
    program.sign_in(PASSWORD)
    program.wait_for_state(booking_id, "completed")


@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_somebody_did_not_come(
    site: Site, visit: Callable[..., Visitor], organization: Organization
) -> None:
    program = Program.of_somebody_new(site, organization)
    held = program.book(organization.expert)
    booking_id = program.wait_for_state(held["id"], "confirmed")["id"]
    page = f"/bookings/{booking_id}"
    site.wait_until(datetime.fromisoformat(held["starts_at"]) + timedelta(minutes=12))

    expert = visit(organization, PHONE)
    expert.log_in(*site.log_in(organization.expert.email), f"{page}/no-show")
    expert.look("booking-no-show", shot=True)
    expert.page.locator("main button.primary").click()
    expert.arrive(rf"{page}$")

    client = visit(organization, PHONE)
    client.log_in(program.email, PASSWORD, f"{page}/objection")
    client.look("booking-objection", shot=True)
    client.page.fill("textarea[name=reason]", organization.about)
    client.page.locator("main button.primary").click()
    client.arrive(rf"{page}$")

    admin = visit(organization, DESKTOP)
    admin.language = organization.admin_language or admin.language
    admin.log_in(*site.log_in(organization.admin), "/admin/bookings?disputed=1")
    admin.look("admin-bookings", shot=True)
    admin.press(f"a[href$='/admin/bookings/{booking_id}']")
    admin.arrive(f"/admin/bookings/{booking_id}")
    admin.look("admin-booking", shot=True)
    admin.page.check("input[value=expert_missed]")
    admin.page.fill("textarea[name=reason]", "OK")
    admin.page.locator("form[action$='/decision'] button").click()
    expect(admin.page.locator("form[action$='/decision']")).to_have_count(0)

    client.open(page)
    expect(client.page.locator(".timeline")).to_contain_text("OK")
    program.client.bearer = ""
    program.sign_in(PASSWORD)
    booking = program.get(f"/bookings/{booking_id}")
    assert (booking["missed_by"], booking["refund"]) == ("expert", booking["price"])


def _role(visitor: Visitor) -> str:
    return str(visitor.page.locator("[data-role]").get_attribute("data-role"))


def _is_open(site: Site, organization: Organization, program: Program, booking_id: str) -> bool:
    answer = program.ask("GET", f"/meetings/{booking_id}")
    if answer.status == 401:  # the access token has grown old meanwhile
        program.client.bearer = ""
        program.sign_in(PASSWORD)
        return False
    return bool(answer.json()["is_open"])
