"""Afterwards: stars and words, the expert's answer, the new average at once, and another hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect
from tests.journeys.booking_steps import PASSWORD
from tests.journeys.cast import ANTAM, BOTH, Organization
from tests.journeys.program import Program
from tests.journeys.site import Site
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]


@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_a_session_is_reviewed_and_answered(
    site: Site, visit: Callable[..., Visitor], organization: Organization
) -> None:
    program = Program.of_somebody_new(site, organization)
    held = program.book(organization.expert)
    page_of_booking = f"/bookings/{held['id']}"
    program.wait_for_state(held["id"], "confirmed")
    site.wait_until(datetime.fromisoformat(held["ends_at"]) + timedelta(minutes=2))
    program.client.bearer = ""
    program.sign_in(PASSWORD)
    program.wait_for_state(held["id"], "completed")
    before = _rating(program, organization)

    words = "Rõ ràng, đúng trọng tâm." if organization is ANTAM else "Clear and to the point."
    client = visit(organization, PHONE)
    client.log_in(program.email, PASSWORD, page_of_booking)
    client.press(f"a[href='{page_of_booking}/review']")
    client.arrive(f"{page_of_booking}/review")
    client.page.locator("input[name=stars][value='4']").check(force=True)
    client.page.fill("textarea[name=text]", words)
    client.look("booking-review", shot=True)
    client.page.locator("main form[action$='/review'] button.primary").click()
    client.arrive(rf"{page_of_booking}$")
    expect(client.page.locator("main")).to_contain_text(words)
    after = _rating(program, organization)
    assert after["count"] == before["count"] + 1
    assert after["average"] < before["average"]

    answer = "Cảm ơn bạn đã tin tưởng." if organization is ANTAM else "Thank you for your trust."
    expert = visit(organization, DESKTOP)
    expert.log_in(*site.log_in(organization.expert.email), "/desk/reviews")
    expert.look("desk-reviews", shot=True)
    review = expert.page.locator("article", has_text=words)
    review.locator("summary").click()
    review.locator("textarea[name=text]").fill(answer)
    review.locator("button.primary").click()
    expert.arrive("/desk/reviews")
    expect(expert.page.locator("article", has_text=words)).to_contain_text(answer)

    client.open(f"/experts/{organization.expert.slug}")
    expect(client.page.locator("article", has_text=words)).to_contain_text(answer)
    client.open(page_of_booking)
    expect(client.page.locator("main")).to_contain_text(answer)
    client.press(f"main a[href*='/experts/{organization.expert.slug}']")  # another hour
    client.arrive(rf"/experts/{organization.expert.slug}")


def _rating(program: Program, organization: Organization) -> dict[str, float]:
    expert = program.get(f"/experts/{organization.expert.slug}")
    found = program.get(f"/reviews/distribution?expert_id={expert['id']}")
    return {"count": found["total"], "average": found["average"]}
