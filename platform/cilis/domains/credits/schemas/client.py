"""What the API takes and says of somebody's own credit, and of what is on sale."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from cilis.domains.credits.models import Credit, Package
from cilis.domains.credits.types import CreditKind, CreditState, GiftRules, GiftWish, Scope
from cilis.infra.http.schemas import Instant, MoneySchema, Strict, Text, money, one_of
from cilis.kit.money import Money

_SCOPE = ("topic_id", "service_id", "expert_id", "minutes")


class OnSaleArgs(Strict):
    """Which packages: all, or those that pay for sessions of an expert."""

    expert_id = fields.UUID(load_default=None, allow_none=True)


class ScopeSchema(Strict):
    """Which sessions something pays for; what is null does not narrow."""

    topic_id = fields.UUID(required=True, allow_none=True)
    service_id = fields.UUID(required=True, allow_none=True)
    expert_id = fields.UUID(required=True, allow_none=True)
    minutes = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The length at most."}
    )


class OnSaleSchema(Strict):
    """A package that can be bought; its terms are frozen when it is chosen."""

    id = fields.UUID(required=True)
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    sessions = fields.Integer(required=True)
    price = fields.Nested(MoneySchema, required=True)
    days = fields.Integer(required=True)
    most = fields.Nested(MoneySchema, required=True, allow_none=True)
    scope = fields.Nested(ScopeSchema, required=True)
    refundable = fields.Boolean(required=True)


class OnSaleListSchema(Strict):
    """Packages on sale, cheapest first."""

    items = fields.List(fields.Nested(OnSaleSchema), required=True)


class GiftOfferSchema(Strict):
    """Of which amounts gift credit is sold, and for how many days it holds."""

    is_on = fields.Boolean(required=True)
    least = fields.Nested(MoneySchema, required=True)
    most = fields.Nested(MoneySchema, required=True)
    days = fields.Integer(required=True)


class GiftWishSchema(Strict):
    """Gift credit; without a ``recipient``, an e-mail address, it is for yourself."""

    amount_minor = fields.Integer(required=True, strict=True)
    recipient = Text(load_default="", most=254)
    message = Text(load_default="", most=500)

    @post_load
    def _to_wish(self, data: dict[str, Any], **_: Any) -> GiftWish:
        return GiftWish(**data)


class CodeSchema(Strict):
    """The code of a gift, however it is written."""

    code = Text(required=True, least=1, most=60)


class CreditPaymentSchema(Strict):
    """How to pay; the amount is the credit's."""

    provider = Text(required=True, least=1, most=40)


class CreditPayAddressSchema(Strict):
    """Where to send the buyer now."""

    url = fields.String(required=True)


class CreditSchema(Strict):
    """Your credit. ``left`` is null where it is somebody else's by now: a gift that you bought.

    ``code`` is that of a gift which nobody has taken yet, for its buyer; ``recipient`` is where it
    was sent, for its buyer too.
    """

    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    kind = fields.String(required=True, validate=one_of(*CreditKind))
    state = fields.String(required=True, validate=one_of(*CreditState))
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    amount = fields.Nested(MoneySchema, required=True)
    left = fields.Nested(MoneySchema, required=True, allow_none=True)
    sessions = fields.Integer(required=True, allow_none=True)
    sessions_left = fields.Integer(required=True, allow_none=True)
    scope = fields.Nested(ScopeSchema, required=True)
    is_yours = fields.Boolean(required=True)
    recipient = fields.String(required=True)
    message = fields.String(required=True)
    reason = fields.String(required=True)
    code = fields.String(required=True)
    taken = fields.Boolean(required=True)
    may_return = fields.Boolean(required=True)
    made_at = Instant(required=True)
    opened_at = Instant(required=True, allow_none=True)
    ends_at = Instant(required=True, allow_none=True)


class CreditListSchema(Strict):
    """What you own or bought, newest first."""

    items = fields.List(fields.Nested(CreditSchema), required=True)


def show_on_sale(found: Package) -> dict[str, Any]:
    """A package as a buyer sees it."""
    names = ("id", "name", "sessions", "days", "refundable")
    return {
        **{name: getattr(found, name) for name in names},
        "price": money(found.price),
        "most": money(found.most) if found.most else None,
        "scope": _scope(found.scope),
    }


def show_gift_offer(rules: GiftRules, currency: str) -> dict[str, Any]:
    """The rules of gift credit as a buyer sees them."""
    return {
        "is_on": rules.is_on,
        "least": money(Money(rules.least_minor, currency)),
        "most": money(Money(rules.most_minor, currency)),
        "days": rules.days,
    }


def show_own(
    found: Credit,
    left: Money | None,
    *,
    code: str,
    may_return: bool,
    is_yours: bool,
    is_bought: bool,
) -> dict[str, Any]:
    """A credit as its owner or buyer sees it; ``left`` only for its owner.

    Where a gift was sent is known to its buyer alone: whoever has its code may have taken it.
    """
    names = ("id", "reference", "kind", "state", "name", "sessions", "message")
    times = ("made_at", "opened_at", "ends_at")
    return {
        **{name: getattr(found, name) for name in (*names, *times)},
        "amount": money(found.amount),
        "left": money(left) if left else None,
        "sessions_left": found.sessions_left(left) if left else None,
        "scope": _scope(found.scope),
        "is_yours": is_yours,
        "recipient": found.recipient if is_bought else "",
        "reason": found.reason,
        "code": code,
        "taken": found.owner_id is not None,
        "may_return": may_return,
    }


def _scope(kept: dict[str, Any]) -> dict[str, Any]:
    scope = Scope.from_json(kept)
    return {name: getattr(scope, name) for name in _SCOPE}
