"""Payments by credit: the money is here already, so they are captured the moment they are made."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains.payments.models import Attempt
from cilis.domains.payments.service.moves import move, note
from cilis.domains.payments.types import CREDIT, AttemptState, Cause, Step
from cilis.kit import clock, ids
from cilis.kit.money import Money


def pay_by_credit(
    session: Session,
    *,
    subject_id: UUID,
    payer_id: UUID,
    payee_id: UUID,
    credit_id: UUID,
    amount: Money,
    description: str,
) -> UUID:
    """Pay for a thing with a credit, in the caller's transaction; returns the payment's id.

    The caller holds the credit's lock and knows that so much is left of it. What is given back
    of this payment is credit again, at once.
    """
    now = clock.now()
    attempt = Attempt(
        id=ids.new(),
        subject_id=subject_id,
        payer_id=payer_id,
        payee_id=payee_id,
        provider=CREDIT,
        provider_reference=credit_id.hex,
        amount_minor=amount.minor,
        currency=amount.currency,
        description=description[:255],
        state=AttemptState.CREATED,
        created_at=now,
        expires_at=now,
    )
    session.add(attempt)
    session.flush()
    note(session, attempt, Step(Cause.OPENED, actor=payer_id))
    move(session, attempt, AttemptState.CAPTURED, Step(Cause.CREDIT, actor=payer_id))
    session.flush()
    return attempt.id
