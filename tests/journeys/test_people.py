"""Accounts: one's own, and those that an admin looks after."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.journeys.booking_steps import PASSWORD
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.program import Program
from tests.journeys.site import Site
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
OUT_WITHIN = 8_000  # five seconds for the socket, and the page that is then loaded


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
def test_somebody_is_found_suspended_and_out(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    program = Program.of_somebody_new(site, organization)
    client, admin = visit(organization, width), visit(organization, DESKTOP)
    client.language = program.get("/people/me")["language"]
    client.log_in(program.email, PASSWORD, "/account")
    client.look("account", shot=True)
    client.open("/account/security")
    client.look("account-security", shot=True)

    admin.language = organization.admin_language or organization.language
    admin.log_in(*site.log_in(organization.admin), "/admin/people")
    admin.look("admin-people", shot=True)
    admin.page.locator("#f-q").fill(program.email)  # finds while it is typed
    found = admin.page.locator(".people tbody tr")
    expect(found).to_have_count(1)
    found.locator("a.who").click()
    admin.arrive("/admin/people/[0-9a-f-]{36}")
    admin.look("admin-person", shot=True)

    admin.page.fill("#f-access-reason", "A journey")
    admin.page.locator("form[action$='/suspension'] button").click()
    client.page.wait_for_url("**/log-in**", timeout=OUT_WITHIN)  # nobody touched the client's page
    admin.page.fill("#f-access-reason", "The journey is over")
    admin.page.locator("form[action$='/reopening'] button").click()
    expect(admin.page.locator("form[action$='/suspension']")).to_have_count(1)
    client.log_in(program.email, PASSWORD, "/account")


def test_dark_pages_are_chosen_without_a_flash(site: Site, visit: Callable[..., Visitor]) -> None:
    visitor = visit(ATLAS, PHONE)
    page = visitor.page
    visitor.open("/")
    page.evaluate("window.neverReloaded = true")
    page.locator("[popovertarget=account-menu]").click()
    page.locator("#account-menu [data-theme-choice] button[value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("window.neverReloaded") is True
    page.wait_for_load_state("networkidle")
    visitor.open("/experts")  # the server says it before anything is drawn
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    visitor.look("results-dark", shot=True)
