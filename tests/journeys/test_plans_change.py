"""Plans change: papers, another time by either side, the preview, and a session called off."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.journeys.booking_steps import PASSWORD, shown_start
from tests.journeys.cast import BOTH, Organization
from tests.journeys.mails import invite_of, mail_about
from tests.journeys.program import Program
from tests.journeys.site import Site, wait_for
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n"


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("organization", BOTH, ids=lambda one: one.slug)
def test_plans_change(
    site: Site,
    visit: Callable[..., Visitor],
    tmp_path: Path,
    organization: Organization,
    width: int,
) -> None:
    program = Program.of_somebody_new(site, organization)
    held = program.book(organization.expert, which=_in_good_time(program, organization))
    booking_id = program.wait_for_state(held["id"], "confirmed")["id"]
    page = f"/bookings/{booking_id}"
    client, expert = visit(organization, width), visit(organization, DESKTOP, axe=width == PHONE)
    client.log_in(program.email, PASSWORD, page)
    expert.log_in(*site.log_in(organization.expert.email), page)

    _share_a_paper(client, expert, tmp_path)
    moved = _choose_another_time(client, program, booking_id)
    expect(expert.page.locator("h1")).to_contain_text(shown_start(expert, moved))  # live
    proposed = _propose(expert, booking_id)
    agreed = _pick(client, program, booking_id, proposed)
    _see_what_comes_back(client, booking_id)
    _call_off(expert, booking_id)
    _take_one_near(client)

    wait_for(
        lambda: "METHOD:CANCEL" in mail_about(site, program.email, "invite").sent.calendar,
        "the calendar entry to be taken back",
    )
    assert agreed != moved
    cancelled = program.get(f"/bookings/{booking_id}")
    assert cancelled["refund"] == cancelled["price"]


def _in_good_time(program: Program, organization: Organization) -> int:
    """The place of a start so far ahead that the client may still move it."""
    starts = program.slots(program.service(organization.expert)["id"])
    return next(
        n for n, start in enumerate(starts) if start > program.site.now() + timedelta(days=5)
    )


def _share_a_paper(client: Visitor, expert: Visitor, folder: Path) -> None:
    paper = folder / "hồ sơ.pdf"
    paper.write_bytes(PDF)
    client.page.set_input_files("#papers input[type=file]", paper)
    client.page.locator("#papers form[enctype] button").click()
    expect(client.page.locator("#papers-list li")).to_contain_text("hồ sơ.pdf")
    expect(expert.page.locator("#papers-list li")).to_contain_text("hồ sơ.pdf")  # live
    client.look("booking-with-papers", shot=True)


def _choose_another_time(client: Visitor, program: Program, booking_id: str) -> datetime:
    client.press(f"a[href='/bookings/{booking_id}/reschedule']")
    client.arrive(rf"/bookings/{booking_id}/reschedule")
    client.look("booking-reschedule", shot=True)
    slot = client.page.locator("label.slot").last
    value = slot.locator("input").get_attribute("value")
    assert value is not None
    slot.click()
    client.page.locator("main form button.primary").click()
    client.arrive(rf"/bookings/{booking_id}$")
    wanted = datetime.fromisoformat(value)
    assert datetime.fromisoformat(program.get(f"/bookings/{booking_id}")["starts_at"]) == wanted
    return wanted


def _propose(expert: Visitor, booking_id: str) -> list[datetime]:
    expert.press(f"a[href='/bookings/{booking_id}/proposal']")
    expert.arrive(rf"/bookings/{booking_id}/proposal")
    expert.look("booking-propose", shot=True)
    chosen: list[datetime] = []
    for _ in range(8):
        free = expert.page.locator("label.slot:not(:has(input:checked))")
        if free.count():
            slot = free.last
            value = slot.locator("input").get_attribute("value")
            assert value is not None
            slot.click()
            chosen.append(datetime.fromisoformat(value))
        if len(chosen) == 2:
            break
        expert.page.locator("button[name=look]").last.click()  # later days; the choice stays
        expert.page.wait_for_load_state()
    expert.page.locator("main .sheet-actions button.primary").click()
    expert.arrive(rf"/bookings/{booking_id}$")
    expert.look("booking-proposal-sent", shot=True)
    return sorted(chosen)


def _pick(client: Visitor, program: Program, booking_id: str, proposed: list[datetime]) -> datetime:
    choices = client.page.locator("form[action$='/acceptance'] label.slot")
    expect(choices).to_have_count(len(proposed))  # live
    client.look("booking-proposed", shot=True)
    choices.last.click()
    client.page.locator("form[action$='/acceptance'] button.primary").click()
    expect(client.page.locator("form[action$='/acceptance']")).to_have_count(0)
    booking = program.get(f"/bookings/{booking_id}")
    assert datetime.fromisoformat(booking["starts_at"]) == proposed[-1]
    site, address = program.site, program.email
    invite = wait_for(
        lambda: (
            event
            if int((event := invite_of(mail_about(site, address, "invite")))["SEQUENCE"]) == 2
            else None
        ),
        "the invite of the agreed time",
    )
    assert invite.start == proposed[-1]
    assert str(invite["UID"]).startswith(booking_id.replace("-", ""))
    return proposed[-1]


def _see_what_comes_back(client: Visitor, booking_id: str) -> None:
    client.press(f"a[href='/bookings/{booking_id}/cancel']")
    client.arrive(rf"/bookings/{booking_id}/cancel")
    expect(client.page.locator(".refund .display")).to_contain_text(re.compile(r"\d"))
    client.look("booking-cancel", shot=True)
    client.press(f".sheet-actions a[href='/bookings/{booking_id}']")
    client.arrive(rf"/bookings/{booking_id}$")


def _call_off(expert: Visitor, booking_id: str) -> None:
    expert.press(f"a[href='/bookings/{booking_id}/cancel']")
    expert.arrive(rf"/bookings/{booking_id}/cancel")
    expert.page.fill("textarea[name=reason]", "Krank / bị ốm")
    expert.page.locator("button.danger").click()
    expert.arrive(rf"/bookings/{booking_id}$")


def _take_one_near(client: Visitor) -> None:
    """The client's page tells of it by itself and offers three times near the lost one."""
    near = client.page.locator("form[action='/holds'] button.slot")
    expect(near).to_have_count(3)
    expect(client.page.locator(".pill.is-negative").first).to_be_visible()
    expect(client.page.locator(".timeline")).to_contain_text("Krank / bị ốm")
    client.look("booking-called-off", shot=True)
    near.first.click()
    client.arrive(r"/checkout/([0-9a-f-]{36})")
