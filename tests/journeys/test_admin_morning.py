"""The admin's morning: what waits, a refund, an announcement, the figures and their file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.program import Program
from tests.journeys.site import Site, wait_for
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]


@pytest.mark.parametrize(
    ("organization", "width"),
    [(ANTAM, PHONE), (ANTAM, DESKTOP), (ATLAS, PHONE), (ATLAS, DESKTOP)],
    ids=lambda one: one.slug if isinstance(one, Organization) else str(one),
)
def test_the_morning(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    client = Program.of_somebody_new(site, organization)
    held = client.book(organization.expert)
    booking = client.wait_for_state(held["id"], "confirmed")

    admin = visit(organization, width)
    admin.language = organization.admin_language or organization.language
    admin.log_in(*site.log_in(organization.admin), "/admin")
    admin.look("admin", shot=True)
    page = admin.page
    page.locator("#queues a[href^='/admin/verification']").first.click()
    admin.arrive("/admin/verification")
    admin.look("admin-verification-queue")

    admin.open(f"/admin/payments?text={booking['reference']}")
    page.locator("#payments li a").first.click()
    payment = admin.arrive("/admin/payments/([0-9a-f-]{36})")
    admin.look("admin-payment", shot=True)
    page.locator("main a[href$='/refund']").click()
    admin.arrive(f"/admin/payments/{payment}/refund")
    page.locator("input[name=how][value=part]").check(force=True)
    page.fill("input[name=amount]", "10000" if organization is ANTAM else "10")
    page.fill("[name=reason]", "Kết nối bị gián đoạn" if organization is ANTAM else "Bad line")
    admin.look("admin-refund", shot=True)
    page.locator("main form.refund-form button.primary").click()
    admin.arrive(rf"/admin/payments/{payment}")
    part = 10_000 if organization is ANTAM else 1_000
    # VNPay takes a refund on and pays it out later; Stripe has done it at once.
    ends = {"accepted", "done"} if organization is ANTAM else {"done"}
    wait_for(lambda: _given_back(client, booking["id"], ends) == part, "the refund to be taken on")
    under_way = page.locator(
        "main ul.ledger li", has_text="Bad line" if organization is ATLAS else "gián đoạn"
    )
    expect(under_way.locator(".pill.is-negative")).to_have_count(0)
    expect(under_way.locator(".pill")).to_be_visible()

    text = f"Nghỉ lễ ngày 2 tháng 9 {uuid4().hex[:6]}"
    admin.open("/admin/content/announcements/new")
    for field in page.locator("textarea[name^='texts.']").all():
        field.fill(text)
    admin.look("admin-announcement", shot=True)
    page.locator("main form[action^='/admin/content/announcements'] button.primary").click()
    admin.arrive(r"/admin/content/announcements$")
    somebody = visit(organization, PHONE)
    somebody.open("/")
    expect(somebody.page.locator(".announced")).to_contain_text(text)
    somebody.look("announced", shot=True)
    ours = page.locator("main .order-list li", has_text=text)
    ours.locator("form[action$='/end'] button").click()
    admin.arrive(r"/admin/content/announcements$")
    expect(ours.locator("form[action$='/end']")).to_have_count(0)
    somebody.open("/")
    expect(somebody.page.locator("main")).to_be_visible()
    expect(somebody.page.get_by_text(text)).to_have_count(0)

    admin.open("/admin/figures")
    page.locator("nav.scroller a.chip").nth(1).click()
    admin.look("admin-figures", shot=True)
    with page.expect_download() as download:
        page.locator("a[download][href*='.csv']").first.click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert len(rows) > 7
    assert len(set(map(len, rows))) == 1


def _given_back(client: Program, booking_id: str, ends: set[str]) -> int:
    found = client.get("/payments?own=true")["items"]
    attempt = next(one for one in found if one["subject_id"] == booking_id)
    taken = [one for one in attempt["refunds"] if one["state"] in ends]
    return sum(one["amount"]["minor"] for one in taken)
