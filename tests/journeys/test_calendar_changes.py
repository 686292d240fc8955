"""Hours changed in the expert's own calendar: a day closed, hours made longer, moved by a day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.site import Site
from tests.journeys.test_calendar import add_time, wait_for_socket
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
def test_a_day_off_is_a_line_above_a_shaded_day(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    expert = visit(organization, width)
    page = expert.page
    today = site.now().astimezone(ZoneInfo(organization.zone)).date()
    monday = today + timedelta(days=21 - today.weekday())
    day = monday + timedelta(days=3 if width == DESKTOP else 0)
    address = f"/desk/calendar?week={monday}"
    expert.log_in(*site.log_in(organization.expert.email), address)
    calendar, row = page.locator("desk-calendar"), page.locator(".day-list .exception-row")
    while row.count():  # what an earlier run left behind
        row.first.locator("form[action$='/removal'] button").click()
        expert.arrive(re.escape(address))
    expect(calendar.locator(".ec-body")).to_be_visible()
    page.locator("[data-opens=add-time]").click()
    dialog = page.locator("#add-time")
    expect(dialog.locator("input[name=kind]:checked")).to_have_value("off")
    dialog.locator("input[name=day]").fill(str(day))
    with page.expect_navigation(wait_until="load"):
        dialog.locator("form[data-exception] button").click()
    line = calendar.locator(".ec-all-day .ec-event.is-off")
    expect(line).to_have_count(1)
    expect(calendar.locator(".ec-bg-event.is-off")).to_have_count(1)
    expect(calendar.locator(".ec-body .ec-event.is-off")).to_have_count(0)
    scrolled = calendar.locator(".ec-main").evaluate("main => main.scrollTop")
    assert scrolled > 100  # a day that is closed from midnight on is no reason to begin there
    expert.look("desk-calendar-day-off", shot=True)

    for _ in range(5):  # the calendar draws itself anew when its socket is there
        line.press("Enter")
        page.wait_for_timeout(400)
        if dialog.is_visible():
            break
    expect(dialog.locator("input[name=day]")).to_have_value(str(day))
    expect(dialog.locator("input[name=from]")).to_have_value("")
    page.locator("form[data-removal] button").click()
    expect(row).to_have_count(0)
    expect(line).to_have_count(0)


def test_what_was_added_is_dragged_longer_later_and_to_another_day(
    site: Site, visit: Callable[..., Visitor]
) -> None:
    organization = ATLAS
    expert = visit(organization, DESKTOP)
    page = expert.page
    today = site.now().astimezone(ZoneInfo(organization.zone)).date()
    monday = today + timedelta(days=49 - today.weekday())
    address = f"/desk/calendar?week={monday}"
    expert.log_in(*site.log_in(organization.expert.email), address)
    row = page.locator(".day-list .exception-row")
    while row.count():  # what an earlier run left behind
        with page.expect_navigation(wait_until="load"):
            row.first.locator("form[action$='/removal'] button").click()
    page.locator("[data-opens=add-time]").click()
    with page.expect_navigation(wait_until="load"):
        add_time(page, str(monday + timedelta(days=5)), "12:00", "14:00")
    extra = page.locator("desk-calendar .ec-body .ec-event.is-extra")
    expect(extra).to_have_count(1)
    wait_for_socket(page)
    page.wait_for_load_state("networkidle")
    hour = _height(page.locator(".ec-body .ec-day.ec-sat")) / 24

    _drag(page, extra, down=2 * hour)
    expect(row).to_contain_text("14:00–16:00")
    extra.hover()
    _drag(page, extra.locator(".ec-resizer").last, down=hour)
    expect(row).to_contain_text("14:00–17:00")
    _drag(page, extra, right=_width(page.locator(".ec-body .ec-day.ec-sun")))
    expect(page.locator(".day-list > li").last.locator(".exception-row")).to_contain_text(
        "14:00–17:00"
    )
    with page.expect_navigation(wait_until="load"):
        row.locator("form[action$='/removal'] button").click()
    expect(row).to_have_count(0)

    page.locator("[data-opens=add-time]").click()
    page.locator("#add-time input[name=day]").fill(str(monday))
    with page.expect_navigation(wait_until="load"):
        page.locator("#add-time form[data-exception] button").click()
    line = page.locator("desk-calendar .ec-all-day .ec-event.is-off")
    expect(line).to_have_count(1)
    wait_for_socket(page)
    page.wait_for_load_state("networkidle")
    _drag(page, line, right=_width(page.locator(".ec-body .ec-day.ec-mon")))
    tuesday = page.locator(".day-list > li").nth(1)
    expect(tuesday.locator(".exception-row")).to_have_count(1)
    expect(page.locator("desk-calendar .ec-bg-event.is-off")).to_have_count(1)
    with page.expect_navigation(wait_until="load"):
        row.locator("form[action$='/removal'] button").click()
    expect(row).to_have_count(0)


def _drag(page: Page, what: Locator, *, down: float = 0, right: float = 0) -> None:
    """Take something in its middle and let it go further down or to the right."""
    page.wait_for_load_state("networkidle")  # what was changed before is drawn anew
    page.locator(".ec-main").evaluate(  # far from the edges, where the calendar rolls on by itself
        "main => { main.scrollTop = main.querySelector('.ec-body .ec-day').clientHeight / 24 * 11; }"
    )
    page.wait_for_timeout(200)
    box = what.bounding_box()
    assert box is not None
    across, along = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(across, along)
    page.mouse.down()
    for part in (0.3, 0.6, 0.9, 1.0):
        page.mouse.move(across + right * part, along + down * part)
        page.wait_for_timeout(50)
    page.mouse.up()


def _height(what: Locator) -> float:
    box = what.bounding_box()
    assert box is not None
    return box["height"]


def _width(what: Locator) -> float:
    box = what.bounding_box()
    assert box is not None
    return box["width"]
