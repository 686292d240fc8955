"""The expert's desk: who comes, what is asked, when one works."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from tests.journeys.booking_steps import shown_start
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.mails import mail_about
from tests.journeys.program import Program
from tests.journeys.site import Site, wait_for
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, DESKTOP), (ATLAS, PHONE)], ids=["antam", "atlas"]
)
def test_requests_are_answered_and_bookings_are_seen(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    expert = visit(organization, width)
    page, play = expert.page, organization.by_request
    client = Program.of_somebody_new(site, organization)
    expert.log_in(*site.log_in(play.email), "/desk")
    page.evaluate("window.neverReloaded = true")

    asked = []
    for which in (0, -1):
        booking = client.book(play, which=which)
        asked.append(booking)
        client.wait_for_state(booking["id"], "pending")
        request = page.locator(f"#request-{booking['id']}")
        expect(request).to_contain_text(organization.client)  # without asking for it
    assert page.evaluate("window.neverReloaded") is True
    waiting = page.locator("#requests article.request").count()
    expect(page.locator(".rail .badge-n")).to_contain_text(str(waiting))
    expert.look("desk", shot=True)

    accepted, declined = (page.locator(f"#request-{booking['id']}") for booking in asked)
    accepted.locator("form[action$='/acceptance'] button").first.click()
    expert.arrive("/desk")
    expect(page.locator(f"#request-{asked[0]['id']}")).to_have_count(0)
    client.wait_for_state(asked[0]["id"], "confirmed")
    mail_about(site, client.email, "invite").speaks_for(organization, organization.client)

    reason = "Hôm đó tôi có phiên tòa." if organization is ANTAM else "I am on a train that day."
    declined.locator("a[href$='/refusal']").click()
    expert.arrive("/desk/requests/[0-9a-f-]{36}/refusal")
    expert.look("desk-decline", shot=True)
    page.locator("textarea[name=reason]").fill(reason)
    page.locator("main form[action$='/refusal'] button").first.click()
    expert.arrive("/desk")
    expect(page.locator(f"#request-{asked[1]['id']}")).to_have_count(0)
    refused = client.wait_for_state(asked[1]["id"], "cancelled")
    assert refused["refund"] == refused["price"]
    told = mail_about(site, client.email, reason)
    told.speaks_for(organization, organization.client)
    wait_for(lambda: _refunded(site, refused["price"]["minor"]), "the gateway to pay back")

    expert.open(f"/bookings/{asked[0]['id']}")
    expect(page.locator("main")).to_contain_text(organization.about)
    expert.look("booking-of-expert", shot=True)


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
def test_changed_hours_can_be_booked(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    expert = visit(organization, width)
    page, play = expert.page, organization.expert
    client = Program.of_somebody_new(site, organization)
    service = client.service(play)
    zone = ZoneInfo(organization.zone)

    def sundays() -> list[datetime]:
        starts = [start.astimezone(zone) for start in client.slots(service["id"], days=14)]
        return [start for start in starts if start.weekday() == 6]

    assert not sundays()
    expert.log_in(*site.log_in(play.email), "/desk/hours")
    _open_sundays(expert, "09:00", "12:00")
    expert.look("desk-hours", shot=True)
    assert {"09:00", "11:00"} <= {f"{start:%H:%M}" for start in sundays()}

    day = sundays()[0].date()
    page.locator("form[action$='/exceptions'] input[name=day]").fill(day.isoformat())
    page.locator("form[action$='/exceptions'] button").first.click()
    expert.arrive("/desk/hours")
    row = page.locator("#exceptions li", has=page.locator(f"input[value='{day}']"))
    expect(row).to_have_count(1)
    assert day not in {start.date() for start in sundays()}
    assert sundays()  # the other ones stay

    row.locator("form[action$='/removal'] button").click()
    expert.arrive("/desk/hours")
    expect(row).to_have_count(0)
    _open_sundays(expert, "", "")
    assert not sundays()

    for place in ("today", "calendar", "requests", "services", "profile", "verification"):
        expert.open("/desk" if place == "today" else f"/desk/{place}")
        expert.look(f"desk-{place}", shot=True)


def _open_sundays(expert: Visitor, first: str, last: str) -> None:
    """Fill in the Sunday of the usual week and save it."""
    week = expert.page.locator(".week-edit").first
    if week.get_attribute("open") is None:
        week.locator("summary").click()
    week.locator("input[name=d6_0_from]").fill(first)
    week.locator("input[name=d6_0_until]").fill(last)
    week.locator("button.primary").click()
    expert.arrive("/desk/hours")
    expect(week.locator("input[name=d6_0_until]")).to_have_value(last)


def _refunded(site: Site, minor: int) -> bool:
    return any(
        payment["refunded"] and payment["refunded"] % minor == 0
        for payment in site.standins.payments()
    )


def test_desk_names_people_first(site: Site, visit: Callable[..., Visitor]) -> None:
    client = Program.of_somebody_new(site, ATLAS)
    booked = client.book(ATLAS.expert)
    client.wait_for_state(booked["id"], "confirmed")
    begins = datetime.fromisoformat(booked["starts_at"])
    monday = (begins - timedelta(days=begins.weekday())).date()
    expert = visit(ATLAS, DESKTOP)
    expert.log_in(*site.log_in(ATLAS.expert.email), "/desk")
    expert.open(f"/desk?week={monday.isoformat()}")
    entry = expert.page.locator(f".week-list a[href$='{booked['id']}']")
    expect(entry).to_contain_text(ATLAS.client)
    expect(entry).to_contain_text(shown_start(expert, begins))
