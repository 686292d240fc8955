"""What every use case of the room does with an expert's row: tell others, name, check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.experts.events import ExpertChanged
from cilis.domains.experts.models import Expert, ExpertTopic, TopicRow
from cilis.domains.experts.types import MAX_TOPICS
from cilis.infra import i18n
from cilis.infra.outbox import emit
from cilis.kit import clock, ids, text
from cilis.kit.errors import InvalidInput


def changed(session: Session, expert: Expert) -> None:
    """Count the change and tell the rooms above; the row must be locked or new."""
    expert.version += 1
    expert.changed_at = clock.now()
    emit(session, ExpertChanged(expert_id=expert.id), subject=expert.id)


def rename(expert: Expert, name: str, language: str) -> None:
    """Set the name and what is made of it."""
    expert.name = name
    expert.name_folded = text.fold(name)
    # Vietnamese names are sorted by the given name, which is written last.
    key = " ".join(reversed(name.split())) if language == "vi" else name
    expert.sort_key = text.sort_key(key, language)


def free_slug(session: Session, name: str) -> str:
    """A readable address that nobody has; the constraint catches a race for it."""
    wished = text.slug(name, 48) or "expert"
    taken = set(
        session.scalars(
            sa.select(Expert.slug).where(Expert.slug.startswith(wished, autoescape=True))
        )
    )
    if wished not in taken and wished != "me":
        return wished
    numbered = (f"{wished}-{number}" for number in range(2, 100))
    found = next((slug for slug in numbered if slug not in taken), None)
    return found or f"{wished}-{ids.reference(6).lower()}"


def choose_topics(session: Session, expert_id: UUID, topic_ids: Sequence[UUID]) -> None:
    """Make these the expert's topics, in this order; raises InvalidInput on ``topic_ids``."""
    chosen = list(dict.fromkeys(topic_ids))
    if len(chosen) > MAX_TOPICS:
        raise InvalidInput({"topic_ids": ["too_many"]})
    # Locked, so that none of them is removed between this look and the rows below.
    kept = sa.select(TopicRow.id).where(TopicRow.id.in_(chosen)).order_by(TopicRow.id)
    known = set(session.scalars(kept.with_for_update(read=True, key_share=True)))
    if len(known) != len(chosen):
        raise InvalidInput({"topic_ids": ["not_a_choice"]})
    session.execute(sa.delete(ExpertTopic).where(ExpertTopic.expert_id == expert_id))
    if chosen:
        session.execute(
            sa.insert(ExpertTopic),
            [
                {"expert_id": expert_id, "topic_id": topic_id, "position": place}
                for place, topic_id in enumerate(chosen)
            ],
        )


def check_languages(session: Session, texts: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Refuse texts in a language that the organization does not speak; raises InvalidInput."""
    spoken = set(tenants.organization(session).languages)
    wrong = {
        field: ["unknown_language"]
        for field, by_language in texts.items()
        if by_language and set(by_language) - spoken
    }
    if wrong:
        raise InvalidInput(wrong)


def check_zone(zone: str | None) -> None:
    """Refuse what is not an IANA time zone; raises InvalidInput on ``time_zone``."""
    if zone is not None and not i18n.is_zone(zone):
        raise InvalidInput({"time_zone": ["unknown_time_zone"]})


def filled(texts: Mapping[str, str]) -> dict[str, str]:
    """Translations without the empty ones."""
    return {language: words for language, words in texts.items() if words}


def distinct(words: Iterable[str]) -> list[str]:
    """The words without repeats, in their order."""
    return list(dict.fromkeys(words))
