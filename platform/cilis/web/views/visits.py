"""A booking as its reader sees it: with whom, when, how it stands, what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, identity, meetings
from cilis.domains.bookings import BookingState
from cilis.infra import files
from cilis.infra.i18n import gettext, translated
from cilis.kit import clock
from cilis.kit.money import Money
from cilis.web.views.prices import Price, frozen

LIVE_EVENTS = " ".join(
    [
        *(
            f"bookings.{fact}"
            for fact in (
                "held",
                "requested",
                "confirmed",
                "cancelled",
                "declined",
                "expired",
                "moved",
                "move_held",
                "move_closed",
                "completed",
                "missed",
                "paid_in_vain",
                "proposed",
                "proposal_closed",
                "disputed",
                "decided",
            )
        ),
        "payments.changed",
        "documents.shared",
        "documents.removed",
        "meetings.joined",
    ]
)
"""Socket events after which a page that shows bookings reads itself again."""
_MINUTES_COUNT = timedelta(hours=2)
_HAS_ROOM = frozenset({BookingState.CONFIRMED, BookingState.COMPLETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One booking from one side ("client", "expert" or "staff")."""

    id: UUID
    side: str
    reference: str
    state: BookingState
    starts_at: datetime
    ends_at: datetime
    held_until: datetime | None
    answer_by: datetime | None
    price: Money  # what is paid
    quoted: Price  # how it was shown when it was booked
    service_id: UUID
    service: str
    about: str
    expert_id: UUID
    expert_slug: str
    expert_name: str
    expert_person_id: UUID
    client_id: UUID | None
    client_name: str
    picture: str | None
    mode: str = "video"
    place: str = ""
    missed_by: str = ""
    disputed: bool = False

    @property
    def label(self) -> str | None:
        """How the state is called for this reader, where the usual words are the other side's."""
        if self.state == BookingState.HELD and self.side == "staff":
            return gettext("Held, not paid yet")
        if self.state == BookingState.PENDING and self.side == "expert":
            return gettext("Waits for your answer")
        if self.state == BookingState.NO_SHOW and self.missed_by == "expert":
            return gettext("The expert did not come")
        return None

    @property
    def is_held_long(self) -> bool:
        """Whether the hour waits for days, so that nobody counts the minutes."""
        return self.held_until is not None and self.held_until - clock.now() > _MINUTES_COUNT

    @property
    def where(self) -> str:
        """The place of a session that is not in a room of ours."""
        if self.mode == "phone":
            by = gettext("By phone: %(place)s", place=self.place)
            return by if self.place else gettext("By phone")
        if self.mode == "in_person":
            there = gettext("In person: %(place)s", place=self.place)
            return there if self.place else gettext("In person")
        return ""

    @property
    def with_name(self) -> str:
        """The other person's name; both for those who look after bookings."""
        if self.side == "staff":
            return f"{self.client_name} – {self.expert_name}"
        return self.expert_name if self.side == "client" else self.client_name

    @property
    def minutes(self) -> int:
        """The length of the session."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def is_live(self) -> bool:
        """Whether the hour is still taken."""
        return self.state in bookings.LIVE_STATES

    @property
    def is_over(self) -> bool:
        """Whether the session has ended."""
        return self.ends_at <= clock.now()

    @property
    def room_opens_at(self) -> datetime:
        """When the room can be entered."""
        return meetings.Window.around(self.starts_at, self.ends_at).opens_at

    @property
    def room(self) -> str:
        """The room's door: "open", "later" or "" when there is none (any more), or none needed."""
        if self.state not in _HAS_ROOM or self.side == "staff" or self.mode != "video":
            return ""
        window = meetings.Window.around(self.starts_at, self.ends_at)
        if clock.now() < window.opens_at:
            return "later"
        return "open" if window.is_open(clock.now()) else ""


def visits(session: Session, found: Sequence[bookings.Booking], side: str) -> list[Visit]:
    """Bookings with the names and pictures that belong to them, in the same order."""
    cards = experts.cards(session, {booking.expert_id for booking in found})
    clients: dict[UUID, identity.Person] = {}
    if side != "client":
        wanted = {booking.client_id for booking in found if booking.client_id}
        clients = identity.people(session, wanted)
    return [
        _visit(
            booking,
            side,
            cards.get(booking.expert_id),
            clients.get(booking.client_id) if booking.client_id else None,
        )
        for booking in found
    ]


def visit(session: Session, booking: bookings.Booking, side: str) -> Visit:
    """One booking with its names."""
    return visits(session, [booking], side)[0]


def _visit(
    booking: bookings.Booking,
    side: str,
    card: experts.ExpertCard | None,
    client: identity.Person | None,
) -> Visit:
    face = (
        (card.picture_key if card else None)
        if side == "client"
        else (client.picture_key if client else None)
    )
    return Visit(
        id=booking.id,
        side=side,
        reference=booking.reference,
        state=booking.state,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        held_until=booking.held_until,
        answer_by=booking.answer_by,
        price=booking.price,
        quoted=frozen(booking.price, booking.terms),
        service_id=booking.service_id,
        service=translated(booking.service_name),
        # What two people discuss is none of the staff's business.
        about="" if side == "staff" else booking.topic_text or "",
        expert_id=booking.expert_id,
        expert_slug=card.slug if card else "",
        expert_name=card.title if card else "",
        expert_person_id=booking.expert_person_id,
        client_id=booking.client_id,
        client_name=client.name if client else "",
        picture=files.public_url(face) if face else None,
        mode=booking.mode,
        place=booking.place,
        missed_by=booking.missed_by or "",
        disputed=booking.disputed_at is not None,
    )
