"""The public pages as others see them: while somebody else books, in the dark, in another language."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.journeys import booking_steps as steps
from tests.journeys.cast import ANTAM, ATLAS, BOTH, Organization
from tests.journeys.program import Program
from tests.journeys.site import Site
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]


def test_an_hour_that_somebody_takes_greys_out(site: Site, visit: Callable[..., Visitor]) -> None:
    visitor, other = visit(ATLAS, PHONE), Program.of_somebody_new(site, ATLAS)
    page = visitor.page
    visitor.open(f"/experts/{ATLAS.expert.slug}")
    steps.choose_service(visitor, ATLAS.expert)
    starts_at = steps.choose_time(visitor)
    page.evaluate("window.neverReloaded = true")
    _hold(other, starts_at.isoformat())
    slot = page.locator(f"label.slot:has(input[value='{starts_at.isoformat()}'])")
    expect(slot).to_have_class("slot taken")
    expect(page.locator("#hold .note.is-caution a.slot")).to_have_count(3)  # free ones near it
    assert page.evaluate("window.neverReloaded") is True
    visitor.look("expert-taken", shot=True)


def test_whoever_is_too_late_loses_nothing(site: Site, visit: Callable[..., Visitor]) -> None:
    visitor, other = visit(ANTAM, PHONE, scripts=False), Program.of_somebody_new(site, ANTAM)
    page = visitor.page
    visitor.open(f"/experts/{ANTAM.expert.slug}")
    steps.choose_service(visitor, ANTAM.expert)
    starts_at = steps.choose_time(visitor)
    _hold(other, starts_at.isoformat())
    visitor.press("button[form=hold], .picker-act button")
    visitor.arrive(f"/experts/{ANTAM.expert.slug}")
    near = page.locator("#hold .note.is-caution a.slot")
    expect(near).to_have_count(3)
    visitor.look("expert-too-late", shot=True)
    near.first.click()
    expect(page.locator("#hold input[name=starts_at]:checked")).to_have_count(1)
    steps.hold(visitor)


@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_pages_are_readable_in_the_dark(
    visit: Callable[..., Visitor], organization: Organization
) -> None:
    visitor = visit(organization, PHONE)
    visitor.page.emulate_media(color_scheme="dark")
    for name, path in {
        "home": "/", "results": "/experts", "expert": f"/experts/{organization.expert.slug}",
        "log-in": "/log-in", "terms": "/pages/terms",
    }.items():  # fmt: skip
        visitor.open(path)
        visitor.look(f"dark-{name}", shot=True)


@pytest.mark.parametrize(
    ("organization", "language"), [(ANTAM, "en"), (ATLAS, "de")], ids=["antam", "atlas"]
)
def test_another_language_is_one_press_away(
    visit: Callable[..., Visitor], organization: Organization, language: str
) -> None:
    visitor = visit(organization, DESKTOP)
    visitor.open("/experts?sort=price")
    visitor.press(f"footer button[lang={language}]")
    visitor.arrive(r"/experts\?sort=price")
    visitor.language = language
    visitor.look(f"results-{language}", shot=True)
    for name, path in {"home": "/", "expert": f"/experts/{organization.expert.slug}"}.items():
        visitor.open(path)
        visitor.look(f"{name}-{language}", shot=True)


def test_what_is_not_there_says_so(visit: Callable[..., Visitor]) -> None:
    visitor = visit(ANTAM, PHONE)
    visitor.forgiven = ("status of 404",)
    visitor.open("/experts/khong-co-ai")
    expect(visitor.page.locator("main a").first).to_be_visible()
    visitor.look("not-found", shot=True)


def _hold(program: Program, starts_at: str) -> None:
    service = program.service(program.organization.expert)
    wish = {"service_id": service["id"], "starts_at": starts_at}
    program.send("POST", "/bookings", wish, key=uuid4().hex, status=201)
