"""What figures are made of; nothing that anybody wrote is in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.experts.models import Expert, ExpertTopic
from cilis.domains.experts.types import ExpertState


@dataclass(frozen=True, slots=True)
class ExpertFact:
    """One expert: since when, where they stand, and the first of the chosen topics."""

    id: UUID
    person_id: UUID
    state: ExpertState
    verified_at: datetime | None
    topic_id: UUID | None


_MAIN_TOPIC = (
    sa.select(ExpertTopic.topic_id)
    .where(ExpertTopic.expert_id == Expert.id)
    .order_by(ExpertTopic.position, ExpertTopic.topic_id)
    .limit(1)
    .correlate(Expert)
    .scalar_subquery()
)


def facts(session: Session, expert_ids: Collection[UUID]) -> Sequence[ExpertFact]:
    """The facts of these experts in no order; unknown ids are left out (one query)."""
    return _facts(session, Expert.id.in_(expert_ids))


def facts_of_people(session: Session, person_ids: Collection[UUID]) -> Sequence[ExpertFact]:
    """The facts of the experts that these people are; who is none is left out (one query)."""
    return _facts(session, Expert.person_id.in_(person_ids))


def _facts(session: Session, wanted: sa.ColumnElement[bool]) -> list[ExpertFact]:
    rows = session.execute(
        sa.select(
            Expert.id,
            Expert.person_id,
            Expert.state,
            Expert.verified_at,
            _MAIN_TOPIC.label("topic"),
        ).where(wanted)
    )
    return [
        ExpertFact(row.id, row.person_id, row.state, row.verified_at, row.topic) for row in rows
    ]
