"""What came in and what went back in a period, cut by month, way to pay or whose work it bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.payments.models import Attempt, Refund
from cilis.domains.payments.types import CREDIT, About, AttemptState, RefundState
from cilis.kit.money import Money

LONGEST_WAY = timedelta(days=90)
"""No payment takes longer from its start until its money is here; so far back the index is read."""


class Cut(StrEnum):
    """What revenue is cut by."""

    MONTH = "month"
    PROVIDER = "provider"
    PAYEE = "payee"


@dataclass(frozen=True, slots=True)
class Revenue:
    """Sums of one part; ``key`` is a month (2026-11), a provider's key or a person's id."""

    key: str
    number: int
    brought: Money
    returned: Money

    @property
    def kept(self) -> Money:
        """What stayed."""
        return self.brought - self.returned


def revenue(
    session: Session, currency: str, cut: Cut, since: datetime, until: datetime, zone: str
) -> list[Revenue]:
    """The sums of [since, until) for each month (of ``zone``), provider or payee, in its order.

    Money counts on the day it moved, as in the figures: a refund in the month in which it went.
    By month and way what was paid for credit counts when it was paid; by payee what was paid with
    it counts as theirs.
    """
    came = sa.select(
        _key(cut, Attempt.settled_at, zone).label("part"),
        sa.func.count().label("number"),
        sa.func.sum(Attempt.amount_minor).label("brought"),
        sa.literal(0).label("returned"),
    ).where(
        Attempt.state == AttemptState.CAPTURED,
        _counts(cut),
        Attempt.currency == currency,
        Attempt.created_at >= since - LONGEST_WAY,
        Attempt.created_at < until,
        Attempt.settled_at >= since,
        Attempt.settled_at < until,
    )
    went = (
        sa.select(
            _key(cut, Refund.settled_at, zone).label("part"),
            sa.literal(0),
            sa.literal(0),
            sa.func.sum(Refund.amount_minor),
        )
        .join(Attempt, Attempt.id == Refund.attempt_id)
        .where(
            Refund.state == RefundState.DONE,
            _counts(cut),
            Attempt.currency == currency,
            Refund.settled_at >= since,
            Refund.settled_at < until,
        )
    )
    both = sa.union_all(came.group_by("part"), went.group_by("part")).subquery()
    sums = sa.select(
        both.c.part,
        *(sa.func.sum(both.c[name]).label(name) for name in ("number", "brought", "returned")),
    ).group_by(both.c.part)
    rows = session.execute(sums.order_by(both.c.part.asc().nulls_last()))
    return [
        Revenue(
            str(row.part) if row.part is not None else "",
            int(row.number),
            Money(int(row.brought), currency),
            Money(int(row.returned), currency),
        )
        for row in rows
    ]


def _counts(cut: Cut) -> sa.ColumnElement[bool]:
    """Which payments a cut counts, so that no money counts twice."""
    if cut is Cut.PAYEE:
        return Attempt.about == About.BOOKING
    return Attempt.provider != CREDIT


def _key(cut: Cut, moved_at: Any, zone: str) -> sa.ColumnElement[Any]:
    if cut is Cut.MONTH:
        return sa.func.to_char(sa.func.timezone(zone, moved_at), "YYYY-MM")
    return sa.cast(Attempt.provider if cut is Cut.PROVIDER else Attempt.payee_id, sa.Text)
