"""Choosing another hour for a session."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, scheduling
from cilis.domains.bookings import queries
from cilis.domains.bookings.errors import (
    NotPossibleNow,
    NotYours,
    SlotNotOffered,
    SlotTaken,
    TooLate,
    TooManyMoves,
)
from cilis.domains.bookings.events import BookingMoved, SessionOver
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.queries import Side
from cilis.domains.bookings.service.changes import (
    close_move,
    close_proposal,
    note,
    say_why,
    tell,
    wake,
)
from cilis.domains.bookings.service.policy import move_until, percent_at, tiers_of
from cilis.domains.bookings.types import BookingState, MoveState, ProposalState, Step, What
from cilis.infra import idempotency
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.viewer import Viewer


def reschedule(
    booking_id: UUID,
    starts_at: datetime,
    viewer: Viewer,
    reason: str = "",
    *,
    on_behalf_of: Side | None = None,
) -> Booking:
    """Move a confirmed session to another offered start of the same service.

    The old time becomes free and the new one is taken together, or nothing happens. Price and
    length stay. Moved by staff, the client may cancel for nothing; moved by the client, or by
    staff in the client's name, no better cancelling tier is won. An expert proposes instead.

    Raises:
        BookingNotFound: no such booking for this viewer.
        NotYours: experts do not move other people's sessions; only staff acts for somebody.
        NotPossibleNow: it is not confirmed.
        TooLate: the session has begun, or the client's time to move it is over.
        TooManyMoves: the client has moved it as often as its rules allow.
        SlotTaken, SlotNotOffered: the other start is not free; names three near ones.
        InvalidInput: staff gives a ``reason``.
    """
    starts_at = starts_at.astimezone(UTC)
    with transaction() as session:
        booking, side = queries.lock_visible(session, viewer, booking_id)
        idempotency.made(session, booking.id)
        if side == "expert":
            raise NotYours("an expert proposes another time")
        if booking.starts_at == starts_at and booking.state == BookingState.CONFIRMED:
            return booking
        rules = on_behalf_of or side
        must_be_movable(session, booking, side, on_behalf_of)
        say_why(side, reason)
        old = take_other_hour(session, booking, starts_at)
        keep_rules(booking, old, rules)
        detail = {"from": old.isoformat(), "to": starts_at.isoformat(), "by": side}
        detail |= {"rules": rules} if rules != side else {}
        detail |= {"reason": reason} if reason else {}
        note(session, booking, Step(What.MOVED, viewer.person_id, detail))
        close_proposal(session, booking, ProposalState.OVERTAKEN)
        tell_moved(session, booking, old, side)
    return booking


def take_other_hour(
    session: Session, booking: Booking, starts_at: datetime, *, notice: bool = True
) -> datetime:
    """Move a locked booking's claim and time; returns the old start.

    Without ``notice`` a start counts however soon it is: its expert has offered it.
    """
    close_move(session, booking, MoveState.OVERTAKEN)
    terms = terms_of(session, booking, notice=notice)
    if not scheduling.is_open(session, terms, starts_at, instead_of=booking.claim_id):
        near = _near(session, terms, booking, starts_at)
        raise SlotNotOffered(f"{starts_at} of {terms.id}", near=near)
    if booking.claim_id is None:
        claim_id = scheduling.claim(session, terms, starts_at, booking.id)
    else:
        claim_id = scheduling.move(session, booking.claim_id, terms, starts_at, booking.id)
    if claim_id is None:  # rolls back, so the old hour stays taken
        near = _near(session, terms, booking, starts_at)
        raise SlotTaken(f"{starts_at} of {terms.id}", near=near)
    old, length = booking.starts_at, booking.length
    booking.claim_id, booking.starts_at = claim_id, starts_at
    booking.ends_at = starts_at + length
    booking.sequence += 1
    session.flush()
    return old


def terms_of(session: Session, booking: Booking, *, notice: bool = True) -> experts.ServiceTerms:
    """The service's terms with the length that was booked, held how and where it was agreed."""
    terms = experts.service_terms(session, booking.service_id)
    changes: dict[str, Any] = {
        "length": booking.length,
        "mode": experts.ServiceMode(booking.mode),
        "place": booking.place,
    }
    if not notice:
        changes["notice"] = timedelta()
    return dataclasses.replace(terms, **changes)


def tell_moved(session: Session, booking: Booking, old: datetime, by: Side) -> None:
    """Report another time, and wait for its end."""
    tell(session, booking, BookingMoved, by=by, old_starts_at=old)
    wake(session, booking, SessionOver(booking_id=booking.id), booking.ends_at)


def must_be_movable(
    session: Session, booking: Booking, side: Side, on_behalf_of: Side | None
) -> None:
    """Refuse what comes too late, too often, or from a side that may not."""
    now = clock.now()
    if side == "expert":
        raise NotYours("an expert proposes another time")
    if on_behalf_of is not None and side != "staff":
        raise NotYours("only staff acts for somebody else")
    if booking.state != BookingState.CONFIRMED:
        raise NotPossibleNow(f"booking is {booking.state}", state=booking.state.value)
    if booking.starts_at <= now or (side == "client" and now > move_until(booking)):
        raise TooLate("the time to move this session is over")
    limit = booking.policy.get("moves")
    if side != "client" or limit is None:
        return
    if queries.moves_made(session, booking) >= limit:
        raise TooManyMoves(f"{limit} moves of {booking.id}", limit=limit)


def _near(
    session: Session, terms: experts.ServiceTerms, booking: Booking, starts_at: datetime
) -> list[datetime]:
    found = scheduling.near_starts(session, terms, starts_at, count=4)
    return [start for start in found if start != booking.starts_at][:3]


def keep_rules(booking: Booking, old: datetime, rules: Side) -> None:
    """Whose change it was decides what cancelling gives back from now on."""
    policy = dict(booking.policy)
    if rules == "client":
        policy["cap_percent"] = percent_at(tiers_of(booking, begin=old), clock.now())
    else:
        policy["moved_by_expert"] = True
    booking.policy = policy
