"""A person's name, and the words by which staff find the person."""

from __future__ import annotations

import sqlalchemy as sa

from cilis.domains.identity import queries
from cilis.domains.identity.models import PersonRow
from cilis.infra.db import transaction
from cilis.kit import text


def set_name(row: PersonRow, name: str, language: str) -> None:
    """Give a row a name, on one line, and its place in lists of the organization's language."""
    row.name = text.one_line(name)
    row.sort_key = text.sort_key(row.name, language)


def set_words(row: PersonRow) -> None:
    """Write what a person is found by anew; after every change of name, address or number."""
    row.words = queries.search_words(row.name, row.email, row.phone or "")


def fill_words(limit: int = 500) -> int:
    """Write the words of people who were put in without them; returns how many those were.

    Seeds copy rows into the table, and older rows have none. Safe on two workers at once.
    """
    found = (
        sa.select(PersonRow)
        .where(sa.text("words = ''"))
        .order_by(PersonRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with transaction() as session:
        rows = session.scalars(found).all()
        for row in rows:
            set_words(row)
    return len(rows)
