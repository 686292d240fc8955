"""A bank transfer on the pages and over the API: chosen, shown, written down, paid out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from tests.web.pages.conftest import Gate, words

from cilis.domains import bookings, extensions, payments
from cilis.domains.bookings import Booking, BookingState
from cilis.hooks import TryLater
from cilis.infra.db import reading
from cilis.infra.i18n import format_money, speaking
from cilis.testing.fixtures import Browser, browser_on
from cilis.testing.scene import PASSWORD, Scene

Browse = Callable[..., Browser]
Deliver = Callable[[], int]
IBAN = "DE89 3704 0044 0532 0130 00"
SETTINGS = {
    "transfer": "1", "holder": "An Bình", "account": IBAN, "transfer_days": "3", "transfer_before": "1",
    "desk": "1", "desk_place": "12 Lê Lợi", "desk_days": "2", "desk_before": "1",
    "note_en": "Thank you for your trust.",
}  # fmt: skip


@pytest.fixture(autouse=True)
def by_hand(scene: Scene, gate: Gate) -> None:
    extensions.switch("payments", "manual", True, SETTINGS, scene.viewer("admin"))


@pytest.fixture
def waiting(held: Callable[..., Booking], browse: Browse) -> tuple[Booking, str]:
    """An hour that waits for a transfer, and the address of its instructions."""
    booking = held(40)
    answer = browse("client").submit(f"/checkout/{booking.id}/payment", provider="manual:transfer")
    assert answer.status_code == 303
    return booking, answer.location.partition("://")[2].partition("/")[2]


def attempt_of(booking: Booking) -> payments.Attempt:
    with reading() as session:
        return payments.of_subjects(session, [booking.id])[booking.id]


def state(booking: Booking) -> BookingState:
    with reading() as session:
        return bookings.get(session, booking.id).state


def test_the_checkout_offers_each_way_and_gateways_first(
    held: Callable[..., Booking], browse: Browse, scene: Scene
) -> None:
    browser, booking = browse("client"), held(40)
    page = browser.get(f"/checkout/{booking.id}?step=pay").text
    assert re.findall(r'name="provider" value="([^"]+)"', page) == [
        "gate", "manual:transfer", "manual:desk",
    ]  # fmt: skip
    extensions.switch("payments", "manual", True, {**SETTINGS, "desk": ""}, scene.viewer("admin"))
    page = browser.get(f"/checkout/{booking.id}?step=pay").text
    assert "manual:desk" not in page
    refused = browser.submit(f"/checkout/{booking.id}/payment", provider="manual:desk")
    assert refused.status_code == 422
    assert attempt_count(booking) == 0


def attempt_count(booking: Booking) -> int:
    with reading() as session:
        return len(payments.of_subjects(session, [booking.id]))


def test_the_client_reads_where_to_pay_and_finds_it_again(
    waiting: tuple[Booking, str], browse: Browse
) -> None:
    booking, address = waiting
    browser = browse("client")
    page = browser.get(f"/{address}?lang=en")
    said = words(page.text)
    with speaking("en"):
        price = format_money(booking.price)
    for wanted in (IBAN, booking.reference, "An Bình", price, "Thank you for your trust.",
                   "Bank transfer", "What happens next"):  # fmt: skip
        assert wanted in said
    shown = browser.get(f"/bookings/{booking.id}?lang=en").text
    assert f'href="/{address}"' in shown
    assert "waits for your payment" in shown
    assert browse("other_client").get(f"/{address}").status_code == 404
    assert browse("").get(f"/{address}").status_code in {302, 303, 401}
    summary = browser.get(f"/checkout/{booking.id}?step=pay&lang=en").text
    assert 'class="only-script"' not in summary  # nobody counts the minutes of three days


def test_another_way_can_be_chosen_meanwhile(
    waiting: tuple[Booking, str], browse: Browse, deliver: Deliver,
    clock_forward: Callable[[timedelta], None],
) -> None:  # fmt: skip
    booking, address = waiting
    browser = browse("client")
    clock_forward(timedelta(hours=5))
    paid = browser.submit(f"/checkout/{booking.id}/payment", provider="gate")
    assert paid.status_code == 303
    clock_forward(timedelta(seconds=61))
    deliver()
    assert state(booking) == BookingState.CONFIRMED
    assert browser.get(f"/{address}").location.endswith(f"/bookings/{booking.id}")


@pytest.mark.parametrize("role", ["admin", "support"])
def test_staff_write_it_down(
    waiting: tuple[Booking, str], browse: Browse, deliver: Deliver, role: str
) -> None:
    booking, address = waiting
    attempt = attempt_of(booking)
    page, post = f"/admin/payments/{attempt.id}", f"/admin/payments/{attempt.id}/receipt"
    staff = browse(role)
    assert post in staff.get(page).text
    for wrong in (
        {"amount": str(booking.price_minor - 1), "number": "7"},
        {"amount": "lots", "number": "7"},
        {"amount": str(booking.price_minor), "number": ""},
    ):
        assert staff.submit(post, **wrong).status_code == 303
        assert attempt_of(booking).state == "sent"
    right = {"amount": str(booking.price_minor), "number": "ST-7", "_key": "k-1"}
    for _ in range(2):
        assert staff.submit(post, **right).status_code == 303
    deliver()
    assert state(booking) == BookingState.CONFIRMED
    shown = staff.get(page).text
    assert post not in shown
    assert "ST-7" in shown
    assert browse("client").get(f"/{address}").status_code == 303
    again = browse("client").get(f"/{address}", headers={"HX-Request": "true"})
    assert f'href="/bookings/{booking.id}"' in again.text
    assert 'id="instructions"' in again.text
    assert browse("client").submit(post, **right).status_code == 403


def test_a_refund_is_paid_out_by_a_person(
    waiting: tuple[Booking, str], browse: Browse, deliver: Deliver
) -> None:
    booking, _ = waiting
    attempt = attempt_of(booking)
    staff = browse("admin")
    page = f"/admin/payments/{attempt.id}"
    staff.submit(f"{page}/receipt", amount=str(booking.price_minor), number="ST-7")
    deliver()
    staff.submit(f"{page}/refund", how="all", amount="", reason="a kindness")
    deliver()
    (post,) = re.findall(r'action="(/admin/refunds/[^"]+/payout)"', staff.get(page).text)
    assert staff.submit(post, number="OUT-9").status_code == 303
    with reading() as session:
        (refund,) = payments.refunds_of(session, [attempt.id])[attempt.id]
    assert (refund.state, refund.provider_reference) == ("done", "OUT-9")
    assert post not in staff.get(page).text


class Program:
    """Somebody's program."""

    def __init__(self, app: Flask, scene: Scene, role: str) -> None:
        self.browser = browser_on(app, scene.tenant)
        body = {"email": scene.emails[role], "password": PASSWORD}
        answer = self.browser.post("/api/v1/sessions", json=body)
        self.headers = {"Authorization": f"Bearer {answer.json['access_token']}"}

    def get(self, path: str) -> Any:
        return self.browser.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, body: Any, key: str) -> Any:
        headers = {**self.headers, "Idempotency-Key": key}
        return self.browser.post(f"/api/v1{path}", json=body, headers=headers)


