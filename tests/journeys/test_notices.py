"""Notices arrive by themselves, and what the organization announces is seen at once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.program import Program
from tests.journeys.site import Site
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
def test_the_bell_rings_by_itself(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    expert = visit(organization, width)
    page = expert.page
    expert.log_in(*site.log_in(organization.by_request.email), "/desk")
    expert.open("/notices")
    if page.locator("form[action='/notices/read'] button").count():
        page.locator("form[action='/notices/read'] button").click()
        expert.arrive("/notices")
    expect(page.locator("#bell .bell-n")).to_have_count(0)
    page.evaluate("window.neverReloaded = true")

    client = Program.of_somebody_new(site, organization)
    booking = client.book(organization.by_request, which=4)
    client.wait_for_state(booking["id"], "pending")
    expect(page.locator("#bell .bell-n")).to_have_text("1")
    newest = page.locator(".told-list .told").first
    expect(newest).to_have_class(re.compile("new"))
    expect(newest).to_contain_text(organization.client)
    assert page.evaluate("window.neverReloaded") is True
    expert.look("notices", shot=True)

    newest.click()
    expert.arrive("/desk/requests")
    expect(page.locator("#bell .bell-n")).to_have_count(0)
    expert.open("/account/notices")
    expert.look("account-notices", shot=True)


def test_an_announcement_is_written_and_seen(site: Site, visit: Callable[..., Visitor]) -> None:
    admin = visit(ATLAS, DESKTOP)
    admin.language = ATLAS.admin_language
    page = admin.page
    admin.log_in(*site.log_in(ATLAS.admin), "/admin")
    for path, name in (
        ("/admin/content", "content"), ("/admin/content/home", "content-home"),
        ("/admin/brand", "brand"), ("/admin/extensions", "extensions"),
    ):  # fmt: skip
        admin.open(path)
        admin.look(name, shot=True)
    admin.open("/admin/content/announcements/new")
    page.locator("textarea[name='texts.en']").fill("We move **on Friday**.")
    expect(page.locator("#preview-en strong")).to_have_text("on Friday")
    page.locator("textarea[name='texts.de']").fill("Am **Freitag** ziehen wir um.")
    page.locator("select[name=tone]").select_option("caution")
    admin.look("announcement", shot=True)
    page.locator("main form button.primary").click()
    admin.arrive("/admin/content/announcements")

    reader = visit(ATLAS, PHONE)
    reader.open("/")
    told = reader.page.locator(".announcement", has_text="We move")
    expect(told).to_be_visible()
    reader.look("announced", shot=True)
    told.locator("button").click()
    reader.arrive("/")
    expect(told).to_have_count(0)
    row = page.locator(".order-list li", has_text="Freitag")
    row.locator("form[action$='/end'] button").click()
    admin.arrive("/admin/content/announcements")
