"""Payments that arrive complete, from a pack or another installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.payments.models import Attempt, PaymentChange, Refund
from cilis.domains.payments.providers import plain
from cilis.domains.payments.types import (
    AttemptState,
    Cause,
    PastPayment,
    PastRefund,
    RefundState,
)
from cilis.kit import ids


def import_payments(session: Session, rows: Sequence[PastPayment]) -> None:
    """Write payments as they are: the money came. No event is told and no timer is set.

    What has a gateway's number can be given back like a payment of our own.
    """
    refunds = [(row, refund, ids.new()) for row in rows for refund in row.refunds]
    if rows:
        session.execute(sa.insert(Attempt), [_attempt(row) for row in rows])
        if refunds:
            session.execute(sa.insert(Refund), [_refund(*each) for each in refunds])
        session.execute(
            sa.insert(PaymentChange),
            [_change(row) for row in rows] + [_change(*each) for each in refunds],
        )


def _attempt(row: PastPayment) -> dict[str, Any]:
    return {
        "id": row.id,
        "subject_id": row.subject_id,
        "payer_id": row.payer_id,
        "payee_id": row.payee_id,
        "provider": row.provider,
        "amount_minor": row.amount.minor,
        "currency": row.amount.currency,
        "description": row.description[:255],
        "state": AttemptState.CAPTURED,
        "created_at": row.created_at,
        "expires_at": row.settled_at,
        "settled_at": row.settled_at,
        "provider_reference": row.provider_reference,
        "provider_data": plain(row.provider_data),
    }


def _refund(row: PastPayment, refund: PastRefund, refund_id: UUID) -> dict[str, Any]:
    return {
        "id": refund_id,
        "attempt_id": row.id,
        "key": f"imported:{refund_id.hex}",
        "amount_minor": refund.amount.minor,
        "currency": refund.amount.currency,
        "reason": refund.reason,
        "asked_by": None,
        "asked_at": refund.asked_at,
        "settled_at": refund.settled_at,
        "state": RefundState.DONE,
        "provider_reference": refund.provider_reference,
        "times_sent": 1,
    }


def _change(
    row: PastPayment, refund: PastRefund | None = None, refund_id: UUID | None = None
) -> dict[str, Any]:
    state = RefundState.DONE if refund else AttemptState.CAPTURED
    return {
        "id": ids.new(),
        "attempt_id": row.id,
        "refund_id": refund_id,
        "at": refund.settled_at if refund else row.settled_at,
        "from_state": state.value,
        "to_state": state.value,
        "cause": Cause.IMPORTED,
        "actor_id": None,
        "evidence": {},
    }
