"""A bank transfer: chosen at the checkout, written down by staff, seen without a reload."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.journeys.booking_steps import PASSWORD
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.program import Program
from tests.journeys.site import Site
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
def test_a_transfer_makes_a_booking(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int, scripts: bool
) -> None:
    program = Program.of_somebody_new(site, organization)
    service = program.service(organization.expert)
    start = program.slots(service["id"])[-2 if scripts else -4]
    wish = {"service_id": service["id"], "starts_at": start.isoformat()}
    held = program.send("POST", "/bookings", wish, key=uuid4().hex, status=201)
    program.send("PUT", f"/bookings/{held['id']}/details", {"text": organization.about})

    client = visit(organization, width, scripts=scripts)
    client.log_in(program.email, PASSWORD, f"/checkout/{held['id']}")
    client.look("ways-to-pay", shot=scripts)
    client.page.locator("form#pay input[value='manual:transfer']").check()
    client.press("button[form=pay], form#pay button")
    client.arrive(r"/payments/[0-9a-f-]{36}/instructions")
    expect(client.page.locator("main")).to_contain_text(held["reference"])
    expect(client.page.locator("main")).to_contain_text("DE89 3704 0044 0532 0130 00")
    client.look("transfer", shot=scripts)
    client.page.locator(f"main a[href='/bookings/{held['id']}']").click()
    client.arrive(f"/bookings/{held['id']}")
    client.look("booking-waits-for-transfer", shot=scripts)
    client.page.locator("a[href$='/instructions']").click()
    client.arrive(r"/payments/[0-9a-f-]{36}/instructions")
    if scripts:
        client.page.evaluate("window.neverReloaded = true")

    (payment,) = program.get("/payments?own=true")["items"]
    staff = visit(organization, width, scripts=scripts)
    staff.language = organization.admin_language or organization.language
    staff.log_in(*site.log_in(organization.admin), f"/admin/payments?text={held['reference']}")
    staff.page.locator(f"#p-{payment['id']} a").click()
    staff.arrive(f"/admin/payments/{payment['id']}")
    staff.look("payment-by-hand", shot=scripts)
    minor, currency = payment["amount"]["minor"], payment["amount"]["currency"]
    staff.page.fill("input[name=amount]", str(minor) if currency == "VND" else f"{minor / 100:.2f}")
    staff.page.fill("input[name=number]", "2026-11/7")
    staff.page.locator("form[action$='/receipt'] button").click()
    staff.arrive(f"/admin/payments/{payment['id']}")
    program.wait_for_state(held["id"], "confirmed")
    if scripts:  # the page of the instructions says it by itself
        expect(client.page.locator("#instructions [role=status]")).to_be_visible()
        assert client.page.evaluate("window.neverReloaded") is True
        client.look("transfer-came", shot=True)
    client.open(f"/bookings/{held['id']}")
    client.look("booking-paid-by-transfer")
