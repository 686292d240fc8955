"""What coupons and credits hold for, and which credits can pay for a session."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cilis.domains import experts
from cilis.domains.credits.models import Credit
from cilis.domains.credits.queries.credits import left_of, open_credits
from cilis.domains.credits.types import Bill, CreditKind, Scope, Usable, session_part
from cilis.kit.money import Money


def holds_for(session: Session, scope: Scope, bill: Bill) -> bool:
    """Whether a scope holds for a session."""
    if scope.expert_id not in {None, bill.expert_id}:
        return False
    if scope.service_id not in {None, bill.service_id}:
        return False
    if scope.minutes is not None and bill.length.total_seconds() > scope.minutes * 60:
        return False
    return scope.topic_id is None or scope.topic_id in experts.fields_of(session, bill.expert_id)


def usable(session: Session, bill: Bill) -> list[Usable]:
    """The client's credits that can pay for a session, the soonest to end first.

    A package's session pays for all of it; other credit for as much as is left.
    """
    found = open_credits(session, bill.client_id, bill.price.currency)
    left = left_of(session, found)
    shown = (_usable(session, one, left[one.id], bill) for one in found if left[one.id].minor > 0)
    return [one for one in shown if one is not None]


def _usable(session: Session, one: Credit, left: Money, bill: Bill) -> Usable | None:
    if one.kind is not CreditKind.PACKAGE:
        pays = Money(min(left.minor, bill.price.minor), left.currency)
        return Usable(one.id, one.kind, one.name, left, pays, one.ends_at)
    unit = session_part(left.minor, one.unit_minor, one.sessions or 1)
    too_dear = one.most_minor is not None and bill.price.minor > one.most_minor
    if not unit or too_dear or not holds_for(session, Scope.from_json(one.scope), bill):
        return None
    pays = Money(min(unit, bill.price.minor), left.currency)
    sessions = one.sessions_left(left)
    return Usable(one.id, one.kind, one.name, left, pays, one.ends_at, sessions)
