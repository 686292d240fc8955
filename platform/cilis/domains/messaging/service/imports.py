"""Conversations that were held elsewhere, or are made up for a demo."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.messaging import queries
from cilis.domains.messaging.models import MemberRow, MessageRow
from cilis.domains.messaging.service.opening import opened
from cilis.domains.messaging.service.sending import add_line
from cilis.domains.messaging.types import MessageKind, PastMessage
from cilis.kit import ids


def import_conversation(
    session: Session,
    *,
    client_id: UUID,
    expert_id: UUID,
    expert_person_id: UUID,
    messages: Sequence[PastMessage],
    unread: int = 0,
) -> UUID:
    """Fill the conversation of two people, unless something is in it; nobody is told.

    The last ``unread`` of them have not been read by the other side; all before have.
    """
    found = opened(session, client_id, expert_id, expert_person_id)
    conversation = queries.lock(session, found)
    if conversation.last_number:
        return found
    for past in messages:
        row = MessageRow(
            id=ids.new(),
            conversation_id=found,
            sender_id=client_id if past.by_client else expert_person_id,
            sending_id=ids.new(),
            kind=MessageKind.TEXT,
            text=past.text,
            words=queries.words_of(past.text),
            detail={},
            created_at=past.at,
        )
        add_line(session, conversation, row)
    if not messages:
        return found
    reader = expert_person_id if messages[-1].by_client else client_id
    number = conversation.last_number
    read = sa.case((MemberRow.person_id == reader, number - unread), else_=number)
    session.execute(
        sa.update(MemberRow)
        .where(MemberRow.conversation_id == found)
        .values(
            read_number=read,
            delivered_number=read,
            unread=sa.case((MemberRow.person_id == reader, unread), else_=0),
            last_at=messages[-1].at,
        )
        .execution_options(synchronize_session=False)
    )
    return found
