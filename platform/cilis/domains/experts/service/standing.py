"""An expert's standing: the stars others gave, and whether staff let them be seen."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.experts.errors import ExpertNotFound, WrongState
from cilis.domains.experts.events import ExpertChanged
from cilis.domains.experts.models import Expert
from cilis.domains.experts.queries.profiles import locked
from cilis.domains.experts.service.changes import changed
from cilis.domains.experts.types import ExpertState
from cilis.infra import audit
from cilis.infra.db import transaction
from cilis.infra.outbox import emit
from cilis.kit import clock
from cilis.kit.errors import Forbidden, InvalidInput
from cilis.kit.viewer import Viewer


def record_rating(session: Session, expert_id: UUID, stars: int, delta: int = 1) -> None:
    """Count a review (or with ``delta=-1`` no longer count it) in the caller's transaction.

    Raises ExpertNotFound.
    """
    record_ratings(session, expert_id, [stars], delta)


def record_ratings(session: Session, expert_id: UUID, stars: Sequence[int], delta: int = 1) -> None:
    """Count several reviews at once and tell others once; raises ExpertNotFound."""
    if any(not 1 <= each <= 5 for each in stars):
        raise ValueError(f"not numbers of stars: {stars}")
    done = session.execute(
        sa.update(Expert)
        .where(Expert.id == expert_id)
        .values(
            rating_sum=Expert.rating_sum + sum(stars) * delta,
            rating_count=Expert.rating_count + len(stars) * delta,
            version=Expert.version + 1,
            changed_at=clock.now(),
        )
        .execution_options(synchronize_session="fetch")
        .returning(Expert.id)
    ).first()
    if done is None:
        raise ExpertNotFound(f"no expert {expert_id}")
    emit(session, ExpertChanged(expert_id=expert_id), subject=expert_id)


def suspend(expert_id: UUID, reason: str, viewer: Viewer) -> None:
    """Hide a published expert from visitors; bookings already made stay.

    Raises:
        WrongState: the expert is not published.
    """
    if not reason.strip():
        raise InvalidInput({"reason": ["required"]})
    _move(expert_id, ExpertState.PUBLISHED, ExpertState.SUSPENDED, viewer, reason=reason.strip())


def reinstate(expert_id: UUID, viewer: Viewer) -> None:
    """Show a suspended expert again; raises WrongState when not suspended."""
    _move(expert_id, ExpertState.SUSPENDED, ExpertState.PUBLISHED, viewer, reason="")


def _move(
    expert_id: UUID, before: ExpertState, after: ExpertState, viewer: Viewer, *, reason: str
) -> None:
    if not viewer.has("admin"):
        raise Forbidden("only an admin")
    with transaction() as session:
        expert = locked(session, expert_id)
        if expert.state is not before:
            raise WrongState(f"{expert_id} is {expert.state}", state=expert.state.value)
        expert.state = after
        changed(session, expert)
        audit.record(
            session,
            f"experts.{after.value}",
            expert_id,
            actor=viewer.person,
            detail={"reason": reason},
        )
