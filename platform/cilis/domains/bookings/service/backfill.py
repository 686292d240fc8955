"""Earnings of bookings that were over before there was a ledger, or were copied past it."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from cilis.domains import ledger
from cilis.domains.bookings import queries
from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.service.earnings import earned, offset
from cilis.domains.bookings.types import OVER_STATES
from cilis.infra.db import transaction
from cilis.kit import clock


def backfill_earnings(after: UUID | None, limit: int) -> tuple[UUID | None, int]:
    """Write what the ledger lacks of some bookings that are over, in one transaction.

    Their payments are there already. Returns the last one looked at, None behind the last of all,
    and how many postings were written; it may be stopped and repeated at will.
    """
    with transaction() as session:
        wanted = sa.select(Booking.id).where(
            Booking.state.in_(OVER_STATES),
            Booking.disputed_at.is_(None),
            sa.or_(Booking.paid_attempt_id.is_not(None), Booking.discount != {}),
        )
        if after is not None:
            wanted = wanted.where(Booking.id > after)
        page = session.scalars(wanted.order_by(Booking.id).limit(limit)).all()
        known = ledger.posted_about(session, page, ledger.PostingKind.EARNED)
        found = []
        for booking_id in page:
            if booking_id in known:
                continue
            booking = queries.lock(session, booking_id)
            if booking.state not in OVER_STATES or booking.disputed_at is not None:
                continue
            posted = ledger.of_subject(session, booking.id)
            missing = earned(session, booking, posted), offset(session, booking, posted)
            at = min(booking.ends_at, clock.now())
            found += [(posting, at) for posting in missing if posting is not None]
        ledger.import_postings(session, found)
    return (page[-1] if len(page) == limit else None), len(found)
