"""A conversation opens with the first booking between its two people."""

from __future__ import annotations

from uuid import UUID, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import bookings
from cilis.domains.bookings import Booking, BookingState
from cilis.domains.messaging import queries
from cilis.domains.messaging.errors import ConversationNotFound
from cilis.domains.messaging.models import ConversationRow, MemberRow, MessageRow
from cilis.domains.messaging.service.hints import tell_noticed
from cilis.domains.messaging.service.sending import add_line
from cilis.domains.messaging.types import MessageKind, NoticeKind
from cilis.infra import idempotency
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.viewer import Viewer

_NOT_TOGETHER = frozenset({BookingState.HELD, BookingState.EXPIRED})


def open_conversation(booking_id: UUID, viewer: Viewer) -> UUID:
    """The conversation of a booking's two people, for one of them; opened if there is none.

    Raises:
        BookingNotFound: no such booking, or not the viewer's.
        ConversationNotFound: the viewer is not one of the two, or it is only a hold.
    """
    with transaction() as session:
        booking = bookings.visible(session, viewer, booking_id)
        if viewer.person not in {booking.client_id, booking.expert_person_id}:
            raise ConversationNotFound(f"{viewer.person_id} takes no part in {booking_id}")
        if booking.client_id is None or booking.state in _NOT_TOGETHER:
            raise ConversationNotFound(f"{booking_id} is {booking.state}")
        found = opened(session, booking.client_id, booking.expert_id, booking.expert_person_id)
        idempotency.made(session, found)
    return found


def note_booking(booking_id: UUID, notice: NoticeKind, once: str = "") -> None:
    """Write a line about their booking into the conversation of its two people; repeatable.

    ``once`` tells facts of the same kind apart: the same fact gives one line.
    """
    with transaction() as session:
        booking = bookings.get(session, booking_id)
        if booking.client_id is None:
            return
        found = opened(session, booking.client_id, booking.expert_id, booking.expert_person_id)
        conversation = queries.lock(session, found)
        sending_id = uuid5(booking_id, f"{notice.value}:{once}")
        if queries.by_sending(session, found, sending_id) is None:
            add_line(session, conversation, _line(booking, found, sending_id, notice))
    tell_noticed(conversation)


def opened(session: Session, client_id: UUID, expert_id: UUID, expert_person_id: UUID) -> UUID:
    """The conversation of these two, made if there is none; two at once make one."""
    known = queries.between(session, client_id, expert_id)
    if known is not None:
        return known.id
    now = clock.now()
    row = {
        "id": ids.new(),
        "client_id": client_id,
        "expert_id": expert_id,
        "expert_person_id": expert_person_id,
        "last_number": 0,
        "created_at": now,
    }
    session.execute(insert(ConversationRow).values(row).on_conflict_do_nothing())
    found = queries.between(session, client_id, expert_id)
    if found is None:
        raise ConversationNotFound(f"of {client_id} with {expert_id}")
    members = [
        {
            "conversation_id": found.id,
            "person_id": person_id,
            "read_number": 0,
            "delivered_number": 0,
            "unread": 0,
            "last_at": now,
        }
        for person_id in (client_id, expert_person_id)
    ]
    session.execute(insert(MemberRow).values(members).on_conflict_do_nothing())
    return found.id


def _line(
    booking: Booking, conversation_id: UUID, sending_id: UUID, notice: NoticeKind
) -> MessageRow:
    return MessageRow(
        id=ids.new(),
        conversation_id=conversation_id,
        sender_id=None,
        sending_id=sending_id,
        kind=MessageKind.NOTICE,
        text="",
        words=queries.words_of(""),
        detail={
            "notice": notice.value,
            "booking_id": str(booking.id),
            "starts_at": booking.starts_at.isoformat(),
        },
        created_at=clock.now(),
    )
