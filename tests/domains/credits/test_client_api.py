"""The client's credit over the API: what is on sale, buying, paying, taking, giving back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from tests.domains.bookings.conftest import Deliver, World, gate, world
from tests.domains.bookings.test_api import Program, Programs, code, hoa, program
from tests.domains.bookings.test_savings import package

from cilis.domains import credits
from cilis.domains.credits import GiftRules, Scope

__all__ = ["gate", "hoa", "program", "world"]
AMOUNT = 300_000


@pytest.fixture(autouse=True)
def gifts(world: World) -> None:
    """Gift credit is sold."""
    rules = GiftRules(is_on=True, least_minor=100_000, most_minor=5_000_000, days=365)
    credits.change_gift_rules(rules, world.lan)


def money(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "VND"}


def paid(world: World, who: Program, credit: dict[str, Any], deliver: Deliver) -> dict[str, Any]:
    path = f"credits/{credit['id']}"
    first = who("POST", f"{path}/payments", json={"provider": "gate"}, key="pay")
    again = who("POST", f"{path}/payments", json={"provider": "gate"}, key="pay")
    assert (first.status_code, first.get_json()) == (201, again.get_json())
    world.gate.pays(UUID(world.gate.started[-1].reference))
    deliver()
    found: dict[str, Any] = who("GET", path).get_json()
    return found


class TestPackages:
    def test_are_seen_by_anybody_and_bought_once(
        self, world: World, hoa: Program, program: Programs, deliver: Deliver
    ) -> None:
        offer = package(world)
        [shown] = program("")("GET", "packages").get_json()["items"]
        assert (shown["id"], shown["sessions"], shown["price"]) == (
            str(offer.id), 4, money(1_600_000),
        )  # fmt: skip
        path = f"packages/{offer.id}/purchases"
        assert program("")("POST", path).status_code == 401
        first, again = hoa("POST", path, key="one"), hoa("POST", path, key="one")
        assert (first.status_code, first.get_json()) == (201, again.get_json())
        assert first.get_json()["state"] == "waiting"
        after = paid(world, hoa, first.get_json(), deliver)
        assert (after["state"], after["left"]) == ("open", money(1_600_000))
        assert (after["sessions_left"], after["may_return"]) == (4, True)
        back = hoa("POST", f"credits/{after['id']}/returns", key="back")
        repeated = hoa("POST", f"credits/{after['id']}/returns", key="back")
        assert (back.status_code, back.get_json()) == (201, repeated.get_json())
        assert back.get_json()["state"] == "returned"
        deliver()
        assert world.gate.returned == [1_600_000]

    def test_of_other_experts_are_left_out(self, world: World, hoa: Program) -> None:
        package(world, scope=Scope(service_id=world.services["plain"].id))
        package(world, scope=Scope(expert_id=world.expert_id))
        mine = {"expert_id": str(world.expert_id)}
        assert len(hoa("GET", "packages", query_string=mine).get_json()["items"]) == 2
        other = {"expert_id": str(world.cast.hoa)}
        assert hoa("GET", "packages", query_string=other).get_json()["items"] == []


class TestGift:
    def test_is_taken_by_its_code(
        self, world: World, hoa: Program, program: Programs, deliver: Deliver
    ) -> None:
        offer = program("")("GET", "credits/gift-offer").get_json()
        assert (offer["is_on"], offer["least"]) == (True, money(100_000))
        wish = {"amount_minor": AMOUNT, "recipient": "minh@example.org", "message": "Tặng"}
        made = hoa("POST", "credits/gifts", json=wish).get_json()
        assert made["code"] == ""
        bought = paid(world, hoa, made, deliver)
        assert (bought["taken"], bought["is_yours"]) == (False, False)
        minh = program("minh")
        assert code(minh("GET", f"credits/{made['id']}")) == (404, "credit_not_found")
        body = {"code": bought["code"]}
        first = minh("POST", "credits/redemptions", json=body, key="r")
        again = minh("POST", "credits/redemptions", json=body, key="r")
        assert (first.status_code, first.get_json()) == (201, again.get_json())
        assert (first.get_json()["left"], first.get_json()["message"]) == (money(AMOUNT), "Tặng")
        assert (bought["recipient"], first.get_json()["recipient"]) == ("minh@example.org", "")
        after = hoa("GET", f"credits/{made['id']}").get_json()
        assert (after["taken"], after["left"], after["code"]) == (True, None, "")
        assert code(hoa("POST", "credits/redemptions", json=body)) == (404, "gift_code_unknown")

    def test_names_the_field_that_is_wrong(self, world: World, hoa: Program) -> None:
        answer = hoa("POST", "credits/gifts", json={"amount_minor": 1})
        found = [(one["field"], one["code"]) for one in answer.get_json()["errors"]]
        assert (answer.status_code, found) == (422, [("amount_minor", "out_of_range")])
        credits.change_gift_rules(GiftRules(), world.lan)
        answer = hoa("POST", "credits/gifts", json={"amount_minor": AMOUNT})
        assert code(answer) == (409, "gifts_off")


def test_each_sees_their_own(world: World, hoa: Program, program: Programs) -> None:
    made = credits.give_credit(world.cast.hoa, AMOUNT, "sorry", world.lan)
    [shown] = hoa("GET", "credits").get_json()["items"]
    assert (shown["id"], shown["left"], shown["reason"]) == (str(made.id), money(AMOUNT), "sorry")
    assert shown == hoa("GET", f"credits/{made.id}").get_json()
    assert program("minh")("GET", "credits").get_json()["items"] == []
    assert program("")("GET", "credits").status_code == 401
    for what in ("payments", "returns"):
        answer = program("minh")("POST", f"credits/{made.id}/{what}", json={"provider": "gate"})
        assert code(answer) == (404, "credit_not_found")
    assert code(hoa("POST", f"credits/{made.id}/returns")) == (409, "credit_not_returnable")
