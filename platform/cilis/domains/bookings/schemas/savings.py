"""What the API takes and says of coupons and of credit that can pay for a hold."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from cilis.domains.bookings.types import BALANCE, CreditChoice
from cilis.infra.http.schemas import MoneySchema, Strict, Text, money, one_of


class CouponSchema(Strict):
    """The code that makes a hold cheaper."""

    code = Text(required=True, least=1, most=60)


class UsableCreditSchema(Strict):
    """Credit that can pay for a hold: what to send as ``credit``, and what it would do.

    ``kind`` is "balance" for all plain credit together, else "package".
    """

    credit = fields.String(required=True)
    kind = fields.String(required=True, validate=one_of(BALANCE, "package"))
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    available = fields.Nested(MoneySchema, required=True)
    pays = fields.Nested(MoneySchema, required=True)
    due = fields.Nested(MoneySchema, required=True)
    sessions_left = fields.Integer(required=True, allow_none=True)
    ends_at = fields.AwareDateTime(required=True, allow_none=True)


class UsableCreditsSchema(Strict):
    """The client's choices; empty where nothing pays for this hold."""

    items = fields.List(fields.Nested(UsableCreditSchema), required=True)


def show_choice(choice: CreditChoice) -> dict[str, Any]:
    """A way to use credit as the API shows it."""
    return {
        "credit": choice.key,
        "kind": "package" if choice.sessions_left is not None else BALANCE,
        "name": dict(choice.name),
        "available": money(choice.available),
        "pays": money(choice.pays),
        "due": money(choice.due),
        "sessions_left": choice.sessions_left,
        "ends_at": choice.ends_at,
    }
