"""Finding messages by their words, with or without diacritics, in one's own conversations."""

from __future__ import annotations

import re
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.messaging.models import MemberRow
from cilis.domains.messaging.queries.messages import LINE, TABLE, as_message, id_of
from cilis.domains.messaging.types import Message
from cilis.kit.pagination import Page, encode_cursor
from cilis.kit.text import fold

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 8


def words_of(text: str) -> sa.Function[str]:
    """What a text is found by: its words without case and diacritics."""
    return sa.func.to_tsvector(sa.text("'simple'"), " ".join(_WORD.findall(fold(text))))


def found_page(
    session: Session,
    person_id: UUID,
    question: str,
    *,
    conversation_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Message]:
    """Messages of somebody's conversations that hold all these words, newest first.

    The last letters of a word may be missing. No words: nothing is found.
    """
    words = _WORD.findall(fold(question))[:_MOST_WORDS]
    if not words:
        return Page([])
    wish = " & ".join(f"'{word}':*" for word in words)  # only letters and digits are in a word
    own = sa.select(MemberRow.conversation_id).where(MemberRow.person_id == person_id)
    if conversation_id is not None:
        own = own.where(MemberRow.conversation_id == conversation_id)
    found = LINE.where(
        TABLE.c.conversation_id.in_(own),
        TABLE.c.words.bool_op("@@")(sa.func.to_tsquery(sa.text("'simple'"), wish)),
    )
    if cursor:
        found = found.where(TABLE.c.id < id_of(cursor))
    rows = session.connection().execute(found.order_by(TABLE.c.id.desc()).limit(limit + 1)).all()
    items = [as_message(row) for row in rows[:limit]]
    return Page(items, encode_cursor(str(items[-1].id)) if len(rows) > limit else None)
