"""Lists for those who look after the experts."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.experts.models import Expert
from cilis.domains.experts.queries.cards import cards
from cilis.domains.experts.types import ExpertCard, ExpertState
from cilis.kit import text
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page, decode_cursor, encode_cursor


def list_for_staff(
    session: Session,
    *,
    words: str = "",
    state: ExpertState | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[ExpertCard]:
    """Experts of every state by name, page by page (index: sort_key, id; name_folded)."""
    wanted = sa.select(Expert.id, Expert.sort_key).order_by(Expert.sort_key, Expert.id)
    if state is not None:
        wanted = wanted.where(Expert.state == state)
    if words.strip():
        folded = text.fold(words.strip())
        wanted = wanted.where(Expert.name_folded.contains(folded, autoescape=True))
    if cursor:
        wanted = wanted.where(sa.tuple_(Expert.sort_key, Expert.id) > _place(cursor))
    rows = session.execute(wanted.limit(limit + 1)).all()
    shown = rows[:limit]
    found = cards(session, [row.id for row in shown])
    items = [found[row.id] for row in shown]
    if len(rows) <= limit:
        return Page(items)
    return Page(items, encode_cursor(shown[-1].sort_key, str(shown[-1].id)))


def _place(cursor: str) -> tuple[str, UUID]:
    key, last = decode_cursor(cursor, 2)
    try:
        return str(key), UUID(last)
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
