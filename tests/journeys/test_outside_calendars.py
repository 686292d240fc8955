"""What an expert has elsewhere takes hours here, and closes them all when it cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Error, Locator, Page, Route, expect
from tests.journeys.booking_steps import PASSWORD as OWN_PASSWORD
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.program import Program
from tests.journeys.site import Site, wait_for
from tests.journeys.test_calendar import slot, wait_for_socket
from tests.journeys.visitor import DESKTOP, PHONE, Visitor
from tests.support.calendar_server import (
    PASSWORD,
    USER,
    CalendarFile,
    Radicale,
    event,
    file_of,
    serving_file,
)

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
BOTH_WIDTHS = pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
READ_WITHIN = 100_000
"""A calendar is read every forty seconds; nobody presses anything."""
NAMES = "Practice|Nextcloud"
PATIENCE = timedelta(minutes=5)


@pytest.fixture
def file() -> Iterator[CalendarFile]:
    with serving_file() as found:
        yield found


@pytest.fixture
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    found = Radicale(tmp_path_factory.mktemp("radicale"))
    found.start()
    yield found
    found.stop()


@pytest.fixture
def expert_of(site: Site, visit: Callable[..., Visitor]) -> Iterator[Callable[..., Visitor]]:
    """The organization's expert on the page of calendars; what a story connects ends with it."""
    experts: list[Visitor] = []

    def come(organization: Organization, width: int) -> Visitor:
        expert = visit(organization, width)
        expert.log_in(*site.log_in(organization.expert.email), "/desk/calendars")
        _forget(expert)
        experts.append(expert)
        return expert

    yield come
    for expert in experts:
        expert.open("/desk/calendars")
        _forget(expert)


@BOTH_WIDTHS
def test_an_address_takes_hours_and_closes_them_when_it_fails(
    site: Site,
    visit: Callable[..., Visitor],
    expert_of: Callable[..., Visitor],
    file: CalendarFile,
    organization: Organization,
    width: int,
) -> None:
    expert, client = expert_of(organization, width), Program.of_somebody_new(site, organization)
    page, play = expert.page, organization.expert
    service = client.service(play)
    start = client.slots(service["id"], days=20)[-1]
    other = client.slots(service["id"], days=20)[0]
    ends = start + timedelta(minutes=play.minutes)
    file.content = file_of(event("practice", start, ends))

    _fill(page, "Practice", file.url)
    page.locator("#connect input[name=when_unread][value=closed]").check()
    page.locator("#connect select[name=patience_minutes]").select_option("5")
    page.locator("#connect button[value=test]").click()
    expect(page.locator("#connect .note.is-positive")).to_be_visible()
    expert.look("calendars-tried", shot=True)
    assert start in client.slots(service["id"], days=20)  # it was only tried
    expect(page.locator("#connect select[name=patience_minutes]")).to_have_value("5")
    _press(expert, page.locator("#connect button[value=connect]"))
    card = _card(page, "Practice")
    expect(card.locator(".pill.is-positive")).to_be_visible()
    expert.look("calendars-fresh", shot=True)

    _gone_from_the_picker(visit, organization, width, service["id"], start)
    _seen_on_the_desk(expert, service["id"], start, "Practice")

    expert.open("/desk/calendars")
    page.evaluate("window.neverReloaded = true")
    file.status = 500
    unread = page.locator("#unread")
    expect(card.locator(".pill.is-caution")).to_be_visible(timeout=READ_WITHIN)
    expect(unread.locator(".note.is-caution")).to_contain_text("Practice")
    assert page.evaluate("window.neverReloaded") is True
    assert other in client.slots(service["id"], days=20)  # within the expert's patience
    expert.look("calendars-unread", shot=True)

    expert.open("/desk/calendar")  # any page of the desk says it, and hears it when it changes
    page.evaluate("window.neverReloaded = true")
    expect(unread.locator(".note.is-caution")).to_contain_text("Practice")
    site.wait_until(site.now() + PATIENCE)
    expect(unread.locator(".note.is-negative")).to_contain_text("Practice", timeout=READ_WITHIN)
    assert page.evaluate("window.neverReloaded") is True
    _again(client)
    assert client.slots(service["id"], days=20) == []
    expert.open(f"/desk/why?service={service['id']}&day={_day_of(expert, other)}")
    expect(page.locator(".reasons")).to_contain_text("Practice")
    expert.open("/desk/calendars")
    expect(card.locator(".pill.is-negative")).to_be_visible()
    expert.look("calendars-closed", shot=True)

    file.status = 200
    _press(expert, card.locator("form[action$='/reading'] button"))
    expect(card.locator(".pill.is-positive")).to_be_visible()
    expect(unread).to_be_hidden()
    assert other in client.slots(service["id"], days=20)
    assert start not in client.slots(service["id"], days=20)

    _press(expert, card.locator("form[action$='/removal'] button"))
    expect(card).to_have_count(0)
    assert start in client.slots(service["id"], days=20)


