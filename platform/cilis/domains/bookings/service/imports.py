"""Bookings that arrive complete, from a pack or another installation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import experts, ledger, pricing, scheduling, tenants
from cilis.domains.bookings.errors import SlotTaken
from cilis.domains.bookings.events import AnswerLapsed, SessionOver
from cilis.domains.bookings.models import Booking, BookingChange
from cilis.domains.bookings.service.earnings import earned
from cilis.domains.bookings.service.policy import frozen_policy
from cilis.domains.bookings.types import BookingState, PastBooking, What
from cilis.infra import outbox
from cilis.kit import clock, ids

_TAKES_TIME = {BookingState.CONFIRMED, BookingState.PENDING}
_BOOKED_BEFORE = timedelta(days=3)


def import_past(session: Session, rows: Sequence[PastBooking]) -> list[UUID]:
    """Write bookings as they are, without events; returns their ids in order.

    A confirmed or pending one in the future takes its hour and gets the timer of its end, or of
    the answer that it waits for.

    Raises:
        SlotTaken: one that takes its hour overlaps another.
    """
    organization = tenants.organization(session)
    policy = frozen_policy(organization)
    answer_by = clock.now() + timedelta(hours=organization.answer_hours)
    terms = _terms(session, rows, organization)
    made = [_row(row, policy, answer_by) | {"terms": terms[row.service_id]} for row in rows]
    for values in made:
        if values["state"] in _TAKES_TIME and values["ends_at"] > clock.now():
            values["claim_id"] = _claim(session, values)
    if made:
        session.execute(sa.insert(Booking), made)
        session.execute(sa.insert(BookingChange), [_change(values) for values in made])
    for values in made:
        if values["answer_by"] is not None:
            lapse = AnswerLapsed(booking_id=values["id"])
            outbox.emit(session, lapse, at=values["answer_by"], subject=values["id"])
        elif values["claim_id"] is not None:
            over = SessionOver(booking_id=values["id"])
            outbox.emit(session, over, at=values["ends_at"], subject=values["id"])
    return [values["id"] for values in made]


def import_earnings(session: Session, booking_ids: Sequence[UUID]) -> None:
    """Post what imported bookings brought, each at its end; their payments are there already."""
    rows = session.scalars(sa.select(Booking).where(Booking.id.in_(booking_ids)))
    found = []
    for booking in rows:
        if booking.paid_attempt_id is not None:
            posting = earned(session, booking, ledger.of_subject(session, booking.id))
            if posting is not None:
                found.append((posting, min(booking.ends_at, clock.now())))
    ledger.import_postings(session, found)


def _terms(
    session: Session, rows: Sequence[PastBooking], organization: tenants.Organization
) -> dict[UUID, dict[str, Any]]:
    """Today's commission and tax of each service."""
    return {
        service_id: pricing.terms(
            session, experts.service_terms(session, service_id, offered=False), organization
        ).as_json()
        for service_id in {row.service_id for row in rows}
    }


def _claim(session: Session, values: dict[str, Any]) -> UUID:
    window = values["starts_at"], values["ends_at"]
    claim_id = scheduling.claim_span(session, values["expert_id"], window, values["id"])
    if claim_id is None:
        raise SlotTaken(f"{values['starts_at']} of {values['expert_id']}")
    return claim_id


def _row(past: PastBooking, policy: dict[str, Any], answer_by: datetime) -> dict[str, Any]:
    booked_at = past.booked_at or past.starts_at - _BOOKED_BEFORE
    asks = past.state == BookingState.PENDING
    return {
        "id": ids.new(),
        "reference": past.reference or ids.reference(),
        "claim_id": None,
        "service_id": past.service_id,
        "expert_id": past.expert_id,
        "expert_person_id": past.expert_person_id,
        "client_id": past.client_id,
        "session_id": None,
        "starts_at": past.starts_at,
        "ends_at": past.ends_at,
        "state": past.state,
        "held_until": None,
        "answer_by": answer_by if asks else None,
        "price_minor": past.price.minor,
        "currency": past.price.currency,
        "service_name": dict(past.service_name),
        "topic_text": past.topic_text or None,
        "needs_acceptance": asks,
        "notice_minutes": 0,
        "policy": policy,
        "attempt_id": None,
        "paid_attempt_id": past.paid_attempt_id,
        "refund_minor": None,
        "sequence": 0,
        "created_at": booked_at,
        "decided_at": None if asks else booked_at,
        "mode": past.mode,
        "place": past.place,
        "missed_by": "client" if past.state == BookingState.NO_SHOW else None,
        "disputed_at": None,
    }


def _change(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": ids.new(),
        "booking_id": values["id"],
        "at": values["created_at"],
        "actor": values["client_id"],
        "from_state": None,
        "to_state": values["state"],
        "what": What.IMPORTED.value,
        "detail": {},
    }
