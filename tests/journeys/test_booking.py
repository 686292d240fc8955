"""Journey 1: the first visit, until the hour is booked, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from tests.journeys import booking_steps as steps
from tests.journeys.cast import ANTAM, ATLAS, BOTH, Organization
from tests.journeys.mails import invite_of, mail_about
from tests.journeys.program import Program
from tests.journeys.site import Site
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_from_the_first_visit_to_a_confirmed_booking(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    visitor = visit(organization, width)
    page, play = visitor.page, organization.expert
    client = steps.new_client(visitor)

    visitor.open("/")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".soonest a .slot").first).to_be_visible()
    visitor.look("home", shot=True)

    steps.search_by_words(visitor)
    start, price = _an_evening(site, organization)
    steps.narrow(visitor, start, price)
    card = steps.find_card(visitor, play)
    visitor.look("results", shot=True)

    card.locator("h3 a, h2 a").click()
    visitor.arrive(f"/experts/{play.slug}")
    steps.choose_service(visitor, play)
    starts_at = steps.choose_time(visitor)
    time = steps.shown_start(visitor, starts_at)
    visitor.look("expert", shot=True)

    booking_id = steps.hold(visitor)
    expect(page.locator(".summary")).to_contain_text(time)
    visitor.look("checkout-who", shot=True)
    steps.sign_up(visitor, client)
    assert booking_id in visitor.path  # nothing was lost on the way
    expect(page.locator(".summary")).to_contain_text(time)
    visitor.look("checkout-about")
    steps.say_what_about(visitor)
    visitor.look("checkout", shot=True)

    steps.go_to_gateway(visitor)
    site.standins.set_fault("late", organization.gateway, times=1)
    site.standins.set_fault("down", organization.gateway)  # asking does not help either
    steps.pay(visitor, booking_id)
    page.evaluate("window.neverReloaded = true")
    expect(page.locator(".booking .note.is-info")).to_be_visible()
    expect(page.locator(".booking a[href*='/checkout/']")).to_have_count(0)  # nobody pays twice
    visitor.look("booking-waiting", shot=True)
    expect(page.locator(".booking .pill.is-positive")).to_have_count(0)
    site.standins.clear_faults()
    assert site.standins.release() == 1
    steps.expect_confirmed(visitor)
    assert page.evaluate("window.neverReloaded") is True
    expect(page.locator("main .booking")).to_contain_text(time)
    visitor.look("booking", shot=True)

    mail = mail_about(site, client.email, "invite")
    mail.speaks_for(organization, client.name)
    event = invite_of(mail)
    assert event.decoded("DTSTART") == starts_at
    assert (event.decoded("DTEND") - starts_at).total_seconds() == play.minutes * 60

    visitor.open("/bookings")
    entry = page.locator("#coming a[href$='/bookings/" + booking_id + "']")
    expect(entry).to_contain_text(play.name)
    visitor.look("bookings", shot=True)
    entry.click()
    visitor.arrive(f"/bookings/{booking_id}$")
    steps.expect_confirmed(visitor)


def _an_evening(site: Site, organization: Organization) -> tuple[datetime, int]:
    """A late free start of the coming days on the visitor's clock, and a price that covers it."""
    program = Program(site, organization, site.client(organization), "")
    service = program.service(organization.expert)
    zone = ZoneInfo(organization.zone)
    starts = [start.astimezone(zone) for start in program.slots(service["id"], days=6)]
    latest = max(starts, key=lambda start: start.hour)
    whole = service["price"]["minor"] // (1 if organization is ANTAM else 100)
    return latest, whole + (50_000 if organization is ANTAM else 20)


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
def test_mistakes_lose_nothing(
    visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    visitor = visit(organization, width)
    visitor.forgiven = ("status of 422",)  # Chromium reports a refused form as an error
    page = visitor.page
    client = steps.new_client(visitor)

    visitor.open(f"/experts/{organization.expert.slug}")
    starts_at = steps.choose_time(visitor)
    steps.hold(visitor)
    form = page.locator("form[action$='/who']")
    form.locator("input[name=name]").fill(client.name)
    form.locator("input[name=email]").fill(client.email)
    form.locator("input[name=password]").fill("short")
    form.locator("button.primary").click()
    expect(page.locator("#f-password-error-1")).to_be_visible()
    expect(form.locator("input[name=name]")).to_have_value(client.name)
    expect(form.locator("input[name=email]")).to_have_value(client.email)
    visitor.look("checkout-refused", shot=True)
    steps.sign_up(visitor, client)
    expect(page.locator(".summary")).to_contain_text(steps.shown_start(visitor, starts_at))
    steps.say_what_about(visitor)
    page.go_back()
    visitor.open("/")
    page.locator("a[href='/bookings']").first.click()  # the held hour is found again
    page.locator("#coming a").first.click()
    page.locator("a[href*='/checkout/']").click()
    visitor.arrive(r"/checkout/")
    steps.go_to_gateway(visitor)
    page.locator("button[value=cancelled]").click()
    visitor.arrive(r"/(bookings|checkout)/")
    expect(page.locator("a[href*='/checkout/'], form#pay")).not_to_have_count(0)
    visitor.look("payment-cancelled", shot=True)
    assert not re.search(r"Traceback|error\.", page.content())
