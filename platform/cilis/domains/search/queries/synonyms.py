"""Reads of the groups of synonyms."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.search.errors import SynonymsNotFound
from cilis.domains.search.models import SynonymGroup
from cilis.domains.search.types import Synonyms
from cilis.kit.text import fold


def synonyms(session: Session) -> list[Synonyms]:
    """All groups, by their first words; there are few."""
    rows = session.execute(sa.select(SynonymGroup.id, SynonymGroup.words))
    found = [Synonyms(row.id, tuple(row.words)) for row in rows]
    return sorted(found, key=lambda group: (fold(group.words[0]), group.id))


def synonyms_of(session: Session, group_id: UUID) -> Synonyms:
    """One group; raises SynonymsNotFound."""
    row = session.get(SynonymGroup, group_id)
    if row is None:
        raise SynonymsNotFound(f"no synonyms {group_id}")
    return Synonyms(row.id, tuple(row.words))


def matching(keys: Collection[str]) -> sa.Select[tuple[list[str]]]:
    """A question for the words of all groups that hold something of these keys."""
    wanted = sa.literal(sorted(keys), sa.ARRAY(sa.Text()))
    known = SynonymGroup.keys.op("&&", return_type=sa.Boolean())(wanted)
    return sa.select(SynonymGroup.words).where(known).order_by(SynonymGroup.id)
