"""Who is to hear of a thing: written down once for the list on the pages and for each channel.

The list has it with the commit and open pages hear a hint; a channel sends by a timer of its own:
at once, at the end of somebody's quiet hours, or gathered in the letter of the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import bookings, extensions, identity
from cilis.domains.notifications import queries
from cilis.domains.notifications.events import NoticeDue, ReminderDue
from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.service import about
from cilis.domains.notifications.types import (
    MAIL_ONLY,
    MATTER_OF,
    PAGE,
    REMINDERS,
    Kind,
    Matter,
    NoticeState,
    Rules,
    Side,
    Timing,
    Wish,
)
from cilis.infra import i18n, outbox, realtime
from cilis.infra.db import transaction
from cilis.kit import clock, ids

CHANNELS = "notifications"
BOTH = (Side.CLIENT, Side.EXPERT)
HINT = "notifications.told"


def tell_person(kind: Kind, key: str, person_id: UUID, subject_id: UUID, **detail: Any) -> None:
    """Let one person hear of a fact; a repeat under the same key changes nothing."""
    with transaction() as session:
        heard = write_down(session, [Wish(kind, key, person_id, subject_id, detail)])
    hint(heard)


def tell_staff(kind: Kind, key: str, subject_id: UUID, **detail: Any) -> None:
    """Let every admin of the organization hear of a fact."""
    with transaction() as session:
        admins = identity.with_role(session, identity.Role.ADMIN)
        wishes = [Wish(kind, key, admin.id, subject_id, detail) for admin in admins]
        heard = write_down(session, wishes)
    hint(heard)


def tell_both(
    kind: Kind,
    booking_id: UUID,
    *,
    sides: Iterable[Side] = BOTH,
    by_sequence: bool = False,
    again: UUID | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Let the sides of a booking hear of a fact; a client who has no account yet hears nothing.

    ``by_sequence``: the fact may come again after the booking is moved; ``again`` names what
    tells one such fact from the next otherwise.
    """
    with transaction() as session:
        booking = bookings.get(session, booking_id)
        mark = str(again) if again else str(booking.sequence) if by_sequence else ""
        heard = _tell_sides(session, kind, booking, sides, mark=mark, detail=detail or {})
    hint(heard)


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
    """A session comes near: tell both, unless it was cancelled, moved or has begun meanwhile."""
    heard: Sequence[UUID] = ()
    with transaction() as session:
        booking = bookings.get(session, booking_id)
        confirmed = booking.state == bookings.BookingState.CONFIRMED
        ahead = booking.starts_at > clock.now()
        if confirmed and ahead and booking.sequence == sequence:
            detail = {"sequence": sequence}
            heard = _tell_sides(session, kind, booking, BOTH, mark=str(sequence), detail=detail)
    hint(heard)


def hint(people: Iterable[UUID]) -> None:
    """Let the open pages of these people look at their bell again."""
    for person_id in people:
        realtime.push(f"person:{person_id}", HINT, {})


def _tell_sides(
    session: Session,
    kind: Kind,
    booking: bookings.Booking,
    sides: Iterable[Side],
    *,
    mark: str,
    detail: Mapping[str, Any],
) -> Sequence[UUID]:
    people = {Side.CLIENT: booking.client_id, Side.EXPERT: booking.expert_person_id}
    key = f"{kind}:{booking.id}" + (f":{mark}" if mark else "")
    known = about.of_booking(session, booking)
    wishes = [
        Wish(
            kind,
            key,
            person_id,
            booking.id,
            {**detail, "side": side.value, "about": known[side]},
        )
        for side in sides
        if (person_id := people[side]) is not None
    ]
    return write_down(session, wishes)


@dataclass(frozen=True, slots=True)
class _Reader:
    """One person, and what they want to hear."""

    person: identity.Person
    rules: Rules
    now: datetime

    def due(self, matter: Matter) -> datetime | None:
        """When a channel may say it; None is at once."""
        return self.rules.not_before(matter, self.now, i18n.known_zone(self.person.time_zone))

    @property
    def digest_at(self) -> datetime:
        """When the next letter of the day goes out."""
        return self.rules.digest_at(self.now, i18n.known_zone(self.person.time_zone))


def write_down(session: Session, wishes: Sequence[Wish]) -> list[UUID]:
    """One row for each person and channel; only a new one is sent.

    Returns:
        Whose lists on the pages have grown: `hint` them after the commit.
    """
    if not wishes:
        return []
    channels = [channel.key for channel in extensions.active(session, CHANNELS)]
    readers = _readers(session, {wish.person_id for wish in wishes})
    heard = []
    for wish in wishes:
        reader = readers.get(wish.person_id)
        if reader is None:
            continue
        matter = MATTER_OF[wish.kind]
        listed = wish.kind not in MAIL_ONLY and reader.rules.timing(matter, PAGE) != Timing.OFF
        if listed and _put(session, wish, PAGE, NoticeState.SENT, reader.now):
            heard.append(wish.person_id)
        for channel in channels:
            _queue(session, wish, channel, reader)
    return heard


def _readers(session: Session, person_ids: set[UUID]) -> dict[UUID, _Reader]:
    people = identity.people(session, person_ids)
    rules = queries.rules_of(session, people)
    now = clock.now()
    return {one: _Reader(person, rules[one], now) for one, person in people.items()}


def _queue(session: Session, wish: Wish, channel: str, reader: _Reader) -> None:
    matter = MATTER_OF[wish.kind]
    timing = reader.rules.timing(matter, channel)
    if timing == Timing.OFF:
        return
    if timing == Timing.DAILY:
        if _put(session, wish, channel, NoticeState.GATHERED, reader.now):
            _plan_digest(session, channel, reader)
        return
    made = _put(session, wish, channel, NoticeState.QUEUED, reader.now)
    if made is not None:
        # In order for one person and channel; what waits for the morning holds up nothing.
        at = reader.due(matter)
        subject = made if at else uuid5(wish.person_id, channel)
        outbox.emit(session, NoticeDue(notice_id=made), at=at, subject=subject)


def _plan_digest(session: Session, channel: str, reader: _Reader) -> None:
    """The letter of the day is one notice like others: when it goes out is its key.

    The day alone would not do: who chooses a later hour on a day whose letter is out waits for it.
    """
    at = reader.digest_at
    key = f"digest:{at.astimezone(UTC):%Y-%m-%dT%H:%M}"
    wish = Wish(Kind.DIGEST, key, reader.person.id, reader.person.id)
    made = _put(session, wish, channel, NoticeState.QUEUED, reader.now)
    if made is not None:
        outbox.emit(session, NoticeDue(notice_id=made), at=at, subject=made)


def _put(
    session: Session, wish: Wish, channel: str, state: NoticeState, now: datetime
) -> UUID | None:
    """The row's id; None when this was told before."""
    return session.execute(
        insert(NoticeRow)
        .values(
            id=ids.new(),
            key=wish.key,
            kind=wish.kind,
            person_id=wish.person_id,
            channel=channel,
            subject_id=wish.subject_id,
            detail=dict(wish.detail),
            state=state,
            tries=0,
            problem="",
            created_at=now,
            sent_at=now if state == NoticeState.SENT else None,
        )
        .on_conflict_do_nothing()
        .returning(NoticeRow.id)
    ).scalar()
