"""Coupons and credit over the API: the price in its parts, before and after it is paid."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from tests.domains.bookings.conftest import PRICE, Deliver, World
from tests.domains.bookings.test_api import Program, Programs, code, hoa, hold, program
from tests.domains.bookings.test_savings import bought, coupon
from tests.domains.payouts.conftest import queries
from werkzeug.test import TestResponse

from cilis.domains import credits

__all__ = ["hoa", "program", "queries"]
TENTH = PRICE.minor // 10


def money(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "VND"}


def bill(booking: dict[str, Any]) -> list[Any]:
    """Full price, discount, price, what credit paid, what is due."""
    off = booking["discount"] and booking["discount"]["amount"]["minor"]
    names = ("price", "paid_by_credit", "due")
    return [booking["full_price"]["minor"], off, *(booking[one]["minor"] for one in names)]


def wrong(answer: TestResponse) -> list[tuple[str, str]]:
    return [(one["field"], one["code"]) for one in answer.get_json()["errors"]]


class TestCoupon:
    def test_makes_a_hold_cheaper_until_it_is_dropped(self, world: World, hoa: Program) -> None:
        coupon(world)
        booking = hold(hoa, world).get_json()
        assert bill(booking) == [PRICE.minor, None, PRICE.minor, 0, PRICE.minor]
        path = f"bookings/{booking['id']}/coupon"
        first = hoa("POST", path, json={"code": "tet"}, key="c")
        again = hoa("POST", path, json={"code": "tet"}, key="c")
        assert (first.status_code, first.get_json()) == (201, again.get_json())
        cheaper = PRICE.minor - TENTH
        assert bill(first.get_json()) == [PRICE.minor, TENTH, cheaper, 0, cheaper]
        named = {"kind": "coupon", "label": "TET", "amount": money(TENTH)}
        assert first.get_json()["discount"] == named
        for _ in range(2):
            dropped = hoa("DELETE", path)
            assert (dropped.status_code, dropped.get_json()) == (200, booking)

    @pytest.mark.parametrize(
        ("typed", "why"), [("ELSE", "coupon_unknown"), ("", "required"), ("x" * 61, "too_long")]
    )
    def test_names_the_field_that_is_wrong(
        self, world: World, hoa: Program, typed: str, why: str
    ) -> None:
        path = f"bookings/{hold(hoa, world).get_json()['id']}/coupon"
        answer = hoa("POST", path, json={"code": typed})
        assert code(answer) == (422, "invalid_input")
        assert wrong(answer) == [("code", why)]

    def test_is_nothing_for_strangers(self, world: World, hoa: Program, program: Programs) -> None:
        path = f"bookings/{hold(hoa, world).get_json()['id']}"
        for method, what in (("POST", "coupon"), ("DELETE", "coupon"), ("GET", "usable-credit")):
            body = {"json": {"code": "TET"}} if method == "POST" else {}
            assert program("")(method, f"{path}/{what}", **body).status_code == 401
            assert code(program("minh")(method, f"{path}/{what}", **body))[0] == 404


class TestCredit:
    def test_is_a_choice_that_says_what_is_left_to_pay(
        self, world: World, hoa: Program, deliver: Deliver
    ) -> None:
        package = bought(world, deliver)
        credits.give_credit(world.cast.hoa, 150_000, "sorry", world.lan)
        credits.give_credit(world.cast.hoa, 50_000, "sorry", world.lan)
        path = f"bookings/{hold(hoa, world).get_json()['id']}"
        first, second = hoa("GET", f"{path}/usable-credit").get_json()["items"]
        assert (first["credit"], first["kind"]) == (str(package.id), "package")
        assert (first["sessions_left"], first["due"]) == (4, money(0))
        assert (second["credit"], second["kind"]) == ("balance", "balance")
        assert (second["pays"], second["due"]) == (money(200_000), money(PRICE.minor - 200_000))

    def test_pays_a_part_and_the_gateway_the_rest(
        self, world: World, hoa: Program, deliver: Deliver
    ) -> None:
        credits.give_credit(world.cast.hoa, 200_000, "sorry", world.lan)
        path = f"bookings/{hold(hoa, world).get_json()['id']}"
        order = {"provider": "gate", "credit": "balance"}
        assert hoa("POST", f"{path}/payments", json=order).status_code == 201
        rest = PRICE.minor - 200_000
        assert bill(hoa("GET", path).get_json()) == [PRICE.minor, None, PRICE.minor, 200_000, rest]
        # who comes back from the gateway may choose the same credit again
        [choice] = hoa("GET", f"{path}/usable-credit").get_json()["items"]
        assert choice["due"] == money(rest)
        world.gate.pays(UUID(world.gate.started[-1].reference))
        deliver()
        shown = hoa("GET", path).get_json()
        assert bill(shown) == [PRICE.minor, None, PRICE.minor, 200_000, 0]
        assert hoa("GET", "bookings").get_json()["items"] == [shown]

    def test_of_a_package_pays_for_all_of_it(
        self, world: World, hoa: Program, deliver: Deliver
    ) -> None:
        package = bought(world, deliver)
        path = f"bookings/{hold(hoa, world).get_json()['id']}"
        answer = hoa("POST", f"{path}/payments", json={"credit": str(package.id)}, key="p")
        again = hoa("POST", f"{path}/payments", json={"credit": str(package.id)}, key="p")
        assert (answer.status_code, answer.get_json()) == (201, again.get_json())
        shown = hoa("GET", path).get_json()
        assert shown["state"] == "confirmed"
        assert bill(shown) == [PRICE.minor, 100_000, 400_000, 400_000, 0]
        assert shown["discount"]["kind"] == "package"

    @pytest.mark.parametrize("choice", ["balance", "nonsense", str(UUID(int=1))])
    def test_that_is_not_there_is_named(self, world: World, hoa: Program, choice: str) -> None:
        path = f"bookings/{hold(hoa, world).get_json()['id']}/payments"
        answer = hoa("POST", path, json={"provider": "gate", "credit": choice})
        assert wrong(answer) == [("credit", "credit_not_usable")]


def test_lists_ask_as_often_however_much_was_paid_by_credit(
    world: World, hoa: Program, deliver: Deliver, queries: list[str]
) -> None:
    counts = []
    for number in (1, 3):
        for hour in range(number):
            credits.give_credit(world.cast.hoa, PRICE.minor, "sorry", world.lan)
            booking = hold(hoa, world, 8 + number + hour).get_json()
            order = {"credit": "balance"}
            assert hoa("POST", f"bookings/{booking['id']}/payments", json=order).status_code == 201
        deliver()
        queries.clear()
        assert hoa("GET", "bookings").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
