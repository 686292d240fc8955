"""Rooms follow their bookings. Every listener may run twice, and late."""

from __future__ import annotations

from cilis.domains import bookings, extensions
from cilis.domains.meetings import service
from cilis.domains.meetings.events import RoomWanted
from cilis.infra.outbox import listens_to


@listens_to(bookings.BookingConfirmed, slow=True)
def open_room(event: bookings.BookingConfirmed) -> None:
    """The booking will take place: it needs a room."""
    service.open_room(event.booking_id)


@listens_to(bookings.BookingMoved, slow=True)
def move_room(event: bookings.BookingMoved) -> None:
    """The hour changed: the same room opens at another time."""
    service.open_room(event.booking_id)


@listens_to(RoomWanted, slow=True)
def try_again(event: RoomWanted) -> None:
    """Providers were switched meanwhile."""
    service.open_room(event.booking_id)


@listens_to(bookings.BookingCancelled, slow=True)
def close_room(event: bookings.BookingCancelled) -> None:
    """The booking will not take place."""
    service.close_room(event.booking_id)


@listens_to(extensions.ExtensionSwitched, slow=True)
def give_rooms(event: extensions.ExtensionSwitched) -> None:
    """Meetings without a provider, or whose provider is off, get a room of another one."""
    if event.kind == service.KIND:
        service.want_rooms()
