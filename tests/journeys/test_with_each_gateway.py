"""Paid, moved, called off in time for a part: the same story through every gateway."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.journeys import booking_steps as steps
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.program import Program
from tests.journeys.site import Site, wait_for
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

from cilis.infra.i18n import format_money, speaking
from cilis.kit.money import Money

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]
HOUR = timedelta(hours=1)
# VNPay takes đồng only: what is paid in euros has one gateway here.
CASES = [(ANTAM, "vnpay", PHONE), (ANTAM, "stripe", DESKTOP), (ATLAS, "stripe", PHONE)]


@pytest.mark.parametrize(
    ("organization", "gateway", "width"), CASES, ids=["antam-vnpay", "antam-stripe", "atlas-stripe"]
)
def test_paid_moved_and_called_off_for_a_part(
    site: Site, visit: Callable[..., Visitor], organization: Organization, gateway: str, width: int
) -> None:
    program = Program.of_somebody_new(site, organization)
    held = _hold_in_good_time(program)
    page = f"/bookings/{held['id']}"
    client = visit(organization, width)
    client.organization = dataclasses.replace(organization, gateway=gateway)
    client.log_in(program.email, steps.PASSWORD, f"/checkout/{held['id']}")
    ways = client.page.locator("form#pay input[type=radio]")
    values = [one.get_attribute("value") for one in ways.all()]
    assert ("vnpay" in values) is (organization is ANTAM)
    client.look("ways-to-pay", shot=True)
    steps.go_to_gateway(client)
    steps.pay(client, held["id"])
    steps.expect_confirmed(client)
    client.look(f"booking-by-{gateway}", shot=True)

    _move(client, program, held["id"])
    preview = program.get(f"{page}/cancellations")
    assert 0 < preview["percent"] < 100
    part, whole = preview["refund"]["minor"], preview["paid"]["minor"]
    assert 0 < part < whole
    later = [tier for tier in preview["tiers"] if tier["percent"] < preview["percent"]]
    assert later, "nothing changes later"

    client.open(f"{page}/cancel")
    shown = _written(organization, part, preview["refund"]["currency"])
    expect(client.page.locator(".refund .display")).to_have_text(shown)
    expect(client.page.locator("ol.tiers li.now")).to_contain_text(f"{preview['percent']} %")
    expect(client.page.locator("ol.tiers li")).to_have_count(len(preview["tiers"]))
    expect(client.page.locator("button.danger")).to_contain_text(shown)
    client.look(f"booking-cancel-{gateway}", shot=True)
    client.page.locator("button.danger").click()
    client.arrive(rf"{page}$")
    expect(client.page.locator(".booking .pill.is-negative").first).to_be_visible()

    (payment,) = program.get("/payments?own=true")["items"]
    at_gateway = payment["id"].replace("-", "")
    assert payment["provider"] == gateway
    back = _done(program, payment["id"])
    assert [one["amount"]["minor"] for one in back] == [part]
    (known,) = site.standins.payments(at_gateway)
    hundredths = 100 if gateway == "vnpay" else 1
    assert known["amount"] == whole * hundredths
    assert known["refunded"] == part * hundredths
    client.open("/account/payments")
    expect(client.page.locator(f"#p-{payment['id']} .back")).to_contain_text(shown)
    client.look("account-payments-part", shot=True)


def _hold_in_good_time(program: Program) -> dict[str, Any]:
    """A hold so far ahead that the session may still be moved."""
    service = program.service(program.organization.expert)
    soon = program.site.now() + timedelta(days=6)
    start = next(one for one in program.slots(service["id"]) if one > soon)
    wish = {"service_id": service["id"], "starts_at": start.isoformat()}
    held: dict[str, Any] = program.send("POST", "/bookings", wish, key=uuid4().hex, status=201)
    program.send("PUT", f"/bookings/{held['id']}/details", {"text": program.organization.about})
    return held


def _move(client: Visitor, program: Program, booking_id: str) -> None:
    """To an hour so near that only a part comes back; time passes where there is none yet."""
    site, booking = program.site, program.get(f"/bookings/{booking_id}")
    start = datetime.fromisoformat(booking["starts_at"])
    tiers = program.get(f"/bookings/{booking_id}/cancellations")["tiers"]
    ends = [datetime.fromisoformat(tier["until"]) for tier in tiers if tier["until"]]
    farthest, nearest = start - ends[0], start - ends[1]
    free = [one for one in program.slots(booking["service_id"]) if one < start]
    in_time = [one for one in free if one - site.now() > nearest + HOUR]
    near = [one for one in in_time if one - site.now() < farthest]
    wanted = near[-1] if near else in_time[0]
    if not near:
        site.wait_until(wanted - (nearest + farthest) / 2)
        _sign_in_again(program)
    client.open(f"/bookings/{booking_id}/reschedule?from={wanted.date()}&at={_query(wanted)}")
    slot = client.page.locator(f"label.slot:has(input[value='{wanted.isoformat()}'])")
    slot.click()
    client.look("booking-reschedule", shot=True)
    client.page.locator("main form button.primary").click()
    client.arrive(rf"/bookings/{booking_id}$")
    moved = program.get(f"/bookings/{booking_id}")
    assert datetime.fromisoformat(moved["starts_at"]) == wanted
    assert moved["price"] == booking["price"]


def _done(program: Program, payment_id: str) -> list[dict[str, Any]]:
    """The refunds of a payment once all are done; one that was taken on is asked for by and by."""

    def settled(state: str) -> list[dict[str, Any]] | None:
        found = program.get(f"/payments/{payment_id}")["refunds"]
        return found if found and all(one["state"] in {state, "done"} for one in found) else None

    wait_for(lambda: settled("accepted"), "the refund to be taken on")
    for _ in range(4):
        if settled("done"):
            break
        program.site.wait_until(program.site.now() + timedelta(minutes=31))
        _sign_in_again(program)
        time.sleep(2)
    return wait_for(lambda: settled("done"), "the refund to be done")


def _sign_in_again(program: Program) -> None:
    """Time has passed, and a token does not live that long."""
    program.client.bearer = ""
    program.sign_in(steps.PASSWORD)


def _query(moment: datetime) -> str:
    return moment.isoformat().replace("+", "%2B")


def _written(organization: Organization, minor: int, currency: str) -> str:
    with speaking(organization.language, organization.zone):
        return format_money(Money(minor, currency))
