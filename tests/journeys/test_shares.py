"""An expert's account at the payment company: opened from the desk, paid into at once, taken back from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from tests.journeys.cast import ATLAS
from tests.journeys.program import Program
from tests.journeys.site import Site, wait_for
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]
PLUG = "#payments-stripe"


def test_the_expert_is_paid_at_once_and_a_refund_takes_its_part_back(
    site: Site, visit: Callable[..., Visitor]
) -> None:
    staff = visit(ATLAS, DESKTOP)
    staff.language = ATLAS.admin_language
    staff.log_in(*site.log_in(ATLAS.admin), "/admin/extensions")
    known = {one["id"] for one in site.standins.connected()}
    with _shares(staff):
        expert = visit(ATLAS, PHONE)
        mail, password = site.log_in(ATLAS.expert.email)
        expert.log_in(mail, password, "/desk/payouts")
        form = expert.page.locator("form[action$='/payouts/accounts/stripe']")
        form.locator("input[name=current_password]").fill(password)
        expert.look("payouts-without-account", shot=True)
        form.locator("button").click()
        expert.page.wait_for_url("**/stripe/connect/**")
        expert.page.locator("button[value=pending]").click()
        expert.arrive("/desk/payouts$")
        pill = expert.page.locator("section[aria-labelledby=at-stripe] .pill")
        expect(pill).to_have_text("Not finished")
        expert.look("payouts-account-pending", shot=True)
        form.locator("button").click()  # no password: the account is there
        expert.page.wait_for_url("**/stripe/connect/**")
        expert.page.locator("button[value=complete]").click()
        expert.arrive("/desk/payouts$")
        expect(pill).to_have_text("Works")
        expert.look("payouts-account-works", shot=True)
        (account,) = [one for one in site.standins.connected() if one["id"] not in known]

        program = Program.of_somebody_new(site, ATLAS)
        booking = program.book(ATLAS.expert, which=-1)  # so far ahead that all comes back
        program.wait_for_state(booking["id"], "confirmed")
        (payment,) = program.get("/payments?own=true")["items"]
        at_gateway = payment["id"].replace("-", "")
        (there,) = site.standins.payments(at_gateway)
        assert there["data"]["destination"] == account["id"]
        assert 0 < there["share"] < payment["amount"]["minor"]

        staff.open("/admin/payouts/accounts/stripe")
        expect(staff.page.locator("main")).to_contain_text(account["id"])
        staff.look("payee-accounts", shot=True)
        staff.open(f"/admin/payments/{payment['id']}")
        expect(staff.page.locator("main")).to_contain_text("Ging sofort an den Experten")
        staff.look("payment-with-share", shot=True)

        program.send(
            "POST", f"/bookings/{booking['id']}/cancellations", {}, key=uuid4().hex, status=201
        )
        wait_for(
            lambda: site.standins.payments(at_gateway)[0]["refunds"], "the money to be given back"
        )
        staff.page.reload()
        expect(staff.page.locator("main")).to_contain_text("davon noch dort")
        staff.look("payment-with-share-back", shot=True)


@contextmanager
def _shares(staff: Visitor) -> Iterator[None]:
    """Stripe passes each expert's share on meanwhile; other journeys find it as it was."""
    _set(staff, charges="destination", payouts="transfers")
    staff.look("extensions-shares", shot=True)
    try:
        yield
    finally:
        _set(staff, charges="own", payouts="file")


def _set(staff: Visitor, **chosen: str) -> None:
    staff.open("/admin/extensions")
    plug = staff.page.locator(PLUG)
    if plug.get_attribute("open") is None:
        plug.locator("summary").click()
    for name, value in chosen.items():
        plug.locator(f"select[name='settings.{name}']").select_option(value)
    plug.locator("form button.primary").click()
    expect(staff.page.locator(".notice, [role=status]").first).to_be_visible()
    expect(plug.locator("select[name='settings.charges']")).to_have_value(chosen["charges"])
