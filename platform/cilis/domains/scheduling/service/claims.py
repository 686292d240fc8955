"""Taking and giving back time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from cilis.domains.experts import ServiceTerms
from cilis.domains.scheduling.events import ClaimReleased, ClaimTaken
from cilis.domains.scheduling.models import Claim
from cilis.domains.scheduling.queries import queue_up
from cilis.domains.scheduling.types import Reserved, Window
from cilis.infra import outbox
from cilis.infra.db import insert_or_nothing
from cilis.kit import ids


def claim(
    session: Session, terms: ServiceTerms, starts_at: datetime, holder_id: UUID
) -> UUID | None:
    """Take a session's time with its buffers; None when somebody else holds part of it.

    Only PostgreSQL decides. A transaction that takes several claims takes them before it
    releases any, or goes through `move`: otherwise two of them could wait for each other.
    """
    during = _during(terms, starts_at)
    return _take(session, terms.expert_id, during, holder_id, starts_at)


def claim_span(session: Session, expert_id: UUID, window: Window, holder_id: UUID) -> UUID | None:
    """Take a session's time without asking for a service; None when part of it is held."""
    return _take(session, expert_id, Range(*window, bounds="[)"), holder_id, window[0])


def release(session: Session, claim_id: UUID) -> bool:
    """Give the time back; False when it was given back before."""
    expert_id = (
        session.connection()
        .execute(
            sa.update(Claim)
            .where(Claim.id == claim_id, Claim.live)
            .values(live=False)
            .returning(Claim.expert_id)
        )
        .scalar()
    )
    if expert_id is None:
        return False
    outbox.emit(session, ClaimReleased(expert_id=expert_id, claim_id=claim_id), subject=expert_id)
    return True


def retake(session: Session, claim_id: UUID) -> UUID | None:
    """Claim the same time again for the same holder; None when it is taken meanwhile."""
    found = (
        session.connection()
        .execute(
            sa.select(Claim.expert_id, Claim.during, Claim.holder_id, Claim.starts_at).where(
                Claim.id == claim_id
            )
        )
        .one()
    )
    return _take(session, found.expert_id, found.during, found.holder_id, found.starts_at)


def move(
    session: Session, claim_id: UUID, terms: ServiceTerms, starts_at: datetime, holder_id: UUID
) -> UUID | None:
    """Give one claim back and take another in its place, which may overlap the first.

    After None the caller must roll back, or the first claim is lost. Moves within one expert's
    time queue behind each other, so that two that swap places cannot lock each other out.
    """
    queue_up(session, terms.expert_id)
    release(session, claim_id)
    return claim(session, terms, starts_at, holder_id)


def reserve(
    session: Session, claim_id: UUID, terms: ServiceTerms, starts_at: datetime, holder_id: UUID
) -> Reserved | None:
    """Take a second time beside one that is held, until it is known which of them stays.

    Where the two overlap, one claim over both takes the first one's place; `move` and
    `restore` make it the one or the other. After None the caller must roll back, as with `move`.
    """
    queue_up(session, terms.expert_id)
    held = session.get_one(Claim, claim_id)
    wanted, present = _during(terms, starts_at), held.during
    if wanted.isempty or not wanted.overlaps(present):
        other = _take(session, terms.expert_id, wanted, holder_id, starts_at)
        return Reserved(claim_id, other) if other is not None else None
    release(session, claim_id)
    both = wanted.union(present)
    wide = _take(session, terms.expert_id, both, holder_id, held.starts_at)
    return Reserved(wide, None) if wide is not None else None


def restore(session: Session, claim_id: UUID, before_id: UUID) -> UUID:
    """Make a claim over two times the one that it stood for before; never fails."""
    expert_id = session.get_one(Claim, before_id).expert_id
    queue_up(session, expert_id)
    release(session, claim_id)
    found = retake(session, before_id)
    if found is None:  # it lies within what was held until this very statement
        raise RuntimeError(f"claim {before_id} lies outside of {claim_id}")
    return found


def _during(terms: ServiceTerms, starts_at: datetime) -> Range[datetime]:
    ends_at = starts_at + terms.length
    return Range(starts_at - terms.before, ends_at + terms.after, bounds="[)")


def _take(
    session: Session,
    expert_id: UUID,
    during: Range[datetime],
    holder_id: UUID,
    starts_at: datetime | None,
) -> UUID | None:
    claim_id = ids.new()
    row = {
        "id": claim_id,
        "expert_id": expert_id,
        "during": during,
        "live": True,
        "holder_id": holder_id,
        "starts_at": starts_at,
    }
    taken = session.connection().execute(_TAKE, row)
    if taken.rowcount == 0:
        return None
    outbox.emit(session, ClaimTaken(expert_id=expert_id, claim_id=claim_id), subject=expert_id)
    return claim_id


# Without the option the count is -1 once the cursor is closed, and a lost hour looks won.
_TAKE = insert_or_nothing(Claim).execution_options(preserve_rowcount=True)
