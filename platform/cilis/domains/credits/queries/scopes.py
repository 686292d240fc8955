"""What coupons and credits hold for, and which credits can pay for a session."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts
from cilis.domains.credits.models import Credit
from cilis.domains.credits.queries.credits import contested, left_of, open_credits
from cilis.domains.credits.types import Bill, CreditKind, Scope, Usable, session_part
from cilis.kit.money import Money


def holds_for(session: Session, scope: Scope, bill: Bill) -> bool:
    """Whether a scope holds for a session."""
    return _fits(scope, bill, lambda: experts.fields_of(session, bill.expert_id))


def usable(
    session: Session,
    bill: Bill,
    *,
    full: Money | None = None,
    back: Mapping[UUID, Money] | None = None,
) -> list[Usable]:
    """The client's credits that can pay for a session, the soonest to end first.

    A package's session pays for all of it, weighed against ``full``, the price without a coupon;
    other credit pays for as much as is left. ``back`` is what would come back to a credit before
    it is spent anew. What a bank contests pays for nothing.
    """
    found = open_credits(session, bill.client_id, bill.price.currency)
    held = contested(session, found)
    found = [one for one in found if one.id not in held]
    left = dict(left_of(session, found))
    for credit_id, amount in (back or {}).items():
        if credit_id in left:
            left[credit_id] += amount
    fields = cache(lambda: experts.fields_of(session, bill.expert_id))
    shown = (
        _session_of(one, left[one.id], bill, full or bill.price, fields)
        if one.kind is CreditKind.PACKAGE
        else _plain(one, left[one.id], bill)
        for one in found
        if left[one.id].minor > 0
    )
    return [one for one in shown if one is not None]


def _fits(scope: Scope, bill: Bill, fields: Callable[[], Collection[UUID]]) -> bool:
    if scope.expert_id not in {None, bill.expert_id}:
        return False
    if scope.service_id not in {None, bill.service_id}:
        return False
    if scope.minutes is not None and bill.length.total_seconds() > scope.minutes * 60:
        return False
    return scope.topic_id is None or scope.topic_id in fields()


def _plain(one: Credit, left: Money, bill: Bill) -> Usable:
    pays = Money(min(left.minor, bill.price.minor), left.currency)
    return Usable(one.id, one.kind, one.name, left, pays, one.ends_at)


def _session_of(
    one: Credit, left: Money, bill: Bill, price: Money, fields: Callable[[], Collection[UUID]]
) -> Usable | None:
    unit = session_part(left.minor, one.unit_minor, one.over_minor)
    too_dear = one.most_minor is not None and price.minor > one.most_minor
    if not unit or too_dear or not _fits(Scope.from_json(one.scope), bill, fields):
        return None
    pays = Money(min(unit, price.minor), left.currency)
    sessions = one.sessions_left(left)
    return Usable(one.id, one.kind, one.name, left, pays, one.ends_at, sessions)
