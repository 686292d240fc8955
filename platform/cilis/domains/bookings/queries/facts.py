"""Bookings as figures want them: few columns, by pages of ids."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.bookings.models import Booking
from cilis.domains.bookings.types import BookingFact
from cilis.kit.money import Money

_COLUMNS = tuple(
    Booking.__table__.c[name]
    for name in (
        "id",
        "created_at",
        "decided_at",
        "starts_at",
        "ends_at",
        "state",
        "price_minor",
        "currency",
        "refund_minor",
        "service_id",
        "expert_id",
        "client_id",
        "missed_by",
    )
)


def facts_page(session: Session, after: UUID | None, limit: int = 1_000) -> Sequence[BookingFact]:
    """Facts of all bookings in order of their ids, those after ``after``; for rebuilds."""
    found = sa.select(*_COLUMNS).order_by(Booking.id).limit(limit)
    if after is not None:
        found = found.where(Booking.id > after)
    return [_fact(row) for row in session.connection().execute(found)]


def facts(session: Session, ids: Collection[UUID]) -> list[BookingFact]:
    """Facts of these bookings; unknown ids are left out."""
    if not ids:
        return []
    found = sa.select(*_COLUMNS).where(Booking.id.in_(ids)).order_by(Booking.id)
    return [_fact(row) for row in session.connection().execute(found)]


def references(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """The codes by which people know these bookings; unknown ids are left out."""
    if not ids:
        return {}
    found = sa.select(Booking.id, Booking.reference).where(Booking.id.in_(ids))
    return {row.id: row.reference for row in session.connection().execute(found)}


def _fact(row: sa.Row[Any]) -> BookingFact:
    return BookingFact(
        id=row.id,
        created_at=row.created_at,
        decided_at=row.decided_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=row.state,
        price=Money(row.price_minor, row.currency),
        refund_minor=row.refund_minor or 0,
        service_id=row.service_id,
        expert_id=row.expert_id,
        client_id=row.client_id,
        missed_by=row.missed_by or "",
    )
