"""What the API takes and says of changes to other services."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from cilis.domains.bookings.models import BookingMove
from cilis.domains.bookings.schemas.bookings import CancelSchema
from cilis.domains.bookings.types import MovePreview, MoveState
from cilis.domains.experts import ServiceTerms
from cilis.infra.http.schemas import Instant, MoneySchema, Strict, money, one_of
from cilis.kit.money import Money


class MoveWishSchema(CancelSchema):
    """Another service of the same expert, and when."""

    service_id = fields.UUID(required=True)
    starts_at = Instant(required=True)


class MovePreviewSchema(Strict):
    """A service that the session can be moved to, and what that does to the money now."""

    service_id = fields.UUID(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    minutes = fields.Integer(required=True)
    before = fields.Nested(MoneySchema, required=True)
    after = fields.Nested(MoneySchema, required=True)
    to_pay = fields.Nested(MoneySchema, required=True)
    comes_back = fields.Nested(MoneySchema, required=True)
    kept = fields.Nested(MoneySchema, required=True)
    until = fields.AwareDateTime(required=True, allow_none=True)
    then = fields.Nested(MoneySchema, required=True, allow_none=True)


class MoveOptionsSchema(Strict):
    """What a session can be moved to; ``moves_left`` is null where there is no limit."""

    moves_left = fields.Integer(required=True, allow_none=True)
    move_until = fields.AwareDateTime(required=True)
    items = fields.List(fields.Nested(MovePreviewSchema), required=True)


class ServiceMoveSchema(Strict):
    """A change to another service. While it is open its difference can be paid."""

    id = fields.UUID(required=True)
    booking_id = fields.UUID(required=True)
    state = fields.String(required=True, validate=one_of(*(state.value for state in MoveState)))
    service_id = fields.UUID(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    price = fields.Nested(MoneySchema, required=True)
    difference = fields.Nested(MoneySchema, required=True)
    refund = fields.Nested(MoneySchema, required=True)
    held_until = fields.AwareDateTime(required=True, allow_none=True)


def show_option(terms: ServiceTerms, found: MovePreview) -> dict[str, Any]:
    """A service that the session can be moved to, as the API shows it."""
    return {
        "service_id": terms.id,
        "names": dict(terms.name),
        "minutes": int(terms.length.total_seconds()) // 60,
        "before": money(found.before),
        "after": money(found.after),
        "to_pay": money(found.to_pay),
        "comes_back": money(found.comes_back),
        "kept": money(found.kept),
        "until": found.until,
        "then": money(found.then) if found.then else None,
    }


def show_move(move: BookingMove) -> dict[str, Any]:
    """A change to another service as the API shows it."""
    return {
        "id": move.id,
        "booking_id": move.booking_id,
        "state": move.state.value,
        "service_id": move.service_id,
        "starts_at": move.starts_at,
        "ends_at": move.ends_at,
        "price": money(move.price),
        "difference": money(move.difference),
        "refund": money(Money(move.refund_minor, move.currency)),
        "held_until": move.held_until,
    }
