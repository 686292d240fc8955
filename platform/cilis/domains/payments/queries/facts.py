"""What other rooms count: payments whose money came, and what of it went back.

Money that is spent as credit came when the credit was bought, and counts there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.payments.models import Attempt, Refund
from cilis.domains.payments.types import (
    CREDIT,
    AttemptState,
    Earned,
    PaymentFact,
    RefundFact,
    RefundState,
)
from cilis.kit.money import Money

_CAME = (Attempt.state == AttemptState.CAPTURED, Attempt.provider != CREDIT)


def facts_page(session: Session, after: UUID | None, limit: int) -> list[PaymentFact]:
    """Payments whose money came, in the order of their ids, behind ``after``."""
    found = sa.select(Attempt).where(*_CAME)
    if after is not None:
        found = found.where(Attempt.id > after)
    return _facts(session, session.scalars(found.order_by(Attempt.id).limit(limit)).all())


def facts(session: Session, attempt_ids: Iterable[UUID]) -> list[PaymentFact]:
    """The same of some payments; one whose money did not come is left out."""
    wanted = list(attempt_ids)
    if not wanted:
        return []
    found = sa.select(Attempt).where(Attempt.id.in_(wanted), *_CAME)
    return _facts(session, session.scalars(found.order_by(Attempt.id)).all())


def earned(
    session: Session, person_id: UUID, currency: str, since: datetime, until: datetime
) -> Earned:
    """What a person's sessions brought in [since, until), and what went back in it."""
    came = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Attempt.amount_minor), 0)).where(
        *_earning(person_id, currency), *_came(since, until)
    )
    went = (
        sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_minor), 0))
        .join(Attempt, Attempt.id == Refund.attempt_id)
        .where(
            *_earning(person_id, currency),
            Refund.state == RefundState.DONE,
            Refund.settled_at >= since,
            Refund.settled_at < until,
        )
    )
    number, brought, returned = session.execute(came.add_columns(went.scalar_subquery())).one()
    return Earned(int(number), Money(int(brought), currency), Money(int(returned), currency))


def earned_by_day(
    session: Session, person_id: UUID, currency: str, since: datetime, until: datetime, zone: str
) -> dict[date, int]:
    """What a person's sessions brought on each day of [since, until), as days are in ``zone``."""
    day = sa.func.date(sa.func.timezone(zone, Attempt.settled_at))
    rows = session.execute(
        sa.select(day, sa.func.sum(Attempt.amount_minor))
        .where(*_earning(person_id, currency), *_came(since, until))
        .group_by(day)
    )
    return {at: int(minor) for at, minor in rows}


def _earning(person_id: UUID, currency: str) -> tuple[sa.ColumnElement[bool], ...]:
    """What a person earns by: money that came too late for its booking goes back in whole."""
    return Attempt.payee_id == person_id, Attempt.currency == currency, ~Attempt.in_vain


def _came(since: datetime, until: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Attempt.state == AttemptState.CAPTURED,
        Attempt.settled_at >= since,
        Attempt.settled_at < until,
    )


def _facts(session: Session, rows: Sequence[Attempt]) -> list[PaymentFact]:
    returned: dict[UUID, list[RefundFact]] = {row.id: [] for row in rows}
    if rows:
        ended = sa.select(Refund).where(
            Refund.attempt_id.in_(returned),
            Refund.state.in_((RefundState.DONE, RefundState.REFUSED)),
        )
        for refund in session.scalars(ended.order_by(Refund.id)):
            went = refund.state == RefundState.DONE
            at = (refund.settled_at or refund.asked_at) if went else None
            returned[refund.attempt_id].append(RefundFact(refund.id, refund.amount, at))
    return [
        PaymentFact(
            row.id,
            row.subject_id,
            row.payer_id,
            row.payee_id,
            row.amount,
            row.provider,
            row.settled_at or row.created_at,
            tuple(returned[row.id]),
        )
        for row in rows
    ]
