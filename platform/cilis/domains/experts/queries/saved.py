"""Whom a person or a browser keeps for later."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.experts.models import Expert, SavedExpert
from cilis.domains.experts.types import ExpertState, Saved
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page, decode_cursor, encode_cursor
from cilis.kit.viewer import Viewer


def saved_page(
    session: Session, viewer: Viewer, *, cursor: str | None = None, limit: int = 20
) -> Page[Saved]:
    """Whom the viewer keeps, the latest first; who is hidden at the moment is left out.

    One query. Raises InvalidInput on a ``cursor`` that is not ours.
    """
    if viewer.person_id is None and viewer.session_id is None:
        return Page([])
    at = sa.func.max(SavedExpert.saved_at)
    wanted = (
        sa.select(SavedExpert.expert_id, at.label("saved_at"))
        .join(Expert, Expert.id == SavedExpert.expert_id)
        .where(kept_by(viewer), Expert.state == ExpertState.PUBLISHED)
        .group_by(SavedExpert.expert_id)  # twice for a moment: by the browser and by its person
        .order_by(at.desc(), SavedExpert.expert_id.desc())
        .limit(limit + 1)
    )
    if cursor:
        last_at, last_id = _place(cursor)
        place = sa.tuple_(sa.literal(last_at), sa.literal(last_id))
        wanted = wanted.having(sa.tuple_(at, SavedExpert.expert_id) < place)
    rows = session.execute(wanted).all()
    found = [Saved(row.expert_id, row.saved_at) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(found)
    return Page(found, encode_cursor(found[-1].saved_at.isoformat(), str(found[-1].expert_id)))


def saved_among(session: Session, viewer: Viewer, expert_ids: Collection[UUID]) -> set[UUID]:
    """Which of these experts the viewer keeps: one query, none for an unknown browser."""
    if not expert_ids or (viewer.person_id is None and viewer.session_id is None):
        return set()
    wanted = sa.select(SavedExpert.expert_id).where(
        kept_by(viewer), SavedExpert.expert_id.in_(expert_ids)
    )
    return set(session.scalars(wanted))


def kept_by(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Rows of the viewer: the person's, and those that this very browser kept before.

    Both, because a browser's rows pass to the person a moment after the log-in only.
    """
    mine: list[sa.ColumnElement[bool]] = []
    if viewer.person_id is not None:
        mine.append(SavedExpert.person_id == viewer.person_id)
    if viewer.session_id is not None:
        mine.append(SavedExpert.session_id == viewer.session_id)
    return sa.or_(sa.false(), *mine)


def _place(cursor: str) -> tuple[datetime, UUID]:
    at, expert_id = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(at), UUID(expert_id)
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
