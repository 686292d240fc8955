"""Payments that arrive complete, from a pack or another installation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import ledger
from cilis.domains.payments.models import Attempt, PaymentChange, Refund
from cilis.domains.payments.providers import plain
from cilis.domains.payments.service.postings import captured, refund_asked, refund_done
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
    if not rows:
        return
    attempts = [_attempt(row) for row in rows]
    given_back = [_refund(*each) for each in refunds]
    session.execute(sa.insert(Attempt), attempts)
    if given_back:
        session.execute(sa.insert(Refund), given_back)
    session.execute(
        sa.insert(PaymentChange),
        [_change(row) for row in rows] + [_change(*each) for each in refunds],
    )
    ledger.import_postings(session, _postings(attempts, given_back))


def _postings(
    attempts: Sequence[dict[str, Any]], refunds: Sequence[dict[str, Any]]
) -> list[tuple[ledger.Posting, datetime]]:
    """What the ledger has to know, each with the instant at which it was true."""
    by_id = {values["id"]: Attempt(**values) for values in attempts}
    found = [(captured(attempt), attempt.settled_at) for attempt in by_id.values()]
    for values in refunds:
        refund = Refund(**values)
        attempt = by_id[refund.attempt_id]
        found.append((refund_asked(attempt, refund), refund.asked_at))
        found.append((refund_done(attempt, refund), refund.settled_at))
    return [(posting, at) for posting, at in found if at is not None]


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