@pytest.mark.parametrize(("organization", "width"), [(ANTAM, PHONE)], ids=["antam"])
def test_a_caldav_server_is_read_again_while_the_page_is_open(
    site: Site,
    expert_of: Callable[..., Visitor],
    radicale: Radicale,
    organization: Organization,
    width: int,
) -> None:
    expert, client = expert_of(organization, width), Program.of_somebody_new(site, organization)
    page, play = expert.page, organization.expert
    service = client.service(play)
    starts = client.slots(service["id"], days=20)
    start, open_one = starts[-1], starts[0]
    length = timedelta(minutes=play.minutes)
    radicale.make_calendar()

    _fill(page, "Nextcloud", radicale.calendar())
    page.locator("#connect input[name=kind][value=caldav]").check()
    page.fill("#connect input[name=user]", USER)
    expert.forgiven = ("status of 422",)
    page.fill("#connect input[name=password]", "not this one")
    page.locator("#connect button[value=connect]").click()
    expect(page.locator("#connect input[name=password][aria-invalid=true]")).to_be_visible()
    page.fill("#connect input[name=password]", PASSWORD)
    _press(expert, page.locator("#connect button[value=connect]"))
    card = _card(page, "Nextcloud")
    expect(card.locator(".pill.is-positive")).to_be_visible()
    before = card.inner_text()
    assert start in client.slots(service["id"], days=20)

    page.evaluate("window.neverReloaded = true")
    radicale.put("talk", event("talk", start, start + length))
    wait_for(
        lambda: start not in client.slots(service["id"], days=20), "the hour to go", seconds=100
    )
    expect(card).to_contain_text(_entries(organization, 1))  # the open page says so by itself
    assert card.inner_text() != before
    radicale.stop()
    expect(card.locator(".pill.is-caution")).to_be_visible(timeout=READ_WITHIN)
    assert page.evaluate("window.neverReloaded") is True
    site.wait_until(site.now() + timedelta(hours=1))  # stays open, however long it lasts
    _again(client)
    found = client.slots(service["id"], days=20)
    assert start not in found
    assert found
    assert open_one in found or open_one < site.now() + timedelta(days=1)
    expert.look("calendars-caldav", shot=True)

    _press(expert, card.locator("form[action$='/removal'] button"))
    expect(card).to_have_count(0)
    assert start in client.slots(service["id"], days=20)


@pytest.mark.parametrize("late", [False, True], ids=["in-order", "day-comes-late"])
def test_the_whole_week_is_drawn_on_a_phone(
    site: Site, expert_of: Callable[..., Visitor], file: CalendarFile, *, late: bool
) -> None:
    """A phone begins with one day; its answer may come after that of the list of the week."""
    expert, zone = expert_of(ANTAM, PHONE), ZoneInfo(ANTAM.zone)
    page = expert.page
    today = site.now().astimezone(zone).date()
    monday = today + timedelta(days=21 - today.weekday())
    week = [datetime.combine(monday, time(10), zone) + timedelta(days=day) for day in range(7)]
    entries = (event(f"practice-{at:%d}", at, at + timedelta(hours=1)) for at in week)
    file.content = file_of(*entries)
    _fill(page, "Practice", file.url)
    _press(expert, page.locator("#connect button[value=connect]"))
    expect(_card(page, "Practice").locator(".pill.is-positive")).to_be_visible()

    held: list[Route] = []

    def hold_days(route: Route) -> None:
        of_week = f"until={monday + timedelta(days=7)}" in route.request.url
        held.append(route) if late and not of_week else route.continue_()

    page.route("**/desk/calendar/entries*", hold_days)
    expert.open(f"/desk/calendar?week={monday:%Y-%m-%d}")
    expect(page.locator("desk-calendar .ec-main")).to_be_visible()
    wait_for_socket(page)  # what is live asks once more when it is there
    page.locator("[data-view=listWeek]").click()
    drawn = page.locator("desk-calendar .ec-event.is-outside", has_text="Practice")
    expect(drawn).to_have_count(7)
    assert bool(held) is late
    for one in held:
        with suppress(Error):  # nobody may be waiting any more
            one.continue_()
    page.wait_for_timeout(1000)
    expect(drawn).to_have_count(7)
    last = page.locator("desk-calendar .ec-day").last
    expect(last).to_contain_text("Chủ Nhật")
    expect(last.locator(".ec-event.is-outside", has_text="Practice")).to_be_visible()


