"""Every list of the API answers what its document says: no field more, none less."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema, ValidationError, fields
from tests.web.pages.conftest import booked, browse, gate, held, scene

from cilis.domains import credits
from cilis.domains.bookings import Booking
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

__all__ = ["booked", "browse", "gate", "held", "scene"]
ROLES = ("client", "expert", "support", "admin")


def _schema(view: Any) -> Schema | None:
    """The schema of a view's 200 answer, if it is a page of things."""
    documented = getattr(view, "_apidoc", {}).get("response", {}).get("responses", {})
    found = next((one["schema"] for one in documented.get(200, []) if one.get("schema")), None)
    if found is None:
        return None
    made: Schema = found() if isinstance(found, type) else found
    return made if {"items", "next_cursor"} <= set(made.fields) else None


def _odd(schema: Schema, answered: Any, place: str = "") -> list[str]:
    """Where an answer is not what its schema says: fields missing or too many, wrong values."""
    known = {field.data_key or name: field for name, field in schema.fields.items()}
    if not isinstance(answered, dict):
        return [f"{place} is {answered!r}"]
    missing = [f"{place}.{name} is missing" for name in known.keys() - answered.keys()]
    more = [f"{place}.{name} is not documented" for name in answered.keys() - known.keys()]
    return (
        missing
        + more
        + [
            odd
            for name in known.keys() & answered.keys()
            for odd in _odd_value(known[name], answered[name], f"{place}.{name}")
        ]
    )


def _odd_value(field: Any, value: Any, place: str) -> list[str]:
    if isinstance(field, fields.Method | fields.Function):
        return []  # documented without a type
    if value is None:
        return [] if field.allow_none else [f"{place} is null"]
    if isinstance(field, fields.Nested):
        rows = value if field.schema.many else [value]
        return [odd for row in rows for odd in _odd(field.schema, row, place)]
    if isinstance(field, fields.List):
        return [odd for one in value for odd in _odd_value(field.inner, one, place)]
    try:
        field.deserialize(value)
    except ValidationError as problem:
        return [f"{place}: {problem.messages}"]
    return []


def _lists(app: Flask) -> dict[str, Schema]:
    found = {}
    for rule in app.url_map.iter_rules():
        schema = _schema(app.view_functions[rule.endpoint])
        if "GET" in (rule.methods or ()) and schema is not None:
            found[rule.rule] = schema
    return found


@pytest.mark.timeout(90)
def test_lists_answer_as_documented(
    app: Flask, scene: Scene, booked: Callable[..., Booking], browse: Callable[..., Browser]
) -> None:
    booking = booked()
    credits.make_coupon(credits.CouponWish(percent=5), scene.viewer("admin"))
    credits.give_credit(scene.client, 5_000, "sorry", scene.viewer("admin"))
    names = {"expert_id": str(scene.expert), "booking_id": str(booking.id)}
    lists = _lists(app)
    assert "/api/v1/bookings" in lists
    assert "/api/v1/payments" in lists
    filled = set()
    for role in ROLES:
        browser = browse(role)
        for path, schema in lists.items():
            address = path
            for name, value in names.items():
                address = address.replace(f"<uuid:{name}>", value)
            if "<" in address:
                continue
            answer = browser.get(address)
            if answer.status_code == 422:
                answer = browser.get(address, query_string={"expert_id": names["expert_id"]})
            if answer.status_code != 200:
                continue
            assert _odd(schema, answer.json) == [], (role, address)
            if answer.json["items"]:
                filled.add(path)
    assert {
        "/api/v1/bookings", "/api/v1/client-credits", "/api/v1/coupons", "/api/v1/earnings",
        "/api/v1/payments",
    } <= filled  # fmt: skip
