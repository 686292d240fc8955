"""Hints to the payer's open pages, after the commit; a lost one costs nothing.

Socket event ``payments.changed`` to the room ``person:<id>``, payload ``{"payment_id": str,
"subject_id": str}``. The page reads again what it shows.
"""

from __future__ import annotations

from uuid import UUID

from cilis.domains.payments import queries
from cilis.domains.payments.events import (
    PaymentCaptured,
    PaymentExpired,
    PaymentFailed,
    PaymentReview,
    RefundRefused,
    RefundSettled,
)
from cilis.infra.db import reading
from cilis.infra.outbox import listens_to
from cilis.infra.realtime import push


@listens_to(PaymentCaptured)
def push_captured(event: PaymentCaptured) -> None:
    """The money came."""
    _push(event.attempt_id)


@listens_to(PaymentFailed)
def push_failed(event: PaymentFailed) -> None:
    """No money came."""
    _push(event.attempt_id)


@listens_to(PaymentExpired)
def push_expired(event: PaymentExpired) -> None:
    """No money came in time."""
    _push(event.attempt_id)


@listens_to(PaymentReview)
def push_review(event: PaymentReview) -> None:
    """Somebody has to look at it."""
    _push(event.attempt_id)


@listens_to(RefundSettled)
def push_refund_settled(event: RefundSettled) -> None:
    """The money went back."""
    _push(event.attempt_id)


@listens_to(RefundRefused)
def push_refund_refused(event: RefundRefused) -> None:
    """The money did not go back."""
    _push(event.attempt_id)


def _push(attempt_id: UUID) -> None:
    with reading() as session:
        attempt = queries.attempt(session, attempt_id)
    payload = {"payment_id": str(attempt.id), "subject_id": str(attempt.subject_id)}
    push(f"person:{attempt.payer_id}", "payments.changed", payload)