def test_the_same_over_the_api(
    app: Flask, scene: Scene, held: Callable[..., Booking], deliver: Deliver
) -> None:
    client, staff = (Program(app, scene, role) for role in ("client", "support"))
    booking = held(40)
    offered = client.get("/payment-methods?currency=VND").json["items"]
    assert [(one["key"], one["days"]) for one in offered] == [
        ("gate", None), ("manual:transfer", 3), ("manual:desk", 2),
    ]  # fmt: skip
    body = {"provider": "manual:desk"}
    started = client.post(f"/bookings/{booking.id}/payments", body, "k-1")
    again = client.post(f"/bookings/{booking.id}/payments", body, "k-1")
    assert (started.status_code, started.json) == (201, again.json)
    payment_id = attempt_of(booking).id
    told = client.get(f"/payments/{payment_id}/instructions").json
    assert booking.reference in [line["value"] for line in told["lines"]]
    assert told["amount"]["minor"] == booking.price_minor
    receipt = {"amount_minor": booking.price_minor, "number": "till 12"}
    assert client.post(f"/payments/{payment_id}/receipts", receipt, "k-2").status_code == 403
    wrong = staff.post(f"/payments/{payment_id}/receipts", {**receipt, "amount_minor": 1}, "k-3")
    assert (wrong.status_code, wrong.json["code"]) == (422, "not_the_amount")
    for replayed in (None, "true"):
        made = staff.post(f"/payments/{payment_id}/receipts", receipt, "k-4")
        assert (made.status_code, made.json["state"]) == (201, "captured")
        assert made.headers.get("Idempotent-Replayed") == replayed
    twice = staff.post(f"/payments/{payment_id}/receipts", receipt, "k-5")
    assert (twice.status_code, twice.json["code"]) == (409, "already_paid")
    deliver()
    assert state(booking) == BookingState.CONFIRMED
    order = {"payment_id": str(payment_id), "amount_minor": 1000, "reason": "a kindness"}
    refund = staff.post("/refunds", order, "k-6").json
    deliver()
    paid_out = staff.post(f"/refunds/{refund['id']}/payouts", {"number": "OUT"}, "k-7")
    assert (paid_out.status_code, paid_out.json["state"]) == (201, "done")
    over = staff.post(f"/refunds/{refund['id']}/payouts", {"number": "OUT"}, "k-8")
    assert (over.status_code, over.json["code"]) == (409, "refund_over")


def test_a_silent_gateway_is_told_and_left(
    app: Flask,
    scene: Scene,
    gate: Gate,
    held: Callable[..., Booking],
    browse: Browse,
    deliver: Deliver,
    clock_forward: Callable[[timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page and the API say that the gateway does not answer, and another way can be chosen."""
    booking, browser = held(40), browse("client")
    program = Program(app, scene, "client")
    browser.submit(f"/checkout/{booking.id}/payment", provider="gate")
    here = f"/bookings/{booking.id}?lang=en"
    path = f"/payments/{attempt_of(booking).id}"
    assert "does not answer" not in browser.get(here).text
    assert program.get(path).json["gateway_silent"] is False

    def nothing(*_: Any) -> None:
        raise TryLater("no answer")

    monkeypatch.setattr(gate, "query", nothing)
    clock_forward(timedelta(seconds=61))
    deliver()
    shown = browser.get(here).text
    assert "Gate does not answer just now" in words(shown)
    assert f'href="/checkout/{booking.id}"' in shown
    assert program.get(path).json["gateway_silent"] is True
    other = browser.submit(f"/checkout/{booking.id}/payment", provider="manual:transfer")
    assert other.location.endswith("/instructions")
    assert program.get(path).json["gateway_silent"] is False  # nobody waits for it any more
