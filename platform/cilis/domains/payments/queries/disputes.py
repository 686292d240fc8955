"""Disputes: one, or by pages; what was gathered for the bank."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.payments.errors import DisputeNotFound, PaymentNotFound
from cilis.domains.payments.models import Attempt, Dispute, DisputePaper
from cilis.domains.payments.queries.attempts import is_staff, lock
from cilis.domains.payments.types import ANSWERABLE, DisputeState
from cilis.infra.paging import newest_page
from cilis.kit.pagination import Page
from cilis.kit.viewer import Viewer


def dispute(session: Session, viewer: Viewer, dispute_id: UUID) -> Dispute:
    """One dispute for the organization's staff; raises DisputeNotFound."""
    found = session.get(Dispute, dispute_id)
    if found is None or not is_staff(viewer):
        raise DisputeNotFound(f"no dispute {dispute_id}")
    return found


def lock_dispute(session: Session, dispute_id: UUID) -> tuple[Attempt, Dispute]:
    """A dispute and its attempt, locked by the attempt's row; raises DisputeNotFound."""
    found = session.get(Dispute, dispute_id)
    if found is None:
        raise DisputeNotFound(f"no dispute {dispute_id}")
    attempt = lock(session, found.attempt_id)
    session.refresh(found)
    return attempt, found


def dispute_of(session: Session, provider: str, reference: str) -> Dispute | None:
    """A dispute by the company's own name for it."""
    wanted = sa.select(Dispute).where(Dispute.provider == provider, Dispute.reference == reference)
    return session.scalar(wanted.execution_options(populate_existing=True))


def lock_numbered(session: Session, provider: str, number: str) -> Attempt:
    """The attempt that a company knows by this number, locked; raises PaymentNotFound."""
    wanted = sa.select(Attempt.id).where(
        Attempt.provider == provider, Attempt.provider_reference == number
    )
    found = session.scalar(wanted) if number else None
    if found is None:
        raise PaymentNotFound(f"{provider} knows {number}, we do not")
    return lock(session, found)


def disputes_page(
    session: Session,
    viewer: Viewer,
    *,
    state: DisputeState | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Dispute]:
    """The disputes, newest first, for the organization's staff; nobody else sees any."""
    found = sa.select(Dispute).where(sa.literal(is_staff(viewer)))
    if state is not None:
        found = found.where(Dispute.state == state)
    return newest_page(session, found, (Dispute.opened_at, Dispute.id), cursor, limit)


def disputes_waiting(session: Session) -> int:
    """How many disputes wait for evidence."""
    wanted = sa.select(sa.func.count()).where(
        Dispute.state.in_(ANSWERABLE), Dispute.told_key.is_(None)
    )
    return int(session.scalar(wanted) or 0)


def papers(session: Session, dispute_id: UUID) -> dict[str, DisputePaper]:
    """What was gathered for the bank, by field."""
    rows = session.scalars(sa.select(DisputePaper).where(DisputePaper.dispute_id == dispute_id))
    return {row.field: row for row in rows}


def contested(session: Session, attempt_ids: Collection[UUID]) -> set[UUID]:
    """Which of these attempts a bank contests and has not decided yet; a mere inquiry is none."""
    if not attempt_ids:
        return set()
    held = (DisputeState.OPEN, DisputeState.UNDER_REVIEW)
    found = sa.select(Dispute.attempt_id).where(
        Dispute.attempt_id.in_(attempt_ids), Dispute.state.in_(held)
    )
    return set(session.scalars(found))


def disputes_of(session: Session, attempt_id: UUID) -> Sequence[Dispute]:
    """The disputes about an attempt, oldest first."""
    return session.scalars(
        sa.select(Dispute).where(Dispute.attempt_id == attempt_id).order_by(Dispute.id)
    ).all()
