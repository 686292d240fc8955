"""Coupons, packages and everybody's credit, as the API shows them to staff and takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, post_load

from cilis.domains.credits.models import Coupon, CouponUse, Credit, Package
from cilis.domains.credits.types import (
    CouponState,
    CouponWish,
    CreditKind,
    CreditState,
    GiftRules,
    PackageWish,
    Scope,
)
from cilis.domains.ledger import Line, PostingKind
from cilis.domains.payments import BorneBy
from cilis.infra.http.paging import PageArgs, page_schema
from cilis.infra.http.schemas import (
    Instant,
    MoneySchema,
    Strict,
    Text,
    Translations,
    between,
    money,
    one_of,
)
from cilis.kit import clock
from cilis.kit.money import Money

_MOST_MINOR = 10**12
_MOST_USES = 10**9
_DAYS = between(1, 3650)
_MINOR = {"description": "minor units of the organization's currency"}
_SCOPE = ("topic_id", "service_id", "expert_id")


def _amount(least: int = 1, **more: Any) -> fields.Integer:
    return fields.Integer(
        strict=True, validate=between(least, _MOST_MINOR), metadata=_MINOR, **more
    )


def _count(most: int, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=between(1, most), **more)


class ScopeSchema(Strict):
    """Which sessions something holds for; nothing given: all of them."""

    topic_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "A field, with all below it."}
    )
    service_id = fields.UUID(load_default=None, allow_none=True)
    expert_id = fields.UUID(load_default=None, allow_none=True)


class CouponWishSchema(ScopeSchema):
    """A coupon to make: a percentage or an amount. Without a code one is made."""

    code = Text(load_default="", most=60)
    percent = _count(100, load_default=None, allow_none=True)
    amount_minor = _amount(load_default=None, allow_none=True)
    starts_at = Instant(load_default=None, allow_none=True)
    ends_at = Instant(load_default=None, allow_none=True)
    most = _count(_MOST_USES, load_default=None, allow_none=True)
    most_each = _count(_MOST_USES, load_default=1, allow_none=True)
    least_minor = _amount(0, load_default=0)
    client_id = fields.UUID(load_default=None, allow_none=True)
    borne_by = fields.Enum(BorneBy, by_value=True, load_default=BorneBy.SHARED)
    note = Text(load_default="", most=500)

    @post_load
    def _to_wish(self, data: dict[str, Any], **_: Any) -> CouponWish:
        scope = Scope(**{name: data.pop(name) for name in _SCOPE})
        return CouponWish(scope=scope, **data)


class CouponSchema(Strict):
    """A coupon. ``used`` counts the sessions that it makes cheaper now."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    percent = fields.Integer(required=True, allow_none=True)
    amount = fields.Nested(MoneySchema, required=True, allow_none=True)
    starts_at = Instant(required=True, allow_none=True)
    ends_at = Instant(required=True, allow_none=True)
    most = fields.Integer(required=True, allow_none=True)
    most_each = fields.Integer(required=True, allow_none=True)
    used = fields.Integer(required=True)
    least = fields.Nested(MoneySchema, required=True)
    client_id = fields.UUID(required=True, allow_none=True)
    topic_id = fields.UUID(required=True, allow_none=True)
    service_id = fields.UUID(required=True, allow_none=True)
    expert_id = fields.UUID(required=True, allow_none=True)
    borne_by = fields.String(required=True, validate=one_of(*BorneBy))
    note = fields.String(required=True)
    state = fields.String(required=True, validate=one_of(*CouponState))
    made_by = fields.UUID(required=True, allow_none=True)
    made_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)


class CouponUseSchema(Strict):
    """A session that a coupon makes cheaper, from the hold on."""

    booking_id = fields.UUID(required=True)
    client_id = fields.UUID(required=True)
    amount = fields.Nested(MoneySchema, required=True)
    taken_at = Instant(required=True)


class CouponDetailSchema(CouponSchema):
    """A coupon with what it has granted in all, and its latest hundred uses."""

    granted = fields.Nested(MoneySchema, required=True)
    uses = fields.List(fields.Nested(CouponUseSchema), required=True)


class PackageWishSchema(ScopeSchema):
    """A package of sessions as it is to be sold."""

    name = Translations(required=True, most=80)
    sessions = _count(1000, required=True)
    price_minor = _amount(required=True)
    days = fields.Integer(strict=True, load_default=365, validate=_DAYS)
    most_minor = _amount(load_default=None, allow_none=True)
    minutes = _count(24 * 60, load_default=None, allow_none=True)
    borne_by = fields.Enum(BorneBy, by_value=True, load_default=BorneBy.SHARED)
    refundable = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    is_on = fields.Boolean(load_default=True, truthy={True}, falsy={False})

    @post_load
    def _to_wish(self, data: dict[str, Any], **_: Any) -> PackageWish:
        scope = Scope(**{name: data.pop(name) for name in (*_SCOPE, "minutes")})
        return PackageWish(scope=scope, **data)


class PackageSchema(Strict):
    """A package of sessions. ``unit`` is a session's part of the price, rounded down."""

    id = fields.UUID(required=True)
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    sessions = fields.Integer(required=True)
    price = fields.Nested(MoneySchema, required=True)
    unit = fields.Nested(MoneySchema, required=True)
    days = fields.Integer(required=True)
    most = fields.Nested(
        MoneySchema,
        required=True,
        allow_none=True,
        metadata={"description": "The dearest session that one of them pays for."},
    )
    topic_id = fields.UUID(required=True, allow_none=True)
    service_id = fields.UUID(required=True, allow_none=True)
    expert_id = fields.UUID(required=True, allow_none=True)
    minutes = fields.Integer(required=True, allow_none=True)
    borne_by = fields.String(required=True, validate=one_of(*BorneBy))
    refundable = fields.Boolean(required=True)
    is_on = fields.Boolean(required=True)
    made_at = Instant(required=True)


