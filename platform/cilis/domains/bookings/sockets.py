"""Hints to both sides' open pages, after the commit; a lost one costs nothing.

Socket event ``bookings.<fact>`` (the event's wire name without its version) to the rooms
``person:<client>``, ``person:<expert>`` and, for the browser that made the hold, ``session:<id>``.
Payload: ``{"booking_id": str}``. The page reads the booking again. What strangers may know, that
a start is gone or free, is told to ``expert:<id>`` by `scheduling`.
"""

from __future__ import annotations

from cilis.domains.bookings.events import (
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingDecided,
    BookingDeclined,
    BookingDisputed,
    BookingEvent,
    BookingExpired,
    BookingHeld,
    BookingMissed,
    BookingMoveClosed,
    BookingMoved,
    BookingMoveHeld,
    BookingPaidInVain,
    BookingProposalClosed,
    BookingProposed,
    BookingRequested,
)
from cilis.infra.outbox import listens_to
from cilis.infra.realtime import push

_FOR_THE_EXPERT_TOO = (
    BookingRequested,
    BookingConfirmed,
    BookingCancelled,
    BookingDeclined,
    BookingMoved,
    BookingCompleted,
    BookingMissed,
    BookingProposed,
    BookingProposalClosed,
    BookingDisputed,
    BookingDecided,
)


@listens_to(BookingHeld)
def push_held(event: BookingHeld) -> None:
    """The hour is held."""
    _push(event)


@listens_to(BookingRequested)
def push_requested(event: BookingRequested) -> None:
    """A request waits for its answer."""
    _push(event)


@listens_to(BookingConfirmed)
def push_confirmed(event: BookingConfirmed) -> None:
    """It will take place."""
    _push(event)


@listens_to(BookingCancelled)
def push_cancelled(event: BookingCancelled) -> None:
    """One side gave it up."""
    _push(event)


@listens_to(BookingDeclined)
def push_declined(event: BookingDeclined) -> None:
    """The expert said no, or nothing."""
    _push(event)


@listens_to(BookingExpired)
def push_expired(event: BookingExpired) -> None:
    """The hold is gone."""
    _push(event)


@listens_to(BookingMoved)
def push_moved(event: BookingMoved) -> None:
    """It has another time."""
    _push(event)


@listens_to(BookingCompleted)
def push_completed(event: BookingCompleted) -> None:
    """It is over."""
    _push(event)


@listens_to(BookingMissed)
def push_missed(event: BookingMissed) -> None:
    """One of the two did not come."""
    _push(event)


@listens_to(BookingPaidInVain)
def push_paid_in_vain(event: BookingPaidInVain) -> None:
    """The money goes back."""
    _push(event)


@listens_to(BookingProposed)
def push_proposed(event: BookingProposed) -> None:
    """Other times are proposed."""
    _push(event)


@listens_to(BookingProposalClosed)
def push_proposal_closed(event: BookingProposalClosed) -> None:
    """The proposal is off."""
    _push(event)


@listens_to(BookingMoveHeld)
def push_move_held(event: BookingMoveHeld) -> None:
    """Another hour is held for its difference."""
    _push(event)


@listens_to(BookingMoveClosed)
def push_move_closed(event: BookingMoveClosed) -> None:
    """It is given back."""
    _push(event)


@listens_to(BookingDisputed)
def push_disputed(event: BookingDisputed) -> None:
    """The client objects."""
    _push(event)


@listens_to(BookingDecided)
def push_decided(event: BookingDecided) -> None:
    """A person has decided."""
    _push(event)


def _push(event: BookingEvent) -> None:
    fact = event.name.rpartition(".")[0]
    rooms = [f"session:{event.session_id}"] if event.session_id else []
    rooms += [f"person:{event.client_id}"] if event.client_id else []
    if isinstance(event, _FOR_THE_EXPERT_TOO):
        rooms.append(f"person:{event.expert_person_id}")
    for room in rooms:
        push(room, fact, {"booking_id": str(event.booking_id)})
