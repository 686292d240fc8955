"""Cards: what lists show of experts, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.experts.errors import ExpertNotFound
from cilis.domains.experts.models import Expert, ExpertTopic
from cilis.domains.experts.types import ExpertCard
from cilis.kit import clock

_TOPIC_IDS = (
    sa.select(
        sa.func.array_agg(
            sa.dialects.postgresql.aggregate_order_by(
                ExpertTopic.topic_id, ExpertTopic.position, ExpertTopic.topic_id
            )
        )
    )
    .where(ExpertTopic.expert_id == Expert.id)
    .correlate(Expert)
    .scalar_subquery()
    .label("topic_ids")
)
# Named one by one: a card must not carry the biography along.
_COLUMNS = (
    Expert.id,
    Expert.person_id,
    Expert.slug,
    Expert.name,
    Expert.honorific,
    Expert.headline,
    Expert.picture_key,
    Expert.rating_sum,
    Expert.rating_count,
    Expert.verified_at,
    Expert.languages,
    Expert.country,
    Expert.time_zone,
    Expert.experience,
    Expert.state,
    Expert.version,
    _TOPIC_IDS,
)


_MANY = sa.select(*_COLUMNS).where(
    Expert.id == sa.any_(sa.bindparam("experts", type_=sa.ARRAY(sa.Uuid())))
)


def cards(session: Session, expert_ids: Iterable[UUID]) -> dict[UUID, ExpertCard]:
    """Cards of these experts, of every state (look at ``listed``); unknown ids are left out.

    One query whatever the number.
    """
    wanted = list(dict.fromkeys(expert_ids))
    if not wanted:
        return {}
    session.flush()  # what the transaction has just changed is seen
    rows = session.connection().execute(_MANY, {"experts": wanted}).mappings()
    return {row["id"]: as_card(row) for row in rows}


def card(session: Session, expert_id: UUID) -> ExpertCard:
    """One expert's card, of every state; raises ExpertNotFound."""
    found = cards(session, [expert_id])
    if expert_id not in found:
        raise ExpertNotFound(f"no expert {expert_id}")
    return found[expert_id]


def expert_of_person(session: Session, person_id: UUID) -> UUID | None:
    """The expert that a person is; None if they never applied (index: person_id)."""
    return session.scalar(sa.select(Expert.id).where(Expert.person_id == person_id))


def biographies(session: Session, expert_ids: Iterable[UUID]) -> dict[UUID, Mapping[str, str]]:
    """The long texts (markdown by language) that cards leave out."""
    rows = session.execute(
        sa.select(Expert.id, Expert.biography).where(Expert.id.in_(list(expert_ids)))
    )
    return {row.id: row.biography for row in rows}


def ids_page(session: Session, after: UUID | None, limit: int) -> list[UUID]:
    """Ids of all experts in the order of ids, for those who go through them all."""
    wanted = sa.select(Expert.id).order_by(Expert.id).limit(limit)
    if after is not None:
        wanted = wanted.where(Expert.id > after)
    return list(session.scalars(wanted))


def with_topics(session: Session, topic_ids: Sequence[UUID]) -> list[UUID]:
    """Experts who chose one of these topics (index: topic_id)."""
    return list(
        session.scalars(
            sa.select(ExpertTopic.expert_id)
            .where(ExpertTopic.topic_id.in_(topic_ids))
            .distinct()
            .order_by(ExpertTopic.expert_id)
        )
    )


def rating_of(session: Session, expert_id: UUID) -> tuple[int, int]:
    """Sum and number of an expert's stars."""
    row = session.execute(
        sa.select(Expert.rating_sum, Expert.rating_count).where(Expert.id == expert_id)
    ).one_or_none()
    return (row.rating_sum, row.rating_count) if row else (0, 0)


def as_card(row: Mapping[Any, Any]) -> ExpertCard:
    """A card made of the columns of an expert's row."""
    count = row["rating_count"]
    return ExpertCard(
        id=row["id"],
        person_id=row["person_id"],
        slug=row["slug"],
        name=row["name"],
        honorific=row["honorific"],
        headline=row["headline"],
        picture_key=row["picture_key"],
        rating=row["rating_sum"] / count if count else None,
        rating_sum=row["rating_sum"],
        rating_count=count,
        verified=row["verified_at"] is not None,
        languages=tuple(row["languages"]),
        topic_ids=tuple(row["topic_ids"] or ()),
        country=row["country"],
        time_zone=row["time_zone"],
        experience_years=_years(row["experience"]),
        state=row["state"],
        version=row["version"],
    )


def _years(experience: Sequence[Mapping[str, Any]]) -> int:
    starts = [item["from"] for item in experience if isinstance(item.get("from"), int)]
    return max(0, clock.now().year - min(starts)) if starts else 0
