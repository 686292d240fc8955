"""Who is to hear of a thing: written down once, then sent by a timer of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import bookings, extensions, identity
from cilis.domains.notifications.events import NoticeDue, ReminderDue
from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.types import REMINDERS, Kind, NoticeState, Side, Wish
from cilis.infra import outbox
from cilis.infra.db import transaction
from cilis.kit import clock, ids

CHANNELS = "notifications"
BOTH = (Side.CLIENT, Side.EXPERT)


def tell_person(kind: Kind, key: str, person_id: UUID, subject_id: UUID, **detail: Any) -> None:
    """Let one person hear of a fact; a repeat under the same key changes nothing."""
    with transaction() as session:
        _write_down(session, [Wish(kind, key, person_id, subject_id, detail)])


def tell_staff(kind: Kind, key: str, subject_id: UUID, **detail: Any) -> None:
    """Let every admin of the organization hear of a fact."""
    with transaction() as session:
        admins = identity.with_role(session, identity.Role.ADMIN)
        _write_down(session, [Wish(kind, key, admin.id, subject_id, detail) for admin in admins])


def tell_both(
    kind: Kind,
    booking_id: UUID,
    *,
    sides: Iterable[Side] = BOTH,
    by_sequence: bool = False,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Let the sides of a booking hear of a fact; a client who has no account yet hears nothing.

    ``by_sequence``: the fact may come again after the booking is moved.
    """
    with transaction() as session:
        booking = bookings.get(session, booking_id)
        _tell_sides(session, kind, booking, sides, by_sequence=by_sequence, detail=detail or {})


def plan_reminders(booking_id: UUID) -> None:
    """Set the timers of a booking's reminders; those of an older time find out by themselves."""
    with transaction() as session:
        booking = bookings.get(session, booking_id)
        for kind, before in REMINDERS.items():
            at = booking.starts_at - before
            if at <= clock.now():
                continue  # booked so late that the confirmation itself reminds
            event = ReminderDue(booking_id=booking_id, kind=kind.value, sequence=booking.sequence)
            outbox.emit(session, event, at=at, subject=booking_id)


def remind(booking_id: UUID, kind: Kind, sequence: int) -> None:
    """A session comes near: tell both, unless it was cancelled or moved meanwhile."""
    with transaction() as session:
        booking = bookings.get(session, booking_id)
        confirmed = booking.state == bookings.BookingState.CONFIRMED
        if confirmed and booking.sequence == sequence:
            _tell_sides(session, kind, booking, BOTH, by_sequence=True, detail={})


def _tell_sides(
    session: Session,
    kind: Kind,
    booking: bookings.Booking,
    sides: Iterable[Side],
    *,
    by_sequence: bool,
    detail: Mapping[str, Any],
) -> None:
    people = {Side.CLIENT: booking.client_id, Side.EXPERT: booking.expert_person_id}
    key = f"{kind}:{booking.id}" + (f":{booking.sequence}" if by_sequence else "")
    wishes = [
        Wish(kind, key, person_id, booking.id, {**detail, "side": side.value})
        for side in sides
        if (person_id := people[side]) is not None
    ]
    _write_down(session, wishes)


def _write_down(session: Session, wishes: Iterable[Wish]) -> None:
    """One row for each person and channel; only a new one is sent."""
    channels = extensions.active(session, CHANNELS)
    for wish in wishes:
        for channel in channels:
            made = session.execute(
                insert(NoticeRow)
                .values(
                    id=ids.new(),
                    key=wish.key,
                    kind=wish.kind,
                    person_id=wish.person_id,
                    channel=channel.key,
                    subject_id=wish.subject_id,
                    detail=dict(wish.detail),
                    state=NoticeState.QUEUED,
                    tries=0,
                    problem="",
                    created_at=clock.now(),
                )
                .on_conflict_do_nothing()
                .returning(NoticeRow.id)
            ).scalar()
            if made is not None:
                outbox.emit(session, NoticeDue(notice_id=made), subject=wish.person_id)
