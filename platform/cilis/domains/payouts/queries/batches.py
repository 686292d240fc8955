"""Batches, payouts and corrections, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.payouts.errors import AdjustmentNotFound, BatchNotFound, PayoutNotFound
from cilis.domains.payouts.models import Adjustment, Payout, PayoutBatch
from cilis.domains.payouts.types import AdjustmentState, BatchState
from cilis.infra.paging import newest_page
from cilis.kit.pagination import Page


def batch(session: Session, batch_id: UUID, *, lock: bool = False) -> PayoutBatch:
    """One batch; raises BatchNotFound."""
    found = session.get(PayoutBatch, batch_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise BatchNotFound(f"no batch {batch_id}")
    return found


def batches_page(
    session: Session,
    *,
    state: BatchState | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[PayoutBatch]:
    """Batches, newest first."""
    found = sa.select(PayoutBatch)
    if state is not None:
        found = found.where(PayoutBatch.state == state)
    return newest_page(session, found, (PayoutBatch.made_at, PayoutBatch.id), cursor, limit)


def payouts_of(session: Session, batch_id: UUID) -> Sequence[Payout]:
    """All payouts of a batch, in the order of their experts."""
    found = sa.select(Payout).where(Payout.batch_id == batch_id).order_by(Payout.expert_id)
    return session.scalars(found).all()


def payout(session: Session, payout_id: UUID, *, lock: bool = False) -> Payout:
    """One payout; raises PayoutNotFound."""
    found = session.get(Payout, payout_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise PayoutNotFound(f"no payout {payout_id}")
    return found


def payouts_page(
    session: Session, expert_id: UUID, *, cursor: str | None = None, limit: int = 20
) -> Page[Payout]:
    """An expert's payouts, newest first."""
    found = sa.select(Payout).where(Payout.expert_id == expert_id)
    return newest_page(session, found, (Payout.ordered_at, Payout.id), cursor, limit)


def adjustment(session: Session, adjustment_id: UUID, *, lock: bool = False) -> Adjustment:
    """One correction; raises AdjustmentNotFound."""
    found = session.get(Adjustment, adjustment_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise AdjustmentNotFound(f"no correction {adjustment_id}")
    return found


def adjustments_of(session: Session, expert_id: UUID, *, limit: int = 20) -> Sequence[Adjustment]:
    """An expert's newest corrections."""
    found = sa.select(Adjustment).where(Adjustment.expert_id == expert_id)
    newest = found.order_by(Adjustment.asked_at.desc(), Adjustment.id.desc()).limit(limit)
    return session.scalars(newest).all()


def waiting_adjustments(session: Session, *, limit: int = 100) -> Sequence[Adjustment]:
    """Corrections that wait for a second person, oldest first."""
    found = sa.select(Adjustment).where(Adjustment.state == AdjustmentState.WAITING)
    return session.scalars(found.order_by(Adjustment.asked_at, Adjustment.id).limit(limit)).all()


def waiting(session: Session) -> tuple[int, int]:
    """What waits for a second person: batches, and corrections."""
    batches = sa.select(sa.func.count()).where(PayoutBatch.state == BatchState.WAITING)
    corrections = sa.select(sa.func.count()).where(Adjustment.state == AdjustmentState.WAITING)
    both = sa.select(batches.scalar_subquery(), corrections.scalar_subquery())
    row = session.execute(both).one()
    return int(row[0]), int(row[1])