class PackageListSchema(Strict):
    """All packages, those on sale first."""

    items = fields.List(fields.Nested(PackageSchema), required=True)


class GiftRulesSchema(Strict):
    """Whether gift credit is sold, of which amounts, and for how many days it holds."""

    is_on = fields.Boolean(required=True, truthy={True}, falsy={False})
    least_minor = _amount(0, required=True)
    most_minor = _amount(0, required=True)
    days = fields.Integer(required=True, strict=True, validate=_DAYS)

    @post_load
    def _to_rules(self, data: dict[str, Any], **_: Any) -> GiftRules:
        return GiftRules(**data)


class CreditListArgs(PageArgs):
    """Query of the list of everybody's credit; a person's is what they own or bought."""

    person_id = fields.UUID(load_default=None, allow_none=True)


class CreditWishSchema(Strict):
    """Credit to give to somebody at the organization's cost."""

    person_id = fields.UUID(required=True)
    amount_minor = _amount(required=True)
    reason = Text(required=True, least=1, most=500)
    days = fields.Integer(strict=True, load_default=365, validate=_DAYS)


class ClientCreditSchema(Strict):
    """A credit and what is left of it. ``owner_id`` is null for a gift that nobody has taken."""

    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    kind = fields.String(required=True, validate=one_of(*CreditKind))
    state = fields.String(required=True, validate=one_of(*CreditState))
    owner_id = fields.UUID(required=True, allow_none=True)
    buyer_id = fields.UUID(required=True, allow_none=True)
    given_by = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True)
    recipient = fields.String(required=True)
    amount = fields.Nested(MoneySchema, required=True)
    left = fields.Nested(MoneySchema, required=True)
    package_id = fields.UUID(required=True, allow_none=True)
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    sessions = fields.Integer(required=True, allow_none=True)
    sessions_left = fields.Integer(required=True, allow_none=True)
    payment_id = fields.UUID(required=True, allow_none=True)
    made_at = Instant(required=True)
    opened_at = Instant(required=True, allow_none=True)
    ends_at = Instant(required=True, allow_none=True)
    closed_at = Instant(required=True, allow_none=True)


class MovementSchema(Strict):
    """What came to a credit, or went; ``subject_id`` is a booking's or the credit's own id."""

    at = Instant(required=True)
    kind = fields.String(required=True, validate=one_of(*PostingKind))
    subject_id = fields.UUID(required=True)
    change = fields.Nested(MoneySchema, required=True)


class ClientCreditDetailSchema(ClientCreditSchema):
    """A credit with its latest hundred movements, oldest first."""

    movements = fields.List(fields.Nested(MovementSchema), required=True)


CouponPageSchema = page_schema(CouponSchema)
ClientCreditPageSchema = page_schema(ClientCreditSchema)


def show_coupon(found: Coupon) -> dict[str, Any]:
    """One coupon without its uses."""
    names = ("id", "code", "starts_at", "ends_at", "most", "most_each", "used", "client_id")
    more = (*_SCOPE, "borne_by", "note", "made_by", "made_at", "ended_at")
    return {
        **{name: getattr(found, name) for name in (*names, *more)},
        "percent": None if found.percent_bp is None else found.percent_bp // 100,
        "amount": _shown(found.amount),
        "least": money(found.least),
        "state": found.state_at(clock.now()),
    }


def show_coupon_whole(found: Coupon, uses: Sequence[CouponUse], granted: Money) -> dict[str, Any]:
    """One coupon with its uses."""
    return {
        **show_coupon(found),
        "granted": money(granted),
        "uses": [
            {
                "booking_id": use.booking_id,
                "client_id": use.client_id,
                "amount": money(Money(use.amount_minor, found.currency)),
                "taken_at": use.taken_at,
            }
            for use in uses
        ],
    }


def show_package(found: Package) -> dict[str, Any]:
    """One package."""
    names = ("id", "name", "sessions", "days", "borne_by", "refundable", "is_on", "made_at")
    scope = Scope.from_json(found.scope)
    return {
        **{name: getattr(found, name) for name in names},
        **{name: getattr(scope, name) for name in (*_SCOPE, "minutes")},
        "price": money(found.price),
        "unit": money(found.unit),
        "most": _shown(found.most),
    }


def show_credit(found: Credit, left: Money) -> dict[str, Any]:
    """One credit without its movements."""
    names = ("id", "reference", "kind", "state", "owner_id", "buyer_id", "given_by", "reason")
    times = ("made_at", "opened_at", "ends_at", "closed_at")
    more = ("recipient", "package_id", "name", "sessions", *times)
    return {
        **{name: getattr(found, name) for name in (*names, *more)},
        "amount": money(found.amount),
        "left": money(left),
        "sessions_left": found.sessions_left(left),
        "payment_id": found.paid_attempt_id,
    }


def show_movement(line: Line) -> dict[str, Any]:
    """One line of a credit's account."""
    return {
        "at": line.at,
        "kind": line.kind,
        "subject_id": line.subject_id,
        "change": money(line.change),
    }


def _shown(amount: Money | None) -> dict[str, Any] | None:
    return None if amount is None else money(amount)
