"""The steps of a booking, as a visitor takes them, with and without scripts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from playwright.sync_api import Locator, expect
from tests.journeys.cast import Play
from tests.journeys.visitor import DESKTOP, Visitor

from cilis.infra.i18n import format_time, speaking

PASSWORD = "ba con meo nam ngu"


@dataclass
class Client:
    """Who signs up."""

    name: str
    email: str


def new_client(visitor: Visitor) -> Client:
    """Somebody nobody knows yet."""
    return Client(visitor.organization.client, f"khach-{uuid4().hex[:10]}@post.example")


def search_by_words(visitor: Visitor) -> None:
    """Type, choose the completion where there are scripts, or press the button."""
    page, organization = visitor.page, visitor.organization
    page.locator("#q").press_sequentially(organization.typed, delay=20)
    if visitor.scripts:
        option = page.locator("[role=option]", has_text=organization.completed).first
        expect(option).to_be_visible()
        option.click()
    else:
        page.locator("form[role=search] button").click()
    visitor.arrive(r"/experts\?")


def narrow(visitor: Visitor, start: datetime, price: int) -> str:
    """Choose the part of the day that this start lies in, a highest price, and stars.

    Returns the choice of time as the address has it: "2026-11-24.evening".
    """
    page = visitor.page
    if visitor.width < DESKTOP:
        page.locator("a[href='#filters-panel']").click()
    part = "evening" if start.hour >= 18 else "afternoon" if start.hour >= 12 else "morning"
    key = f"{start:%Y-%m-%d}.{part}"
    page.locator("label.cell", has=page.locator(f"input[value='{key}']")).click()
    visitor.arrive(rf"/experts\?.*when={re.escape(key)}")
    page.locator("input[name=max]").fill(str(price))
    page.locator("input[name=max]").press("Enter")
    visitor.arrive(r"/experts\?.*max=")
    page.locator("label.check", has=page.locator("input[name=rating][value='4']")).click()
    visitor.arrive(r"/experts\?.*rating=4")
    if visitor.width < DESKTOP:
        page.locator("#filters .facets-go a").click()
    for star in page.locator("article.expert .stars > b, article.expert .stars b").all():
        assert float((star.text_content() or "0").replace(",", ".")) >= 4
    return key


def find_card(visitor: Visitor, play: Play) -> Locator:
    """The expert's card in the list, with real times on it."""
    card = visitor.page.locator(
        "article.expert", has=visitor.page.locator(f"a[href$='/experts/{play.slug}']")
    )
    expect(card).to_have_count(1)
    expect(card.locator("a.slot").first).to_be_visible()
    return card


def choose_service(visitor: Visitor, play: Play) -> None:
    """Choose the service by its length."""
    choice = visitor.page.locator("#hold nav.seg a", has_text=str(play.minutes)).first
    choice.click()
    expect(visitor.page.locator("#hold nav.seg a[aria-current]")).to_contain_text(str(play.minutes))
    chosen = visitor.page.locator(".bar, .picker-act").filter(visible=True)
    expect(chosen).to_contain_text(str(play.minutes))  # what is pressed is what was chosen


def choose_time(visitor: Visitor) -> datetime:
    """Go to a day with something free and take its first time."""
    page = visitor.page
    free = page.locator("#hold label.slot:not(.taken)")
    if not free.count():
        page.locator("#hold .month-line ~ * a.day, #hold a.day").first.click()
        expect(free.first).to_be_visible()
    slot = free.first
    slot.click()
    value = slot.locator("input").get_attribute("value")
    assert value is not None
    expect(slot.locator("input")).to_be_checked()
    return datetime.fromisoformat(value)


def hold(visitor: Visitor) -> str:
    """Press the button; returns the booking's id."""
    visitor.press("button[form=hold], .picker-act button")
    return visitor.arrive(r"/checkout/([0-9a-f-]{36})")


def sign_up(visitor: Visitor, client: Client) -> None:
    """Make an account inside the checkout."""
    page = visitor.page
    form = page.locator("form[action$='/who']")
    form.locator("input[name=name]").fill(client.name)
    form.locator("input[name=email]").fill(client.email)
    form.locator("input[name=password]").fill(PASSWORD)
    form.locator("button.primary").click()
    expect(page.locator("form[action$='/about']")).to_be_visible()


def say_what_about(visitor: Visitor) -> None:
    """Write what it is about."""
    form = visitor.page.locator("form[action$='/about']")
    form.locator("textarea").fill(visitor.organization.about)
    form.locator("button.primary").click()
    expect(visitor.page.locator("form#pay")).to_be_attached()


def go_to_gateway(visitor: Visitor) -> None:
    """Choose the way to pay and press the button with the amount."""
    page = visitor.page
    page.locator(f"form#pay input[value={visitor.organization.gateway}]").check()
    visitor.press("button[form=pay], form#pay button")
    page.wait_for_url(f"**/{visitor.organization.gateway}/**")
    expect(page.locator("button[value=paid]")).to_be_visible()


def pay(visitor: Visitor, booking_id: str) -> None:
    """Pay at the gateway's page; the way leads back to the booking."""
    visitor.page.locator("button[value=paid]").click()
    visitor.arrive(f"/bookings/{booking_id}")


def expect_confirmed(visitor: Visitor) -> None:
    """The booking says that it is confirmed."""

    pill = visitor.page.locator(".booking .pill.is-positive").first
    expect(pill).to_have_text(visitor.organization.confirmed)


def shown_start(visitor: Visitor, starts_at: datetime) -> str:
    """A start as this visitor's pages write its time of day."""
    with speaking(visitor.organization.language, visitor.organization.zone):
        return format_time(starts_at)


def before(moment: datetime, minutes: int) -> datetime:
    """So many minutes earlier."""
    return moment - timedelta(minutes=minutes)
