"""What bookings reports, and the timers it sets for itself.

Fields are only ever added; a changed meaning is a new class with ``.v2``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class BookingEvent(Event):
    """What every fact about a booking names. ``client_id`` is unknown before the sign-up."""

    booking_id: UUID
    expert_id: UUID
    expert_person_id: UUID
    client_id: UUID | None = None
    session_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class BookingHeld(BookingEvent):
    """An hour is held for somebody who may pay for it.

    Listeners: sockets.
    """

    name: ClassVar[str] = "bookings.held.v1"


@dataclass(frozen=True, kw_only=True)
class BookingRequested(BookingEvent):
    """The booking is paid or free and waits for the expert's answer until ``answer_by``.

    Listeners: notifications (tells both sides), messaging, analytics, sockets.
    """

    name: ClassVar[str] = "bookings.requested.v1"

    answer_by: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class BookingConfirmed(BookingEvent):
    """The booking will take place.

    Listeners: meetings (opens the room), notifications (tells both sides), messaging,
    analytics, sockets.
    """

    name: ClassVar[str] = "bookings.confirmed.v1"


@dataclass(frozen=True, kw_only=True)
class BookingCancelled(BookingEvent):
    """One side gave the booking up; ``by`` is client, expert or staff.

    Listeners: meetings (closes the room), notifications (tells both sides), messaging,
    analytics, sockets.
    """

    name: ClassVar[str] = "bookings.cancelled.v1"

    refund_minor: int = 0
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class BookingDeclined(BookingEvent):
    """The expert said no, or said nothing in time (``by`` is "expert", "staff" or "system").

    Listeners: notifications (tells the client), messaging, analytics, sockets.
    """

    name: ClassVar[str] = "bookings.declined.v1"

    refund_minor: int = 0
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class BookingExpired(BookingEvent):
    """The hold is gone; ``why`` is lapsed, replaced (by another hold) or given_up.

    Listeners: documents (forgets papers that are of no use later), sockets.
    """

    name: ClassVar[str] = "bookings.expired.v1"

    why: str = ""


@dataclass(frozen=True, kw_only=True)
class BookingMoved(BookingEvent):
    """The session has another time; the invite's sequence is one higher. ``by`` as above.

    Listeners: meetings (moves the room), notifications (tells both sides), messaging,
    analytics, sockets.
    """

    name: ClassVar[str] = "bookings.moved.v1"

    by: str = ""
    old_starts_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class BookingCompleted(BookingEvent):
    """The session's time is over.

    Listeners: notifications (asks for a review), analytics, sockets.
    """

    name: ClassVar[str] = "bookings.completed.v1"


@dataclass(frozen=True, kw_only=True)
class BookingMissed(BookingEvent):
    """One side did not come; ``missed_by`` is client or expert. A missing expert pays back.

    Listeners: notifications (tells the client), analytics, sockets.
    """

    name: ClassVar[str] = "bookings.missed.v1"

    missed_by: str = "client"
    refund_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class BookingProposed(BookingEvent):
    """The expert proposes other times; the client picks one or says no until ``answer_by``.

    Listeners: notifications (tells the client), sockets.
    """

    name: ClassVar[str] = "bookings.proposed.v1"

    proposal_id: UUID
    by: str = ""
    answer_by: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class BookingProposalClosed(BookingEvent):
    """A proposal is off and the booking stays as it was; ``why`` is refused or withdrawn.

    Listeners: notifications (tells the other side), sockets.
    """

    name: ClassVar[str] = "bookings.proposal_closed.v1"

    proposal_id: UUID
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class BookingDisputed(BookingEvent):
    """The client says that it was otherwise; a person of the organization decides.

    Listeners: notifications (tells the staff and the expert), sockets.
    """

    name: ClassVar[str] = "bookings.disputed.v1"


@dataclass(frozen=True, kw_only=True)
class BookingDecided(BookingEvent):
    """A disagreement is decided; ``outcome`` as in `types.Outcome`.

    Listeners: notifications (tells both sides), analytics, sockets.
    """

    name: ClassVar[str] = "bookings.decided.v1"

    outcome: str = ""
    refund_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class BookingPaidInVain(BookingEvent):
    """Money came for an hour that is gone, or a second time; all of it goes back.

    Listeners: notifications (tells the client), sockets.
    """

    name: ClassVar[str] = "bookings.paid_in_vain.v1"

    refund_minor: int = 0
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class BookingMoveHeld(BookingEvent):
    """Another hour is held until its difference is paid; the booking stays. Listeners: sockets."""

    name: ClassVar[str] = "bookings.move_held.v1"

    move_id: UUID


@dataclass(frozen=True, kw_only=True)
class BookingMoveClosed(BookingEvent):
    """The other hour is given back, the booking stays; ``why`` as in `types.MoveState`.

    Listeners: sockets.
    """

    name: ClassVar[str] = "bookings.move_closed.v1"

    move_id: UUID
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class MoveLapsed(Event):
    """Timer: the time to pay a difference should be over."""

    name: ClassVar[str] = "bookings.move_lapsed.v1"

    booking_id: UUID
    move_id: UUID


@dataclass(frozen=True, kw_only=True)
class HoldLapsed(Event):
    """Timer: a hold's time should be over; looked up again, since payments move it."""

    name: ClassVar[str] = "bookings.hold_lapsed.v1"

    booking_id: UUID


@dataclass(frozen=True, kw_only=True)
class AnswerLapsed(Event):
    """Timer: the expert's time to answer should be over."""

    name: ClassVar[str] = "bookings.answer_lapsed.v1"

    booking_id: UUID


@dataclass(frozen=True, kw_only=True)
class SessionOver(Event):
    """Timer: a session should be over."""

    name: ClassVar[str] = "bookings.session_over.v1"

    booking_id: UUID
