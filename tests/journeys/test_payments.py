"""A refund: ordered by staff, seen by the client and the expert without a reload, done in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.journeys.booking_steps import PASSWORD
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.program import Program
from tests.journeys.site import Site, wait_for
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]
AT_ONCE = 2_000
"""Milliseconds, as promised; also while the mail server is slow."""
SLOW = 3.0
"""Seconds for each mail: longer than what is promised, so that no page may wait behind one."""


@contextmanager
def slow_mails(site: Site, program: Program) -> Iterator[None]:
    """The mail server takes its time, and some mails to strangers are on their way already."""
    site.standins.set_fault("slow", "mail", seconds=SLOW)
    try:
        for number in range(4):
            name = f"slow-{uuid4().hex[:10]}-{number}"
            wish = {"name": name, "email": f"{name}@post.example", "password": PASSWORD}
            program.send("POST", "/people", wish, key=uuid4().hex, status=201)
        yield
    finally:
        site.standins.clear_faults()


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
def test_a_part_goes_back_and_everybody_sees_it(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    program = Program.of_somebody_new(site, organization)
    booking = program.book(organization.expert)
    program.wait_for_state(booking["id"], "confirmed")
    (payment,) = program.get("/payments?own=true")["items"]
    row = f"#p-{payment['id']}"

    client = visit(organization, width)
    client.log_in(program.email, PASSWORD, "/account/payments")
    client.page.evaluate("window.neverReloaded = true")
    expect(client.page.locator(row)).to_contain_text(payment["description"].split()[0])
    expert = visit(organization, width)
    expert.log_in(*site.log_in(organization.expert.email), "/desk/payments")
    expert.page.evaluate("window.neverReloaded = true")
    expect(expert.page.locator(row)).to_contain_text(organization.client)

    staff = visit(organization, width)
    staff.language = organization.admin_language or organization.language
    reference = payment["description"].split()[0]
    staff.log_in(*site.log_in(organization.admin), f"/admin/payments?text={reference}")
    expect(staff.page.locator("#payments li")).to_have_count(1)
    staff.look("payments", shot=True)
    staff.page.locator(f"{row} a").click()
    staff.arrive(f"/admin/payments/{payment['id']}")
    staff.look("payment", shot=True)
    staff.page.locator("a[href$='/refund']").click()
    staff.arrive(f"/admin/payments/{payment['id']}/refund")
    staff.look("refund", shot=True)
    part = payment["amount"]["minor"] // 4
    staff.page.locator("input[name=how][value=part]").check()
    written = str(part) if payment["amount"]["currency"] == "VND" else f"{part / 100:.2f}"
    staff.page.fill("input[name=amount]", written)
    staff.page.fill("input[name=reason]", "Kulanz" if organization is ATLAS else "Thiện chí")
    with slow_mails(site, program):
        staff.page.locator("form.refund-form button.primary").click()
        staff.arrive(f"/admin/payments/{payment['id']}")
        expect(client.page.locator(f"{row} .back")).to_have_count(1, timeout=AT_ONCE)
        expect(expert.page.locator(f"{row} .pill")).to_have_count(1, timeout=AT_ONCE)
    for somebody in (client, expert):
        assert somebody.page.evaluate("window.neverReloaded") is True
    client.look("account-payments", shot=True)
    expert.look("earnings", shot=True)
    (known,) = program.get(f"/payments/{payment['id']}")["refunds"]
    assert known["amount"]["minor"] == part
    at_gateway = payment["id"].replace("-", "")
    wait_for(lambda: site.standins.payments(at_gateway)[0]["refunds"], "the gateway to hear of it")
    again = program.ask(
        "POST", "/refunds", {"payment_id": payment["id"], "reason": "more"}, key=uuid4().hex
    )
    assert again.status == 403  # clients do not pay themselves back
