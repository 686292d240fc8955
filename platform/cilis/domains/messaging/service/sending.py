"""Writing to the other side: each message once, in one order for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.messaging import queries
from cilis.domains.messaging.events import MessageSent, UnreadDue
from cilis.domains.messaging.models import (
    ConversationRow,
    MemberRow,
    MessageFileRow,
    MessageRow,
)
from cilis.domains.messaging.service.hints import tell_sent
from cilis.domains.messaging.types import (
    MAX_FILES,
    UNREAD_AFTER,
    Message,
    MessageKind,
    MessageWish,
)
from cilis.infra import idempotency, limits, outbox
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

MOST = ("60/minute", "1000/hour")


def send(conversation_id: UUID, wish: MessageWish, viewer: Viewer) -> Message:
    """Write to the other side; the same sending again gives the message that it made.

    Raises:
        ConversationNotFound: no such conversation of the viewer's.
        InvalidInput: nothing to send, or a file that is not there or was sent already.
        TooMany: more than a person writes.
    """
    if not wish.text and not wish.file_ids:
        raise InvalidInput({"text": ["required"]})
    if len(wish.file_ids) > MAX_FILES:
        raise InvalidInput({"file_ids": ["too_many"]})
    if wish.sending_id.version == 5:  # the house's own lines: taken, one of them would not come
        raise InvalidInput({"sending_id": ["invalid"]})
    for rate in MOST:
        limits.hit("messaging.send", str(viewer.person), rate)
    with transaction() as session:
        conversation = queries.lock(session, conversation_id, viewer.person)
        known = queries.by_sending(session, conversation_id, wish.sending_id)
        sent = known or _add(session, conversation, wish, viewer.person)
        idempotency.made(session, sent.id)
    if sent.sender_id != viewer.person:
        raise InvalidInput({"sending_id": ["invalid"]})
    tell_sent(conversation, sent)
    return sent


def add_line(session: Session, conversation: ConversationRow, row: MessageRow) -> int:
    """Give a message the next number of its conversation, which the caller has locked.

    Moves the conversation up in both lists; how many messages now wait for the other side.
    """
    conversation.last_number += 1
    row.number = conversation.last_number
    session.add(row)
    session.flush()
    counts = row.sender_id is not None
    theirs = MemberRow.person_id != row.sender_id
    rows = session.execute(
        sa.update(MemberRow)
        .where(MemberRow.conversation_id == conversation.id)
        .values(
            last_at=sa.func.greatest(MemberRow.last_at, row.created_at),
            **({"unread": MemberRow.unread + sa.cast(theirs, sa.Integer)} if counts else {}),
        )
        .returning(MemberRow.person_id, MemberRow.unread)
        .execution_options(synchronize_session=False)
    )
    return max((unread for person_id, unread in rows if person_id != row.sender_id), default=0)


def _add(
    session: Session, conversation: ConversationRow, wish: MessageWish, sender: UUID
) -> Message:
    files = _claimed(session, conversation.id, wish.file_ids, sender)
    names = " ".join(file.name for file in files)
    row = MessageRow(
        id=ids.new(),
        conversation_id=conversation.id,
        sender_id=sender,
        sending_id=wish.sending_id,
        kind=MessageKind.TEXT,
        text=wish.text,
        words=queries.words_of(f"{wish.text} {names}"),
        detail={},
        created_at=clock.now(),
    )
    waiting = add_line(session, conversation, row)
    for file in files:
        file.message_id = row.id
    _report(session, conversation, row, first=waiting == 1)
    return replace(queries.as_message(row), files=tuple(queries.as_file(file) for file in files))


def _report(
    session: Session, conversation: ConversationRow, row: MessageRow, *, first: bool
) -> None:
    pair = {conversation.client_id, conversation.expert_person_id}
    assert row.sender_id is not None  # noqa: S101 - tells mypy: somebody wrote it
    (receiver,) = pair - {row.sender_id}
    fact = MessageSent(
        message_id=row.id,
        conversation_id=conversation.id,
        from_person_id=row.sender_id,
        to_person_id=receiver,
        number=row.number,
    )
    outbox.emit(session, fact, subject=conversation.id)
    if first:  # those that follow it wait in its shadow: one mail for all of them
        timer = UnreadDue(message_id=row.id)
        outbox.emit(session, timer, at=row.created_at + UNREAD_AFTER, subject=conversation.id)


def _claimed(
    session: Session, conversation_id: UUID, file_ids: Sequence[UUID], sender: UUID
) -> list[MessageFileRow]:
    """The sender's own uploads, locked; raises InvalidInput for anything else."""
    found: list[MessageFileRow] = []
    for file_id in sorted(set(file_ids)):
        file = queries.lock_file(session, file_id)
        if (
            file is None
            or file.conversation_id != conversation_id
            or file.person_id != sender
            or file.message_id is not None
        ):
            raise InvalidInput({"file_ids": ["not_a_choice"]})
        found.append(file)
    return found
