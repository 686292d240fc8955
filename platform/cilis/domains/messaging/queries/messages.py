"""Messages of a conversation in the order of their numbers, and files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.messaging.errors import ConversationNotFound, MessageFileNotFound
from cilis.domains.messaging.models import MessageFileRow, MessageRow
from cilis.domains.messaging.types import Message, MessageKind, SentFile
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page, decode_cursor, encode_cursor

TABLE = MessageRow.__table__
LINE = sa.select(*(column for column in TABLE.c if column.name != "words"))
"""A message without what it is found by; plain rows, since this is the hottest read."""


def messages_page(
    session: Session,
    conversation_id: UUID,
    *,
    cursor: str | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Page[Message]:
    """Some messages, always in their order (index: conversation_id, number).

    Without more: the newest; the cursor leads to older ones. With ``after``: those that follow
    that number, and the cursor leads to newer ones; nothing is ever added before a number that
    was seen, so asking for what comes after the last one known misses nothing.
    """
    newer, place = _direction(cursor, after)
    found = LINE.where(TABLE.c.conversation_id == conversation_id)
    number = TABLE.c.number
    if place is not None:
        found = found.where(number > place if newer else number < place)
    ordered = found.order_by(number if newer else number.desc()).limit(limit + 1)
    rows = session.connection().execute(ordered).all()
    items = _with_files(session, [as_message(row) for row in rows[:limit]])
    more = None
    if len(rows) > limit:
        more = encode_cursor("newer" if newer else "older", items[-1].number)
    return Page(items if newer else items[::-1], more)


def older_than(number: int) -> str:
    """The cursor of what stands before a number."""
    return encode_cursor("older", number)


def message(session: Session, message_id: UUID) -> Message | None:
    """One message."""
    row = session.connection().execute(LINE.where(TABLE.c.id == message_id)).one_or_none()
    return _with_files(session, [as_message(row)])[0] if row else None


def by_sending(session: Session, conversation_id: UUID, sending_id: UUID) -> Message | None:
    """The message that came of a sending, if it came."""
    found = LINE.where(TABLE.c.conversation_id == conversation_id, TABLE.c.sending_id == sending_id)
    row = session.connection().execute(found).one_or_none()
    return _with_files(session, [as_message(row)])[0] if row else None


def last_of(session: Session, numbers: Mapping[UUID, int]) -> dict[UUID, Message]:
    """The messages with these numbers, by conversation; in one query, without their files."""
    if not numbers:
        return {}
    pairs = sa.tuple_(TABLE.c.conversation_id, TABLE.c.number)
    rows = session.connection().execute(LINE.where(pairs.in_(list(numbers.items()))))
    return {row.conversation_id: as_message(row) for row in rows}


def unread_after(session: Session, conversation_id: UUID, person_id: UUID, number: int) -> int:
    """How many messages from the other side come after a number."""
    found = sa.select(sa.func.count()).where(*_to(conversation_id, person_id, number))
    return session.scalar(found) or 0


def first_unread(session: Session, conversation_id: UUID, person_id: UUID, number: int) -> UUID:
    """The first message from the other side after a number; the caller knows that there is one."""
    found = sa.select(TABLE.c.id).where(*_to(conversation_id, person_id, number))
    first: UUID = session.scalars(found.order_by(TABLE.c.number).limit(1)).one()
    return first


def _to(conversation_id: UUID, person_id: UUID, number: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        TABLE.c.conversation_id == conversation_id,
        TABLE.c.number > number,
        TABLE.c.sender_id != person_id,  # lines of the house have no sender and do not count
    )


def files_of(
    session: Session, conversation_id: UUID, *, cursor: str | None = None, limit: int = 20
) -> Page[SentFile]:
    """The files that were sent, newest first (index: conversation_id, id)."""
    found = sa.select(MessageFileRow).where(
        MessageFileRow.conversation_id == conversation_id, MessageFileRow.message_id.is_not(None)
    )
    if cursor:
        found = found.where(MessageFileRow.id < id_of(cursor))
    rows = session.scalars(found.order_by(MessageFileRow.id.desc()).limit(limit + 1)).all()
    items = [as_file(row) for row in rows[:limit]]
    return Page(items, encode_cursor(str(items[-1].id)) if len(rows) > limit else None)


def file_of(
    session: Session, conversation_id: UUID, file_id: UUID, person_id: UUID
) -> MessageFileRow:
    """A file that a member may fetch: a sent one, or an own upload; raises MessageFileNotFound."""
    row = session.get(MessageFileRow, file_id)
    if (
        row is None
        or row.conversation_id != conversation_id
        or (row.message_id is None and row.person_id != person_id)
    ):
        raise MessageFileNotFound(f"no file {file_id} in {conversation_id}")
    return row


def sent_by(session: Session, message_id: UUID, person_id: UUID) -> Message:
    """A message that this person sent; raises ConversationNotFound for any other."""
    found = message(session, message_id)
    if found is None or found.sender_id != person_id:
        raise ConversationNotFound(f"{message_id} is not {person_id}'s")
    return found


def own_file(session: Session, file_id: UUID, person_id: UUID) -> SentFile:
    """A file that this person uploaded; raises MessageFileNotFound for any other."""
    row = session.get(MessageFileRow, file_id)
    if row is None or row.person_id != person_id:
        raise MessageFileNotFound(f"{file_id} is not {person_id}'s")
    return as_file(row)


def lock_file(session: Session, file_id: UUID) -> MessageFileRow | None:
    """One file's row, locked until the caller's transaction ends."""
    found = sa.select(MessageFileRow).where(MessageFileRow.id == file_id)
    return session.scalar(found.with_for_update())


def _direction(cursor: str | None, after: int | None) -> tuple[bool, int | None]:
    if not cursor:
        return after is not None, after
    way, place = decode_cursor(cursor, 2)
    if way not in {"older", "newer"} or not isinstance(place, int) or abs(place) >= 2**31:
        raise InvalidInput({"cursor": ["not_a_cursor"]})
    return way == "newer", place


def id_of(cursor: str) -> UUID:
    """The id in a cursor of one; raises InvalidInput on ``cursor``."""
    (last,) = decode_cursor(cursor, 1)
    try:
        return UUID(last)
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem


def _with_files(session: Session, items: list[Message]) -> list[Message]:
    """The same messages with their files: one query, and none when there is no message."""
    by_message: dict[UUID, list[SentFile]] = defaultdict(list)
    wanted = [item.id for item in items if item.kind is MessageKind.TEXT]
    if wanted:
        rows = session.scalars(
            sa.select(MessageFileRow)
            .where(MessageFileRow.message_id.in_(wanted))
            .order_by(MessageFileRow.id)
        )
        for row in rows:
            if row.message_id is not None:
                by_message[row.message_id].append(as_file(row))
    return [
        replace(item, files=tuple(by_message[item.id])) if item.id in by_message else item
        for item in items
    ]


def as_message(row: sa.Row[Any] | MessageRow) -> Message:
    """A row as other rooms see it, without its files."""
    return Message(
        row.id,
        row.conversation_id,
        row.number,
        row.sender_id,
        row.sending_id,
        MessageKind(row.kind),
        row.text,
        row.detail,
        row.created_at,
    )


def as_file(row: MessageFileRow) -> SentFile:
    """A row as other rooms see it: without the place where its content lies."""
    return SentFile(
        row.id,
        row.conversation_id,
        row.message_id,
        row.person_id,
        row.name,
        row.size,
        row.content_type,
        row.created_at,
    )
