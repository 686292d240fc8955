"""Somebody keeps experts for later, first without an account; the list of experts beside it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect
from tests.journeys.booking_steps import PASSWORD, new_client
from tests.journeys.cast import ANTAM, ATLAS, BOTH, Organization
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


def hearts(visitor: Visitor) -> Locator:
    return visitor.page.locator(".save button")


def sign_up(visitor: Visitor) -> None:
    """By the form of its own, as the list proposes."""
    client, page = new_client(visitor), visitor.page
    page.locator("main .note a[href^='/sign-up']").click()
    visitor.arrive("/sign-up")
    page.fill("input[name=name]", client.name)
    page.fill("input[name=email]", client.email)
    page.fill("input[name=password]", PASSWORD)
    page.locator("input[name=password]").press("Enter")
    visitor.arrive("/saved")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_what_a_visitor_saved_is_still_there_after_signing_up(
    visit: Callable[..., Visitor], organization: Organization, width: int, scripts: bool
) -> None:
    visitor = visit(organization, width, scripts=scripts)
    page = visitor.page
    visitor.open("/saved")
    expect(page.locator(".empty")).to_be_visible()
    visitor.look("saved-nobody", shot=scripts)

    visitor.open("/experts")
    first = hearts(visitor).first
    expect(first).to_have_attribute("aria-pressed", "false")
    name = page.locator("article.expert .name").first.inner_text()
    first.press("Enter")  # by keyboard as well
    expect(hearts(visitor).first).to_have_attribute("aria-pressed", "true")
    if scripts:
        expect(hearts(visitor).first).to_be_focused()
    else:
        assert "#save-" in page.url

    visitor.open(f"/experts/{organization.expert.slug}")
    own = hearts(visitor)
    expect(own).to_be_visible()
    own.click()
    expect(hearts(visitor)).to_have_attribute("aria-pressed", "true")
    visitor.look("expert-saved", shot=scripts)

    page.locator("button[popovertarget=account-menu]").click()
    page.locator("#account-menu a[href='/saved']").click()
    visitor.arrive("/saved")
    expect(page.locator("article.expert")).to_have_count(2)
    visitor.look("saved-visitor", shot=scripts)

    sign_up(visitor)
    expect(page.locator("article.expert")).to_have_count(2)
    expect(page.locator("article.expert .name").last).to_have_text(name)
    expect(page.locator("article.expert a.slot").first).to_be_visible()
    visitor.look("saved", shot=scripts)

    hearts(visitor).first.click()
    if scripts:
        expect(hearts(visitor).first).to_have_attribute("aria-pressed", "false")
        page.reload()
    expect(page.locator("article.expert")).to_have_count(1)


def test_a_heart_of_a_page_that_is_too_old_says_so(visit: Callable[..., Visitor]) -> None:
    visitor = visit(ATLAS, PHONE)
    visitor.forgiven = ("403",)
    visitor.open("/experts")
    visitor.page.evaluate("""() => {
      document.documentElement.removeAttribute("hx-headers:inherited");
      for (const field of document.querySelectorAll("[name=_csrf]")) field.value = "old";
    }""")
    hearts(visitor).first.click()
    visitor.arrive("/saved/[0-9a-f-]{36}$")
    expect(visitor.page.locator("main h1")).to_be_visible()
    visitor.open("/saved")
    expect(visitor.page.locator(".empty")).to_be_visible()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("organization", [ANTAM, ATLAS], ids=["antam", "atlas"])
def test_the_list_follows_each_choice_and_the_way_back(
    visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    visitor = visit(organization, width)
    page = visitor.page
    visitor.open("/experts")
    count = page.locator("#count")
    everybody = count.inner_text()

    page.locator(".results-head a.chip[href$='when=week']").click()
    visitor.arrive(r"/experts\?when=week$")
    expect(page.locator(".results-head a.chip.on[href='/experts']")).to_be_visible()
    within = count.inner_text()
    assert within != everybody
    page.locator("select[name=sort]").select_option("price")
    visitor.arrive(r"/experts\?.*sort=price")
    visitor.look("results-week", shot=True)

    page.go_back()
    visitor.arrive(r"/experts\?when=week$")
    expect(page.locator("select[name=sort]")).to_have_value("")
    expect(count).to_have_text(within)
    page.go_back()
    visitor.arrive("/experts$")
    expect(count).to_have_text(everybody)
    expect(page.locator(".results-head a.chip.on:not([href='#filters-panel'])")).to_have_count(0)
    page.go_forward()
    visitor.arrive(r"/experts\?when=week$")
    expect(count).to_have_text(within)

    address = page.url
    stranger = visit(organization, width)
    stranger.page.goto(address)
    expect(stranger.page.locator("#count")).to_have_text(within)


@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_what_was_typed_is_marked_in_what_is_proposed(
    visit: Callable[..., Visitor], organization: Organization
) -> None:
    visitor = visit(organization, PHONE)
    visitor.open("/experts")
    visitor.page.locator("#q").press_sequentially(organization.typed, delay=20)
    option = visitor.page.locator("[role=option]", has_text=organization.completed).first
    expect(option.locator("mark").first).to_have_text(
        re.compile(rf"^{organization.completed[: len(organization.typed)]}$")
    )
    visitor.look("results-typed", shot=True)


def test_a_wish_that_nobody_fits_says_what_would_give_more(visit: Callable[..., Visitor]) -> None:
    visitor = visit(ANTAM, PHONE)
    visitor.open("/experts?field=tax&max=1000")
    more = visitor.page.locator(".loosen a.chip").first
    expect(more).to_be_visible()
    visitor.look("results-nobody", shot=True)
    promised = int(re.sub(r"\D", "", more.locator("b").inner_text()))
    more.click()
    expect(visitor.page.locator("#count")).to_contain_text(str(promised))
