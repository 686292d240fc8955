"""Bookings that arrive complete, a day of them at once, by the doors for what was before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cilis.domains import bookings, experts, payments
from cilis.domains.bookings import BookingState, PastBooking
from cilis.domains.payments import PastPayment, PastRefund
from cilis.infra.db import transaction
from cilis.kit import ids
from cilis.kit.money import Money
from loadtests.year.life import Life
from loadtests.year.plan import Plan

_BACK = {"cancelled_early": 100, "cancelled_late": 50, "expert_cancels": 100, "expert_missed": 100}
_CANCELLED = {"cancelled_early", "cancelled_late", "cancelled_too_late", "expert_cancels"}
_MISSED = {"client_missed", "expert_missed"}


def take_in(life: Life, plans: Sequence[Plan], midnight: datetime) -> None:
    """Write a day's bookings with their payments, refunds and earnings."""
    if not plans:
        return
    rows = []
    with transaction() as session:
        for plan in plans:
            expert = life.town.experts[plan.expert]
            terms = experts.service_terms(session, expert.service)
            starts_at = midnight + timedelta(days=plan.day, hours=plan.hour)
            rows.append(
                PastBooking(
                    service_id=terms.id, expert_id=expert.id, expert_person_id=expert.person,
                    client_id=life.town.clients[plan.client], starts_at=starts_at,
                    ends_at=starts_at + terms.length, price=terms.price,
                    service_name=dict(terms.name), state=_state(plan), paid_attempt_id=ids.new(),
                    booked_at=midnight + timedelta(days=plan.book_day),
                )
            )  # fmt: skip
        made = bookings.import_past(session, rows)
        paid = [_paid(*each) for each in zip(plans, rows, made, strict=True)]
        payments.import_payments(session, paid)
        bookings.import_earnings(session, made)
    for one in paid:
        life.gate.paid[one.id.hex] = one.amount.minor
        for refund in one.refunds:
            life.gate.returned[f"imported {one.id.hex}"] = (one.id.hex, refund.amount.minor)
    life.done["imported"] += len(rows)


def _state(plan: Plan) -> BookingState:
    if plan.fate in _CANCELLED:
        return BookingState.CANCELLED
    return BookingState.NO_SHOW if plan.fate in _MISSED else BookingState.COMPLETED


def _paid(plan: Plan, row: PastBooking, booking_id: object) -> PastPayment:
    assert row.booked_at is not None
    assert row.paid_attempt_id is not None
    back = row.price.percent(_BACK.get(plan.fate, 0))
    if plan.fate == "graced":
        back = Money(45_001, row.price.currency)
    refund = PastRefund(amount=back, reason="so", asked_at=row.starts_at, settled_at=row.starts_at)
    return PastPayment(
        id=row.paid_attempt_id, subject_id=booking_id,  # type: ignore[arg-type]
        payer_id=row.client_id, payee_id=row.expert_person_id, provider="gate", amount=row.price,
        description="of a year", created_at=row.booked_at, settled_at=row.booked_at,
        provider_reference=f"G-{row.paid_attempt_id.hex[:12]}", refunds=(refund,) if back.minor else (),
    )  # fmt: skip
