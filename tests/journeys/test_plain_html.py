"""The booking without JavaScript: links and forms are enough, up to and including payment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.journeys import booking_steps as steps
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.mails import invite_of, mail_about
from tests.journeys.site import Site, wait_for
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
def test_links_and_forms_are_enough(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    visitor = visit(organization, width, scripts=False)
    page, play = visitor.page, organization.expert
    client = steps.new_client(visitor)

    visitor.open("/")
    steps.search_by_words(visitor)
    card = steps.find_card(visitor, play)
    visitor.look("plain-results", shot=True)
    card.locator("h3 a, h2 a").click()
    visitor.arrive(f"/experts/{play.slug}")
    steps.choose_service(visitor, play)
    starts_at = steps.choose_time(visitor)
    visitor.look("plain-expert", shot=True)
    booking_id = steps.hold(visitor)
    steps.sign_up(visitor, client)
    assert booking_id in visitor.path
    steps.say_what_about(visitor)
    visitor.look("plain-checkout", shot=True)
    steps.go_to_gateway(visitor)
    steps.pay(visitor, booking_id)

    def confirmed() -> bool:
        if page.locator(".booking .pill.is-positive").count():
            return True
        page.reload()
        return False

    wait_for(confirmed, "the booking to be confirmed")
    steps.expect_confirmed(visitor)
    expect(page.locator("main .booking")).to_contain_text(steps.shown_start(visitor, starts_at))
    visitor.look("plain-booking")
    invite = invite_of(mail_about(site, client.email, "invite"))
    assert invite.decoded("DTSTART") == starts_at
