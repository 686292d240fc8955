"""Other times that were proposed for a booking."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.bookings.errors import ProposalNotFound
from cilis.domains.bookings.models import Booking, BookingProposal
from cilis.domains.bookings.queries.one import visible
from cilis.domains.bookings.types import BookingState, ProposalState
from cilis.kit import clock
from cilis.kit.viewer import Viewer


def open_proposal(session: Session, booking_id: UUID) -> BookingProposal | None:
    """The proposal that nobody has answered, even if its time is over."""
    return session.scalars(
        sa.select(BookingProposal).where(
            BookingProposal.booking_id == booking_id, BookingProposal.state == ProposalState.OPEN
        )
    ).one_or_none()


def proposal(session: Session, booking: Booking, proposal_id: UUID) -> BookingProposal:
    """One proposal of a booking that the caller has checked; raises ProposalNotFound."""
    found = session.get(BookingProposal, proposal_id)
    if found is None or found.booking_id != booking.id:
        raise ProposalNotFound(f"no proposal {proposal_id} of {booking.id}")
    return found


def visible_proposal(session: Session, viewer: Viewer, proposal_id: UUID) -> BookingProposal:
    """One proposal of a booking that the viewer may see; raises ProposalNotFound."""
    found = session.get(BookingProposal, proposal_id)
    if found is None:
        raise ProposalNotFound(f"no proposal {proposal_id}")
    visible(session, viewer, found.booking_id)
    return found


def proposals_of(session: Session, booking_id: UUID) -> Sequence[BookingProposal]:
    """All proposals of a booking, newest first."""
    return session.scalars(
        sa.select(BookingProposal)
        .where(BookingProposal.booking_id == booking_id)
        .order_by(BookingProposal.id.desc())
        .limit(50)
    ).all()


def standing_proposal(session: Session, booking: Booking) -> BookingProposal | None:
    """The proposal that can be answered now, if there is one."""
    if booking.state not in {BookingState.PENDING, BookingState.CONFIRMED}:
        return None
    found = open_proposal(session, booking.id)
    return found if found is not None and found.is_open(clock.now()) else None