@BOTH_WIDTHS
def test_the_demo_has_one_already(
    visit: Callable[..., Visitor], site: Site, organization: Organization, width: int
) -> None:
    expert = visit(organization, width)
    expert.log_in(*site.log_in(organization.expert.email), "/desk/calendars")
    card = expert.page.locator("#connected section.card", has_text="127.0.0.1").first
    expect(card.locator(".pill.is-positive")).to_be_visible()
    entries = re.search(r"(\d+) (?:mục|entr)", card.inner_text())
    assert entries is not None, card.inner_text()
    assert int(entries[1]) >= 4
    next_week = site.now() + timedelta(days=7)
    expert.open(f"/desk/calendar?week={next_week:%Y-%m-%d}")
    expect(expert.page.locator(".day-list .ev.busy").first).to_be_visible()
    expert.look("desk-calendar-outside", shot=True)


# -- what several stories do


def _fill(page: Page, name: str, url: str) -> None:
    page.fill("#connect input[name=name]", name)
    page.fill("#connect input[name=url]", url)


def _card(page: Page, name: str) -> Locator:
    return page.locator("#connected section.card", has=page.locator("h2", has_text=name))


def _forget(expert: Visitor) -> None:
    """Let go of what stories connect."""
    ours = expert.page.locator(
        "#connected section.card", has=expert.page.locator("h2", has_text=re.compile(NAMES))
    )
    while ours.count():
        _press(expert, ours.first.locator("form[action$='/removal'] button"))


def _again(client: Program) -> None:
    """Sign in once more: time has passed there."""
    client.client.bearer = ""
    client.sign_in(OWN_PASSWORD)


def _press(expert: Visitor, button: Locator) -> None:
    with expert.page.expect_navigation(wait_until="load"):
        button.click()


def _entries(organization: Organization, number: int) -> re.Pattern[str]:
    return re.compile(rf"\b{number} (?:mục|entr)" if organization is ANTAM else rf"\b{number} entr")


def _day_of(visitor: Visitor, instant: datetime) -> str:
    return f"{instant.astimezone(ZoneInfo(visitor.organization.zone)):%Y-%m-%d}"


def _gone_from_the_picker(
    visit: Callable[..., Visitor],
    organization: Organization,
    width: int,
    service_id: str,
    start: datetime,
) -> None:
    somebody = visit(organization, width)
    day = _day_of(somebody, start)
    path = f"/experts/{organization.expert.slug}?service={service_id}&day={day}#times"
    somebody.open(path)
    expect(somebody.page.locator("#hold")).to_be_visible()
    expect(slot(somebody.page, start)).to_have_count(0)


def _seen_on_the_desk(expert: Visitor, service_id: str, start: datetime, name: str) -> None:
    """The week as a calendar and as a list, and the reason in words."""
    page, zone = expert.page, ZoneInfo(expert.organization.zone)
    local = start.astimezone(zone)
    expert.open(f"/desk/calendar?week={local - timedelta(days=local.weekday()):%Y-%m-%d}")
    entry = page.locator(".day-list .ev.busy", has_text=name)
    expect(entry).to_contain_text(f"{local:%H:%M}")
    expect(page.locator("desk-calendar .ec-main")).to_be_visible()
    if expert.width == PHONE:
        page.locator("[data-view=listWeek]").click()
    drawn = page.locator("desk-calendar .ec-event.is-outside", has_text=name)
    expect(drawn).to_have_count(1)
    expert.look("desk-calendar-elsewhere", shot=True)
    expert.open(f"/desk/why?service={service_id}&day={local:%Y-%m-%d}")
    reason = page.locator(".reasons li", has_text=name).first
    expect(reason).to_contain_text(f"{local:%H:%M}")
    expert.look("why-elsewhere", shot=True)
