"""Days that were compared, what they found, and our side of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.payments.errors import DifferenceNotFound
from cilis.domains.payments.models import Attempt, PaymentDifference, Reconciliation, Refund
from cilis.domains.payments.types import AttemptState, DifferenceState, RefundState
from cilis.infra.paging import newest_page
from cilis.kit.pagination import Page


def settled_between(
    session: Session, provider: str, since: datetime, until: datetime
) -> tuple[list[Attempt], list[tuple[Refund, Attempt]]]:
    """What we say a gateway took and gave back in [since, until)."""
    came = session.scalars(
        sa.select(Attempt).where(
            Attempt.provider == provider,
            Attempt.state == AttemptState.CAPTURED,
            Attempt.settled_at >= since,
            Attempt.settled_at < until,
        )
    ).all()
    went = session.execute(
        sa.select(Refund, Attempt)
        .join(Attempt, Attempt.id == Refund.attempt_id)
        .where(
            Attempt.provider == provider,
            Refund.state == RefundState.DONE,
            Refund.settled_at >= since,
            Refund.settled_at < until,
        )
    ).all()
    return list(came), [(row[0], row[1]) for row in went]


def opened_between(
    session: Session, provider: str, since: datetime, until: datetime
) -> list[Attempt]:
    """All attempts that were opened at a gateway in [since, until), whatever became of them."""
    found = sa.select(Attempt).where(
        Attempt.provider == provider, Attempt.created_at >= since, Attempt.created_at < until
    )
    return list(session.scalars(found).all())


def known(
    session: Session, attempt_ids: Iterable[UUID], refund_ids: Iterable[UUID]
) -> tuple[dict[UUID, Attempt], dict[UUID, Refund]]:
    """Attempts and refunds by their ids; what is not ours is left out."""
    attempts = session.scalars(sa.select(Attempt).where(Attempt.id.in_(list(attempt_ids))))
    refunds = session.scalars(sa.select(Refund).where(Refund.id.in_(list(refund_ids))))
    return {one.id: one for one in attempts}, {one.id: one for one in refunds}


def reconciliations(session: Session, limit: int = 60) -> Sequence[Reconciliation]:
    """The latest days that were compared or are still to be."""
    return session.scalars(
        sa.select(Reconciliation)
        .order_by(Reconciliation.day.desc(), Reconciliation.id.desc())
        .limit(limit)
    ).all()


def reconciliation(session: Session, row_id: UUID) -> Reconciliation:
    """One compared day; raises DifferenceNotFound."""
    found = session.get(Reconciliation, row_id)
    if found is None:
        raise DifferenceNotFound(f"no reconciliation {row_id}")
    return found


def difference(session: Session, difference_id: UUID, *, hold: bool = False) -> PaymentDifference:
    """One difference, locked where asked for; raises DifferenceNotFound."""
    found = session.get(
        PaymentDifference, difference_id, with_for_update=hold or None, populate_existing=hold
    )
    if found is None:
        raise DifferenceNotFound(f"no difference {difference_id}")
    return found


def differences_page(
    session: Session,
    *,
    state: DifferenceState | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[PaymentDifference]:
    """Differences, the newest first."""
    found = sa.select(PaymentDifference)
    if state is not None:
        found = found.where(PaymentDifference.state == state)
    order = (PaymentDifference.found_at, PaymentDifference.id)
    return newest_page(session, found, order, cursor, limit)


def open_differences(session: Session) -> int:
    """How many wait for a person."""
    number = sa.select(sa.func.count()).where(PaymentDifference.state == DifferenceState.OPEN)
    return int(session.scalar(number) or 0)
