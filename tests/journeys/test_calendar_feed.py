"""What is agreed here can be seen in any calendar, as long as its expert wants."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.program import Program
from tests.journeys.site import Site
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
def test_the_own_feed_is_made_read_and_ended(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    expert, client = visit(organization, width), Program.of_somebody_new(site, organization)
    page, play = expert.page, organization.expert
    booked = client.book(play, which=-1)
    client.wait_for_state(booked["id"], "confirmed")
    reader = Program(site, organization, site.client(organization), "")
    expert.log_in(*site.log_in(play.email), "/desk/calendars")
    feed = page.locator("#feed")
    if feed.locator("form[action$='/feed/removal']").count():  # left by an earlier run
        _press(expert, feed.locator("form[action$='/feed/removal'] button"))

    _press(expert, feed.locator("form[action$='/feed'] button"))
    address = _address(expert)
    status, content = _fetch(reader, address)
    entry = f"{booked['id'].replace('-', '')}@{organization.host}"
    assert (status, "BEGIN:VCALENDAR" in content, entry in content) == (200, True, True)
    assert organization.client.split()[-1] not in content
    expert.open("/desk/calendars")
    expert.look("calendars-feed", shot=True)

    feed.locator("input[name=details][value=true]").check()
    _press(expert, feed.locator("form[action$='/feed'] button"))
    assert _address(expert) == address
    assert organization.client.split()[-1] in _fetch(reader, address)[1]

    _press(expert, feed.locator("form[action$='/renewal'] button"))
    renewed = _address(expert)
    assert renewed != address
    assert (_fetch(reader, address)[0], _fetch(reader, renewed)[0]) == (404, 200)

    _press(expert, feed.locator("form[action$='/feed/removal'] button"))
    expect(feed.locator("#feed-url")).to_have_count(0)
    assert _fetch(reader, renewed)[0] == 404


def _press(expert: Visitor, button: Locator) -> None:
    with expert.page.expect_navigation(wait_until="load"):
        button.click()


def _address(expert: Visitor) -> str:
    address = expert.page.locator("#feed-url").input_value()
    assert address.startswith(f"{expert.origin}/calendar-feeds/")
    return address.removeprefix(expert.origin)


def _fetch(reader: Program, path: str) -> tuple[int, str]:
    with reader.client:
        answer = reader.client.request("GET", path)
    return answer.status, answer.text
