"""A booking that a code made cheaper and credit paid for: what each page says of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.web.pages.conftest import words
from tests.web.pages.test_checkout_savings import give

from cilis.domains import bookings, credits, payments
from cilis.domains.bookings import Booking, BookingState
from cilis.domains.credits import CouponWish
from cilis.infra import db
from cilis.kit import clock
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
Forward = Callable[[timedelta], None]
PART, OFF, PRICE = 200_000, 55_000, 550_000
REST = PRICE - OFF - PART


@pytest.fixture
def partly(
    scene: Scene,
    gate: Any,
    held: Callable[..., Booking],
    deliver: Callable[[], int],
    clock_forward: Forward,
) -> Booking:
    """Ten percent off by a code, a part paid by credit, the rest at the gate."""
    del gate
    credits.make_coupon(CouponWish(code="TET", percent=10), scene.viewer("admin"))
    give(scene, PART)
    booking = held(30)
    bookings.use_coupon(booking.id, "TET", scene.viewer("client"))
    bookings.start_payment(
        booking.id, "gate", scene.viewer("client"), "127.0.0.1", credit=bookings.BALANCE
    )
    clock_forward(timedelta(seconds=61))
    deliver()
    found = see(booking)
    assert found.state == BookingState.CONFIRMED
    return found


def see(booking: Booking) -> Booking:
    with db.reading() as session:
        return bookings.get(session, booking.id)


def by_credit(booking: Booking) -> payments.Attempt:
    with db.reading() as session:
        return payments.attempt(session, booking.credit_attempt_ids[0])


def test_its_page_shows_the_price_in_its_parts_and_what_happened(
    browse: Browse, partly: Booking
) -> None:
    shown = words(browse("client").get(f"/bookings/{partly.id}?lang=en").text)
    assert "Code TET −₫55,000 Price with tax ₫495,000 By credit −₫200,000 Paid ₫295,000" in shown
    assert "Paid in all ₫495,000" in shown
    assert "Code used" in shown
    assert "TET: −₫55,000" in shown
    assert "Paid: ₫295,000" in shown
    assert "and ₫200,000 by credit" in shown


def test_staff_and_expert_read_the_same(browse: Browse, partly: Booking) -> None:
    for role, path in (
        ("admin", f"/admin/bookings/{partly.id}"),
        ("expert", f"/bookings/{partly.id}"),
    ):
        shown = words(browse(role).get(f"{path}?lang=en").text)
        assert "By credit −₫200,000 Paid ₫295,000 Paid in all ₫495,000" in shown


def test_cancelling_says_what_goes_to_the_bank_and_what_is_credit_again(
    browse: Browse, partly: Booking, deliver: Callable[[], int]
) -> None:
    browser = browse("client")
    shown = words(browser.get(f"/bookings/{partly.id}/cancel?lang=en").text)
    assert "₫295,000 to the account or card that paid; ₫200,000 is credit again" in shown
    browser.submit(f"/bookings/{partly.id}/cancel", reason="")
    deliver()
    shown = words(browser.get(f"/bookings/{partly.id}?lang=en").text)
    assert "₫200,000 is credit again." in shown
    assert "₫295,000 went back to the account or card that paid" in shown
    assert "Credit again ₫200,000" in shown
    assert "Refunded ₫295,000" in shown


def test_half_of_it_goes_to_the_bank_first(
    browse: Browse, partly: Booking, clock_forward: Forward
) -> None:
    clock_forward(partly.starts_at - clock.now() - timedelta(hours=7))
    shown = words(browse("client").get(f"/bookings/{partly.id}/cancel?lang=en").text)
    assert "You get back ₫247,500 to the account or card that paid; banks need" in shown


def test_what_credit_paid_in_whole_comes_back_as_credit(
    browse: Browse, scene: Scene, gate: Any, held: Callable[..., Booking], deliver: Any
) -> None:
    give(scene, PRICE)
    booking = held(30)
    bookings.start_payment(
        booking.id, "", scene.viewer("client"), "127.0.0.1", credit=bookings.BALANCE
    )
    deliver()
    browser = browse("client")
    shown = words(browser.get(f"/bookings/{booking.id}?lang=en").text)
    assert "Paid by credit: ₫550,000" in shown
    assert "as credit, at once" in words(browser.get(f"/bookings/{booking.id}/cancel?lang=en").text)


class TestMyPayments:
    def test_show_credit_and_what_became_credit_again(
        self, browse: Browse, scene: Scene, partly: Booking, deliver: Callable[[], int]
    ) -> None:
        bookings.cancel(partly.id, scene.viewer("admin"), "The room burnt")
        deliver()
        page = browse("client").get("/account/payments?lang=en").text
        assert words(page).count("Credit again") == 1
        assert "Credit ·" in words(page)
        assert f'href="/bookings/{partly.id}"' in page

    def test_hide_credit_that_only_waited_with_an_hour(
        self,
        browse: Browse,
        scene: Scene,
        gate: Any,
        held: Callable[..., Booking],
        deliver: Callable[[], int],
        clock_forward: Forward,
    ) -> None:
        give(scene, PART)
        booking = held(30)
        client = scene.viewer("client")
        bookings.start_payment(booking.id, "gate", client, "127.0.0.1", credit=bookings.BALANCE)
        undone = by_credit(see(booking))
        bookings.cancel(booking.id, client)
        deliver()
        assert f"p-{undone.id}" not in browse("client").get("/account/payments").text
        assert f"p-{undone.id}" in browse("admin").get("/admin/payments").text
        with db.reading() as session:
            back = {one.attempt_id for one in payments.refunds_page(session, client).items}
        assert undone.id not in back

    def test_lead_to_the_credit_that_was_bought(
        self, browse: Browse, scene: Scene, gate: Any
    ) -> None:
        rules = credits.GiftRules(is_on=True, least_minor=1, most_minor=10**6, days=10)
        credits.change_gift_rules(rules, scene.viewer("admin"))
        made = credits.buy_gift(credits.GiftWish(amount_minor=PART), scene.viewer("client"))
        credits.pay_for_credit(made.id, "gate", scene.viewer("client"), "127.0.0.1")
        page = browse("client").get("/account/payments?lang=en").text
        assert f'href="/credits/{made.id}"' in page
        assert "Gift credit" in page


def test_staff_opens_a_payment_by_credit(
    browse: Browse, partly: Booking, deliver: Callable[[], int]
) -> None:
    page = browse("admin").get(f"/admin/payments/{by_credit(partly).id}?lang=en")
    assert page.status_code == 200
    assert "Paid by credit, or credit again" in page.text


def test_a_hold_whose_money_was_of_another_price_waits_for_the_new_one(
    browse: Browse,
    scene: Scene,
    gate: Any,
    held: Callable[..., Booking],
    deliver: Callable[[], int],
    clock_forward: Forward,
) -> None:
    credits.make_coupon(CouponWish(code="TET", percent=10), scene.viewer("admin"))
    booking, client = held(30), scene.viewer("client")
    bookings.start_payment(booking.id, "gate", client, "127.0.0.1")
    bookings.use_coupon(booking.id, "TET", client)
    clock_forward(timedelta(seconds=61))  # the client had paid on the older page all the same
    deliver()
    assert see(booking).state == BookingState.HELD
    shown = words(browse("client").get(f"/bookings/{booking.id}?lang=en").text)
    assert "The money of another price came and goes back" in shown
    assert "It is yours as soon as it is paid" in shown
    assert "To payment" in shown
