"""How far somebody is: what arrived, what was read, and what lies there too long."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains.messaging import queries
from cilis.domains.messaging.events import MessageUnread, UnreadDue
from cilis.domains.messaging.service.hints import tell_marked
from cilis.domains.messaging.types import UNREAD_AFTER, Conversation
from cilis.infra import outbox
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.viewer import Viewer


def mark(
    conversation_id: UUID, viewer: Viewer, *, read: int = 0, delivered: int = 0
) -> Conversation:
    """Say that the viewer has read, or received, everything up to a number; never goes back.

    Raises:
        ConversationNotFound: no such conversation of the viewer's.
    """
    me = viewer.person
    with transaction() as session:
        # locked, so that no message is added while what is unread is counted
        last = queries.lock(session, conversation_id, me).last_number
        row = queries.member_of(session, conversation_id, me)
        before = (row.read_number, row.delivered_number)
        row.read_number = max(row.read_number, min(read, last))
        row.delivered_number = max(row.delivered_number, row.read_number, min(delivered, last))
        if row.read_number > before[0]:
            row.unread = queries.unread_after(session, conversation_id, me, row.read_number)
            if row.unread:
                _look_later(session, conversation_id, me, row.read_number)
        session.flush()
        now = queries.conversation(session, conversation_id, me)
    if (now.mine.read, now.mine.delivered) != before:
        tell_marked(now)
    return now


def _look_later(session: Session, conversation_id: UUID, person_id: UUID, number: int) -> None:
    """Set the timer of what follows a number: it came in the shadow of what is read by now."""
    first = queries.first_unread(session, conversation_id, person_id, number)
    timer = UnreadDue(message_id=first)
    outbox.emit(session, timer, at=clock.now() + UNREAD_AFTER, subject=conversation_id)


def mark_arrived(viewer: Viewer) -> None:
    """Say that the viewer's browser has heard of everything that was written to the viewer."""
    with transaction() as session:
        found = queries.arrive(session, viewer.person)
        seen = queries.several(session, viewer.person, found)
    for each in seen:
        tell_marked(each)


def tell_unread(message_id: UUID) -> None:
    """Report a message that still lies unread, with those that came after it; repeatable."""
    with transaction() as session:
        message = queries.message(session, message_id)
        if message is None or message.sender_id is None:
            return
        seen = queries.conversation(session, message.conversation_id, message.sender_id)
        if seen.theirs.read >= message.number:
            return
        waiting = queries.member_of(session, seen.id, seen.other_id).unread
        fact = MessageUnread(
            message_id=message.id,
            conversation_id=seen.id,
            from_person_id=message.sender_id,
            to_person_id=seen.other_id,
            unread=max(waiting, 1),
        )
        outbox.emit(session, fact, subject=seen.id)
