"""Opening, moving, closing and entering the room of a booking."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains import bookings, extensions, identity, tenants
from cilis.domains.meetings import queries
from cilis.domains.meetings.errors import MeetingNotFound, MeetingNotReady, MeetingOver, NotYet
from cilis.domains.meetings.events import MeetingJoined, RoomWanted
from cilis.domains.meetings.models import Meeting, MeetingJoin
from cilis.domains.meetings.types import MeetingState, Window
from cilis.hooks.failures import PluginError
from cilis.hooks.manager import PluginFailed
from cilis.hooks.meetings import JoinOrder, MeetingOrder, MeetingRole, OpenedMeeting
from cilis.infra import outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.viewer import Viewer

KIND = "meetings"
VIDEO = "video"
OPEN_SECONDS = 20.0
JOIN_SECONDS = 3.0
_NOT_BOOKED_YET = (bookings.BookingState.HELD, bookings.BookingState.PENDING)
_HAS_ROOM = (bookings.BookingState.CONFIRMED, bookings.BookingState.COMPLETED)


def open_room(booking_id: UUID) -> None:
    """Make the room of a confirmed booking, or bring it to the booking's present time.

    Repeatable: the provider gives the same room for the same meeting. Where no provider is
    switched on the meeting stays planned, until one is.
    """
    with transaction() as session:
        booking = bookings.get(session, booking_id)
        if booking.state != bookings.BookingState.CONFIRMED:
            return  # cancelled before this was delivered
        if booking.mode != VIDEO:
            return  # they meet elsewhere
        meeting = _planned(session, booking)
        active = _provider(session, meeting)
        subject = tenants.organization(session).name
    if active is None:
        return
    order = MeetingOrder(meeting.id.hex, subject, meeting.starts_at, meeting.ends_at)
    opened: OpenedMeeting = extensions.call(active, OPEN_SECONDS, "open", order, active.settings)
    with transaction() as session:
        found = queries.of_booking(session, booking_id, lock=True)
        if found is not None and found.state != MeetingState.CLOSED:
            found.state, found.provider = MeetingState.OPEN, active.key
            found.room, found.provider_data = opened.room, dict(opened.provider_data)


def close_room(booking_id: UUID) -> None:
    """Close the room of a booking that will not take place; repeatable."""
    with transaction() as session:
        meeting = queries.of_booking(session, booking_id, lock=True)
        if meeting is None:
            return
        meeting.state = MeetingState.CLOSED
        active = _provider(session, meeting) if meeting.room else None
    if active is not None:
        opened = OpenedMeeting(meeting.room, meeting.provider_data)
        extensions.call(active, OPEN_SECONDS, "close", opened, active.settings)


def want_rooms() -> None:
    """A provider was switched on or off: let every meeting without a room ask for one.

    A room of a provider that is off cannot be entered; where another one is on, it makes a new one.
    """
    with transaction() as session:
        providers = [active.key for active in extensions.active(session, KIND)]
        if not providers:
            return
        for booking_id in queries.without_room(session, clock.now(), providers):
            outbox.emit(session, RoomWanted(booking_id=booking_id), subject=booking_id)


def window(session: Session, viewer: Viewer, booking_id: UUID) -> tuple[Window, MeetingState]:
    """When the viewer may enter, and whether there is a room.

    Raises:
        MeetingNotFound: not a booking that has a meeting, or the viewer takes no part in it.
    """
    booking, _ = _part_in(session, viewer, booking_id)
    if booking.mode != VIDEO:
        raise MeetingNotFound(f"the session is {booking.mode}")
    meeting = queries.of_booking(session, booking_id)
    state = meeting.state if meeting else MeetingState.PLANNED
    return Window.around(booking.starts_at, booking.ends_at), state


def takes_place(booking: bookings.Booking) -> bool:
    """Whether a booking has a session in a room, or has had it just now."""
    return booking.mode == VIDEO and booking.state in _HAS_ROOM


def join(booking_id: UUID, viewer: Viewer) -> str:
    """The viewer's personal way into the room: the expert is its host, the client a guest.

    Raises:
        MeetingNotFound: no such booking, or the viewer takes no part in it.
        NotYet: the room opens ten minutes before the session.
        MeetingOver: it closed half an hour after it, or the booking was cancelled.
        MeetingNotReady: the room is not made yet, or its provider does not answer.
    """
    with reading() as session:
        entry = _entry(session, viewer, booking_id)
    order = JoinOrder(
        room=entry.meeting.room,
        person_reference=viewer.person.hex,
        name=entry.name,
        email="",  # everybody inside would see it
        role=entry.role,
        language=viewer.language,
        opens_at=entry.meeting.opens_at,
        closes_at=entry.meeting.closes_at,
        provider_data=entry.meeting.provider_data,
    )
    try:
        address: str = extensions.call(
            entry.active, JOIN_SECONDS, "join", order, entry.active.settings
        )
    except (PluginError, PluginFailed) as problem:
        raise MeetingNotReady(f"{entry.active.key} gave no way in") from problem
    with transaction() as session:
        session.add(
            MeetingJoin(
                id=ids.new(),
                meeting_id=entry.meeting.id,
                person_id=viewer.person,
                role=entry.role.value,
                at=clock.now(),
            )
        )
        told = MeetingJoined(
            booking_id=booking_id,
            person_id=viewer.person,
            other_person_id=entry.other_person_id,
        )
        outbox.emit(session, told, subject=booking_id)
    return address


@dataclass(frozen=True)
class _Entry:
    meeting: Meeting
    active: extensions.Active
    role: MeetingRole
    name: str
    other_person_id: UUID | None


def _entry(session: Session, viewer: Viewer, booking_id: UUID) -> _Entry:
    booking, role = _part_in(session, viewer, booking_id)
    _check_time(booking)
    meeting = queries.of_booking(session, booking_id)
    if meeting is None or meeting.state != MeetingState.OPEN:
        raise MeetingNotReady(f"booking {booking_id} has no room")
    if meeting.starts_at != booking.starts_at or meeting.ends_at != booking.ends_at:
        raise MeetingNotReady("the room is still being moved")
    active = _provider(session, meeting)
    if active is None or active.key != meeting.provider:
        raise MeetingNotReady(f"{meeting.provider} is off")
    name = identity.person(session, viewer.person).name
    is_host = role == MeetingRole.HOST
    other = booking.client_id if is_host else booking.expert_person_id
    return _Entry(meeting, active, role, name, other)


def _check_time(booking: bookings.Booking) -> None:
    if booking.mode != VIDEO:
        raise MeetingNotFound(f"the session is {booking.mode}")
    if booking.state in _NOT_BOOKED_YET:
        raise MeetingNotFound(f"the booking is still {booking.state}")
    if booking.state not in _HAS_ROOM:
        raise MeetingOver(f"the booking is {booking.state}")
    times = Window.around(booking.starts_at, booking.ends_at)
    now = clock.now()
    if now < times.opens_at:
        raise NotYet(times.opens_at)
    if now >= times.closes_at:
        raise MeetingOver(f"closed at {times.closes_at}")


def _part_in(
    session: Session, viewer: Viewer, booking_id: UUID
) -> tuple[bookings.Booking, MeetingRole]:
    """The booking and the viewer's role; staff who may see a booking still may not walk in."""
    booking = bookings.visible(session, viewer, booking_id)
    if viewer.person == booking.expert_person_id:
        return booking, MeetingRole.HOST
    if viewer.person == booking.client_id:
        return booking, MeetingRole.GUEST
    raise MeetingNotFound(f"{viewer.person_id} takes no part in {booking_id}")


def _planned(session: Session, booking: bookings.Booking) -> Meeting:
    """The booking's meeting at the booking's time, made if there is none."""
    session.execute(
        insert(Meeting)
        .values(
            id=ids.new(),
            booking_id=booking.id,
            state=MeetingState.PLANNED,
            provider="",
            room="",
            provider_data={},
            **_times(booking),
        )
        .on_conflict_do_nothing()
    )
    meeting = queries.of_booking(session, booking.id, lock=True)
    if meeting is None:
        raise MeetingNotFound(f"the meeting of {booking.id} vanished")
    session.refresh(booking)  # moved while we waited for the row: the present time counts
    for field, value in _times(booking).items():
        setattr(meeting, field, value)
    return meeting


def _times(booking: bookings.Booking) -> dict[str, object]:
    times = Window.around(booking.starts_at, booking.ends_at)
    return {
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
        "opens_at": times.opens_at,
        "closes_at": times.closes_at,
    }


def _provider(session: Session, meeting: Meeting) -> extensions.Active | None:
    """The provider that made the room while it is on, else the first one that is."""
    active = extensions.active(session, KIND)
    same = [each for each in active if each.key == meeting.provider]
    return next(iter(same or active), None)
