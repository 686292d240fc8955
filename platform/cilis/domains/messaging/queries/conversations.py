"""Conversations as one of their two people sees them. Absent and forbidden are the same 404."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from cilis.domains import bookings
from cilis.domains.messaging.errors import ConversationNotFound
from cilis.domains.messaging.models import ConversationRow, MemberRow
from cilis.domains.messaging.queries.messages import last_of
from cilis.domains.messaging.types import Conversation, Marks
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page, decode_cursor, encode_cursor
from cilis.kit.viewer import Viewer

_Mine = aliased(MemberRow)
_Theirs = aliased(MemberRow)


def visible(session: Session, viewer: Viewer, conversation_id: UUID) -> Conversation:
    """One conversation of the viewer's; raises ConversationNotFound, for staff as well."""
    return conversation(session, conversation_id, viewer.person)


def conversation(session: Session, conversation_id: UUID, person_id: UUID) -> Conversation:
    """One conversation as this member sees it; raises ConversationNotFound."""
    row = session.execute(_of(person_id).where(ConversationRow.id == conversation_id)).one_or_none()
    if row is None:
        raise ConversationNotFound(f"{conversation_id} is not {person_id}'s")
    return _shown(row, person_id)


def several(
    session: Session, person_id: UUID, conversation_ids: Iterable[UUID]
) -> list[Conversation]:
    """These conversations as this member sees them, in one query; others' are left out."""
    wanted = list(conversation_ids)
    if not wanted:
        return []
    rows = session.execute(_of(person_id).where(ConversationRow.id.in_(wanted)))
    return [_shown(row, person_id) for row in rows]


def arrive(session: Session, person_id: UUID) -> list[UUID]:
    """Note for somebody that everything has arrived; in which conversations that is news."""
    last = (
        sa.select(ConversationRow.last_number)
        .where(ConversationRow.id == MemberRow.conversation_id)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.update(MemberRow)
        .where(
            MemberRow.person_id == person_id,
            MemberRow.unread > 0,
            MemberRow.delivered_number < last,
        )
        .values(delivered_number=last)
        .returning(MemberRow.conversation_id)
        .execution_options(synchronize_session=False)
    )
    return list(rows.scalars())


def conversations_page(
    session: Session, person_id: UUID, *, cursor: str | None = None, limit: int = 20
) -> Page[Conversation]:
    """Somebody's conversations with their last lines, the liveliest first.

    Two queries, however many there are (index: person_id, last_at, conversation_id).
    """
    found = _of(person_id)
    here = sa.tuple_(_Mine.last_at, _Mine.conversation_id)
    if cursor:
        found = found.where(here < sa.tuple_(*_place(cursor)))
    ordered = found.order_by(_Mine.last_at.desc(), _Mine.conversation_id.desc())
    rows = session.execute(ordered.limit(limit + 1)).all()
    shown = _with_last(session, [_shown(row, person_id) for row in rows[:limit]])
    if len(rows) <= limit:
        return Page(shown)
    return Page(shown, encode_cursor(shown[-1].last_at.isoformat(), str(shown[-1].id)))


def unread_count(session: Session, person_id: UUID) -> int:
    """How many messages wait for somebody (index: those with any)."""
    found = sa.select(sa.func.sum(MemberRow.unread)).where(
        MemberRow.person_id == person_id, MemberRow.unread > 0
    )
    return int(session.scalar(found) or 0)


def conversation_of_booking(session: Session, viewer: Viewer, booking_id: UUID) -> UUID | None:
    """The conversation of a booking's two people, for one of them; None when there is none yet."""
    booking = bookings.visible(session, viewer, booking_id)
    if booking.client_id is None or viewer.person_id not in {
        booking.client_id,
        booking.expert_person_id,
    }:
        return None
    found = between(session, booking.client_id, booking.expert_id)
    return found.id if found else None


def between(session: Session, client_id: UUID, expert_id: UUID) -> ConversationRow | None:
    """The conversation of a client with an expert."""
    return session.scalar(
        sa.select(ConversationRow).where(
            ConversationRow.client_id == client_id, ConversationRow.expert_id == expert_id
        )
    )


def lock(session: Session, conversation_id: UUID, person_id: UUID | None = None) -> ConversationRow:
    """One conversation, locked until the caller's transaction ends: nobody adds to it meanwhile.

    With ``person_id`` it must be a conversation of theirs; raises ConversationNotFound.
    """
    found = sa.select(ConversationRow).where(ConversationRow.id == conversation_id)
    if person_id is not None:
        mine = sa.or_(
            ConversationRow.client_id == person_id, ConversationRow.expert_person_id == person_id
        )
        found = found.where(mine)
    row = session.scalar(found.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise ConversationNotFound(f"no conversation {conversation_id} of {person_id}")
    return row


def member_of(session: Session, conversation_id: UUID, person_id: UUID) -> MemberRow:
    """How far somebody is; raises ConversationNotFound for a stranger."""
    row = session.get(MemberRow, (conversation_id, person_id), populate_existing=True)
    if row is None:
        raise ConversationNotFound(f"{conversation_id} is not {person_id}'s")
    return row


def _of(person_id: UUID) -> sa.Select[Any]:
    return (
        sa.select(ConversationRow, _Mine, _Theirs)
        .join(_Mine, _Mine.conversation_id == ConversationRow.id)
        .join(
            _Theirs,
            sa.and_(_Theirs.conversation_id == ConversationRow.id, _Theirs.person_id != person_id),
        )
        .where(_Mine.person_id == person_id)
    )


def _shown(row: sa.Row[Any], person_id: UUID) -> Conversation:
    whole: ConversationRow = row[0]
    mine: MemberRow = row[1]
    theirs: MemberRow = row[2]
    return Conversation(
        id=whole.id,
        client_id=whole.client_id,
        expert_id=whole.expert_id,
        expert_person_id=whole.expert_person_id,
        viewer_id=person_id,
        last_number=whole.last_number,
        last_at=mine.last_at,
        unread=mine.unread,
        mine=Marks(mine.read_number, mine.delivered_number),
        theirs=Marks(theirs.read_number, theirs.delivered_number),
    )


def _with_last(session: Session, shown: Iterable[Conversation]) -> list[Conversation]:
    found = list(shown)
    last = last_of(session, {each.id: each.last_number for each in found})
    return [replace(each, last=last.get(each.id)) for each in found]


def _place(cursor: str) -> tuple[sa.ColumnElement[datetime], sa.ColumnElement[UUID]]:
    at, last = decode_cursor(cursor, 2)
    try:
        return (
            sa.literal(datetime.fromisoformat(at), sa.DateTime(timezone=True)),
            sa.literal(UUID(last), sa.Uuid()),
        )
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
