"""Times that change while somebody looks: the client's slot picker, the expert's calendar."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.journeys import booking_steps as steps
from tests.journeys.cast import ANTAM, ATLAS, BOTH, Organization
from tests.journeys.program import Program
from tests.journeys.site import Site
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]
TOLD_WITHIN = 2_000
HOUR = timedelta(hours=1)


def take(client: Program, service_id: str, starts_at: datetime) -> dict[str, Any]:
    """Somebody else holds this hour."""
    wish = {"service_id": service_id, "starts_at": starts_at.isoformat()}
    held: dict[str, Any] = client.send("POST", "/bookings", wish, key=uuid4().hex, status=201)
    return held


def give_back(client: Program, booking_id: str) -> None:
    """Somebody else thinks better of it."""
    path = f"/bookings/{booking_id}/cancellations"
    client.send("POST", path, {"reason": ""}, key=uuid4().hex, status=201)


def slot(page: Page, starts_at: datetime) -> Locator:
    """The place of a time in the picker, whatever has become of it."""
    return page.locator(
        "#hold label.slot", has=page.locator(f"input[value='{value_of(starts_at)}']")
    )


def value_of(starts_at: datetime) -> str:
    return starts_at.astimezone(ZoneInfo("UTC")).isoformat()


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
def test_a_time_taken_elsewhere_greys_out_and_comes_back(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    visitor, other = visit(organization, width), Program.of_somebody_new(site, organization)
    page, play = visitor.page, organization.expert
    service = other.service(play)
    day, starts = _day_with_several(other.slots(service["id"], days=20), organization)
    visitor.open(f"/experts/{play.slug}?service={service['id']}&day={day}#times")
    page.evaluate("window.neverReloaded = true")
    mine, wanted = slot(page, starts[0]), slot(page, starts[-1])
    mine.click()
    expect(wanted.locator("input")).to_be_enabled()
    wait_for_socket(page)

    began = time.monotonic()
    held = take(other, service["id"], starts[-1])
    expect(wanted).to_have_class("slot taken", timeout=TOLD_WITHIN)
    took = time.monotonic() - began
    expect(wanted.locator("input")).to_be_disabled()
    expect(mine.locator("input")).to_be_checked()  # the own choice stays
    visitor.look("picker-taken", shot=True)
    assert took < TOLD_WITHIN / 1000 + 1

    give_back(other, held["id"])
    expect(wanted.locator("input")).to_be_enabled(timeout=TOLD_WITHIN)
    expect(wanted).to_have_class("slot")
    assert page.evaluate("window.neverReloaded") is True


@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_who_comes_too_late_sees_three_near_times(
    site: Site, visit: Callable[..., Visitor], organization: Organization
) -> None:
    """Without scripts nothing greys out: the press itself is refused, and times stay in sight."""
    visitor, other = (
        visit(organization, PHONE, scripts=False),
        Program.of_somebody_new(site, organization),
    )
    page, play = visitor.page, organization.expert
    service = other.service(play)
    day, starts = _day_with_several(other.slots(service["id"], days=20), organization)
    visitor.open(f"/experts/{play.slug}?service={service['id']}&day={day}#times")
    slot(page, starts[0]).click()
    take(other, service["id"], starts[0])
    visitor.press("button[form=hold], .picker-act button")
    visitor.arrive(rf"/experts/{play.slug}\?.*taken=")
    near = page.locator("#hold .note.is-caution a.slot")
    expect(near).to_have_count(3)
    expect(page.locator("#toasts .toast")).to_have_count(0)  # it would cover them
    expect(slot(page, starts[0]).locator("input")).to_be_disabled()
    visitor.look("too-late", shot=True)
    near.first.click()
    expect(page.locator("#hold input[name=starts_at]:checked")).to_have_count(1)
    steps.hold(visitor)


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
def test_the_experts_calendar_is_live_and_can_be_dragged_in(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    expert, client = visit(organization, width), Program.of_somebody_new(site, organization)
    page, play = expert.page, organization.expert
    service = client.service(play)
    zone = ZoneInfo(organization.zone)
    start = client.slots(service["id"], days=30)[-1].astimezone(zone)
    monday = (start - timedelta(days=start.weekday())).date()
    expert.log_in(*site.log_in(play.email), f"/desk/calendar?week={monday}")
    calendar, row = page.locator("desk-calendar"), page.locator(".day-list .exception-row")
    while row.count():  # what an earlier run left behind
        row.first.locator("form[action$='/removal'] button").click()
        expert.arrive(rf"/desk/calendar\?week={monday}")
    expect(calendar.locator(".ec-main")).to_be_visible()
    if width == PHONE:
        page.locator("[data-view=listWeek]").click()
    page.evaluate("window.neverReloaded = true")
    wait_for_socket(page)
    before = calendar.locator(".ec-event.is-booking").count()
    held = take(client, service["id"], start)
    expect(calendar.locator(".ec-event.is-booking.is-held")).to_have_count(1, timeout=TOLD_WITHIN)
    expect(page.locator(".day-list .ev.held")).to_have_count(1)
    expert.look("desk-calendar", shot=True)
    give_back(client, held["id"])
    expect(calendar.locator(".ec-event.is-booking")).to_have_count(before, timeout=TOLD_WITHIN)
    assert page.evaluate("window.neverReloaded") is True

    if width == DESKTOP:
        _drag_an_evening(page)
    else:
        page.locator("[data-opens=add-time]").click()
        add_time(page, str(monday + timedelta(days=5)), "12:00", "14:00")
    expert.arrive(rf"/desk/calendar\?week={monday}")
    expect(row).to_have_count(1)
    expect(calendar.locator(".ec-event.is-extra")).to_have_count(1)
    wait_for_socket(page)
    page.wait_for_load_state("networkidle")  # parts read themselves once when the socket is there
    row.locator("summary").click()  # the same by the list's own form
    row.locator("input[name=until]").fill("15:00")
    row.locator("details form button").last.click()
    expert.arrive(rf"/desk/calendar\?week={monday}")
    expect(row).to_contain_text("15:00")
    for _ in range(5):  # the calendar draws itself anew when its socket is there
        calendar.locator(".ec-event.is-extra").press("Enter")
        page.wait_for_timeout(400)
        if page.locator("#add-time").is_visible():
            break
    expect(page.locator("#add-time")).to_be_visible()
    expert.look("desk-calendar-change", shot=True)
    page.locator("form[data-removal] button").click()
    expect(row).to_have_count(0)


def test_a_form_that_was_opened_meanwhile_stays_open(
    site: Site, visit: Callable[..., Visitor]
) -> None:
    """The list is asked for by a hint; before the answer comes the expert begins to write."""
    organization = ATLAS
    expert = visit(organization, DESKTOP)
    page = expert.page
    day = site.now().date() + timedelta(days=40)
    monday = day - timedelta(days=day.weekday())
    expert.log_in(*site.log_in(organization.expert.email), f"/desk/calendar?week={monday}")
    row = page.locator(".day-list .exception-row")
    wait_for_socket(page)
    page.locator("[data-opens=add-time]").click()
    add_time(page, str(monday + timedelta(days=5)), "12:00", "14:00")
    expert.arrive(rf"/desk/calendar\?week={monday}")
    expect(row).to_have_count(1)
    wait_for_socket(page)
    page.wait_for_load_state("networkidle")

    held: list[Route] = []
    asked = 0

    def hold(route: Route) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            held.append(route)
        else:
            route.continue_()

    page.route(lambda address: "/desk/calendar?" in address, hold)
    page.evaluate("document.getElementById('week-list').dispatchEvent(new Event('live'))")
    while not held:
        page.wait_for_timeout(20)
    row.locator("summary").click()
    row.locator("input[name=until]").fill("15:00")
    with page.expect_response(lambda answer: "/desk/calendar?" in answer.url):
        held[0].continue_()
    page.wait_for_timeout(300)
    expect(row.locator("details[open]")).to_have_count(1)
    expect(row.locator("input[name=until]")).to_have_value("15:00")
    assert asked == 1

    with page.expect_response(lambda answer: "/desk/calendar?" in answer.url):
        row.locator("summary").click()  # done with it: now the list reads itself
    assert asked == 2
    row.locator("form[action$='/removal'] button").click()
    expect(row).to_have_count(0)


def _drag_an_evening(page: Page) -> None:
    """From noon to two o'clock on Saturday."""
    main = page.locator(".ec-main")
    column = page.locator(".ec-day.ec-sat").bounding_box()
    assert column is not None
    main.evaluate("element => { element.scrollTop = 0; }")
    column = page.locator(".ec-day.ec-sat").bounding_box()
    assert column is not None
    hour = column["height"] / 24
    main.evaluate(f"element => {{ element.scrollTop = {hour * 10}; }}")
    column = page.locator(".ec-day.ec-sat").bounding_box()
    assert column is not None
    across = column["x"] + column["width"] / 2
    page.mouse.move(across, column["y"] + 12 * hour + 4)
    page.mouse.down()
    for part in (12.5, 13, 13.5, 13.9):
        page.mouse.move(across, column["y"] + part * hour)
    page.mouse.up()
    dialog = page.locator("#add-time")
    expect(dialog).to_be_visible()
    expect(dialog.locator("input[name=kind]:checked")).to_have_value("extra")
    expect(dialog.locator("input[name=from]")).to_have_value("12:00")
    expect(dialog.locator("input[name=until]")).to_have_value("14:00")
    dialog.locator("form[data-exception] button").click()


def add_time(page: Page, day: str, first: str, last: str) -> None:
    dialog = page.locator("#add-time")
    dialog.locator("label", has=page.locator("input[value=extra]")).click()
    dialog.locator("input[name=day]").fill(day)
    dialog.locator("input[name=from]").fill(first)
    dialog.locator("input[name=until]").fill(last)
    dialog.locator("form[data-exception] button").click()


def _day_with_several(
    starts: list[datetime], organization: Organization
) -> tuple[str, list[datetime]]:
    """The last day with at least four free starts: other stories book the first ones."""
    days: dict[str, list[datetime]] = {}
    for start in starts:
        days.setdefault(f"{start.astimezone(ZoneInfo(organization.zone)):%Y-%m-%d}", []).append(
            start
        )
    return [(day, found) for day, found in days.items() if len(found) >= 4][-1]


def wait_for_socket(page: Page) -> None:
    """Hints are only heard once the socket is there."""
    page.wait_for_timeout(1500)
