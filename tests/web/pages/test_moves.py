"""Changing to another service on pages: the choice, the preview, the payment, the way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from tests.web.pages.conftest import Gate

from cilis.domains import bookings, experts, tenants
from cilis.domains.bookings import Booking, MoveState
from cilis.infra.db import reading
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]


@pytest.fixture
def dear(scene: Scene) -> UUID:
    """A longer service for 800,000, and rules that allow to change to it."""
    rules = tenants.Rules(other_service=True, moves=2)
    tiers = (tenants.CancellationTier(24, 100), tenants.CancellationTier(6, 50))
    tenants.change_rules(tenants.RulesWish(cancellation=tiers, rules=rules), scene.viewer("admin"))
    wish = experts.ServiceWish(
        names={"vi": "Dài", "en": "Long talk"}, minutes=90, price_minor=800_000, notice_minutes=0
    )
    return experts.add_service(wish, scene.viewer("expert")).id


@pytest.fixture
def booking(dear: UUID, booked: Callable[..., Booking]) -> Booking:
    del dear
    return booked()


def seen(booking: Booking) -> Booking:
    with reading() as session:
        return bookings.get(session, booking.id)


def open_move(booking: Booking) -> bookings.BookingMove | None:
    with reading() as session:
        return bookings.open_move(session, booking.id)


def free(page: str) -> str:
    """The last start that the page offers."""
    found = re.findall(r'name="starts_at"[^>]*value="([^"]+)"', page)
    found = found or re.findall(r'value="([^"]+)"[^>]*name="starts_at"', page)
    return found[-1].replace("&#43;", "+")


def test_a_dearer_one_is_paid_before_the_session_moves(
    booking: Booking,
    dear: UUID,
    scene: Scene,
    gate: Gate,
    browse: Browse,
    deliver: Callable[[], int],
    clock_forward: Callable[[timedelta], None],
) -> None:
    client = browse("client")
    address = f"/bookings/{booking.id}/reschedule"
    page = client.get(address).text
    assert f"?service={dear}" in page
    page = client.get(f"{address}?service={dear}").text
    assert "250,000" in page  # 800,000 less the 550,000 that were paid
    wish = {"service_id": dear, "starts_at": free(page)}
    answer = client.submit(f"/bookings/{booking.id}/moves", **wish)
    move = open_move(booking)
    assert move is not None
    path = f"/bookings/{booking.id}/moves/{move.id}"
    assert answer.location.endswith(path)
    assert "250,000" in client.get(path).text
    assert path in client.get(f"/bookings/{booking.id}").text
    assert browse("other_client").get(path).status_code == 404

    refused = client.submit(f"{path}/payment", provider="none")
    assert refused.status_code == 422
    paid = client.submit(f"{path}/payment", provider="gate")
    assert paid.location.startswith("https://gate.example/")
    assert gate.orders[-1].amount.minor == 250_000
    clock_forward(timedelta(minutes=2))
    deliver()
    deliver()
    after = seen(booking)
    assert (after.service_id, after.price_minor) == (dear, 800_000)
    assert client.get(path).status_code == 303
    shown = client.get(f"/bookings/{booking.id}").text
    assert "800,000" in shown
    assert browse("admin").get(f"/admin/bookings/{booking.id}").status_code == 200


def test_the_client_keeps_the_hour_after_all(
    booking: Booking, dear: UUID, gate: Gate, browse: Browse
) -> None:
    client = browse("client")
    page = client.get(f"/bookings/{booking.id}/reschedule?service={dear}").text
    wish = {"service_id": dear, "starts_at": free(page)}
    client.submit(f"/bookings/{booking.id}/moves", **wish)
    move = open_move(booking)
    assert move is not None
    for _ in range(2):
        answer = client.submit(f"/bookings/{booking.id}/moves/{move.id}/release")
        assert answer.status_code == 303
    after = seen(booking)
    with reading() as session:
        assert bookings.move(session, after, move.id).state == MoveState.GIVEN_UP
    assert seen(booking).sequence == 0


def test_what_is_no_choice_is_refused(
    booking: Booking, dear: UUID, scene: Scene, gate: Gate, browse: Browse
) -> None:
    client = browse("client")
    page = client.get(f"/bookings/{booking.id}/reschedule").text
    wish = {"service_id": scene.service, "starts_at": free(page)}
    assert client.submit(f"/bookings/{booking.id}/moves", **wish).status_code == 422
    staff = browse("admin")
    assert f"?service={dear}" not in staff.get(f"/bookings/{booking.id}/reschedule").text


def test_the_checkout_says_what_comes_back_in_each_case(
    dear: UUID, scene: Scene, held: Callable[..., Booking], gate: Gate, browse: Browse
) -> None:
    rules = tenants.Rules(no_show_percent=20, expert_percent=100)
    tiers = (tenants.CancellationTier(24, 100),)
    tenants.change_rules(tenants.RulesWish(cancellation=tiers, rules=rules), scene.viewer("admin"))
    booking = held()
    page = browse("client").get(f"/checkout/{booking.id}?step=pay").text
    assert "If you do not come" in page
    assert "110,000" in page
    assert "If the expert cancels" in page
