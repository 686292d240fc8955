"""Hints to open pages of those whom a payment concerns, after the commit; a lost one costs nothing.

Socket event ``payments.changed``, payload ``{"payment_id": str, "subject_id": str}``, to the
rooms ``person:<payer>`` and `STAFF_ROOM`; of money that came or goes back also to
``person:<payee>``. ``payments.compared`` to `STAFF_ROOM`, with the id of what was compared or
settled. ``payments.account_changed`` to ``person:<payee>`` and `STAFF_ROOM`. The page reads again
what it shows.
"""

from __future__ import annotations

from uuid import UUID

from cilis.domains.payments import queries
from cilis.domains.payments.events import (
    DifferenceSettled,
    DifferencesFound,
    DisputeMoved,
    PayeeAccountChanged,
    PaymentCaptured,
    PaymentExpired,
    PaymentFailed,
    PaymentPending,
    PaymentReview,
    RefundAccepted,
    RefundApprovalAsked,
    RefundApprovalClosed,
    RefundAsked,
    RefundRefused,
    RefundSettled,
)
from cilis.domains.payments.types import STAFF_ROOM, AttemptState
from cilis.infra.db import reading
from cilis.infra.outbox import listens_to
from cilis.infra.realtime import push


@listens_to(PaymentPending)
def push_pending(event: PaymentPending) -> None:
    """The gateway has no result yet."""
    _push(event.attempt_id)


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


@listens_to(RefundAsked)
def push_refund_asked(event: RefundAsked) -> None:
    """Money is to go back."""
    _push(event.attempt_id)


@listens_to(RefundAccepted)
def push_refund_accepted(event: RefundAccepted) -> None:
    """The gateway took it on."""
    _push(event.attempt_id)


@listens_to(RefundSettled)
def push_refund_settled(event: RefundSettled) -> None:
    """The money went back."""
    _push(event.attempt_id)


@listens_to(RefundRefused)
def push_refund_refused(event: RefundRefused) -> None:
    """The money did not go back."""
    _push(event.attempt_id)


@listens_to(DifferencesFound)
def push_differences(event: DifferencesFound) -> None:
    """A day was compared."""
    push(STAFF_ROOM, "payments.compared", {"reconciliation_id": str(event.reconciliation_id)})


@listens_to(DifferenceSettled)
def push_settled_difference(event: DifferenceSettled) -> None:
    """A difference was settled, or asked about."""
    push(STAFF_ROOM, "payments.compared", {"difference_id": str(event.difference_id)})


@listens_to(RefundApprovalAsked)
def push_approval_asked(event: RefundApprovalAsked) -> None:
    """A refund waits for a second person: of no concern outside the staff."""
    _push_to_staff(event.attempt_id, event.subject_id)


@listens_to(RefundApprovalClosed)
def push_approval_closed(event: RefundApprovalClosed) -> None:
    """It waits no longer."""
    _push_to_staff(event.attempt_id, event.subject_id)


def _push_to_staff(attempt_id: UUID, subject_id: UUID) -> None:
    payload = {"payment_id": str(attempt_id), "subject_id": str(subject_id)}
    push(STAFF_ROOM, "payments.changed", payload)


@listens_to(DisputeMoved)
def push_dispute(event: DisputeMoved) -> None:
    """A bank took money back, or decided: staff only."""
    payload = {"payment_id": str(event.attempt_id), "subject_id": str(event.dispute_id)}
    push(STAFF_ROOM, "payments.changed", payload)


@listens_to(PayeeAccountChanged)
def push_payee_account(event: PayeeAccountChanged) -> None:
    """A payee's account stands otherwise: the payee and the staff."""
    payload = {"subject_id": str(event.person_id)}
    for room in (STAFF_ROOM, f"person:{event.person_id}"):
        push(room, "payments.account_changed", payload)


def _push(attempt_id: UUID) -> None:
    with reading() as session:
        attempt = queries.attempt(session, attempt_id)
    payload = {"payment_id": str(attempt.id), "subject_id": str(attempt.subject_id)}
    rooms = [STAFF_ROOM, f"person:{attempt.payer_id}"]
    if attempt.payee_id is not None and attempt.state == AttemptState.CAPTURED:
        rooms.append(f"person:{attempt.payee_id}")
    for room in rooms:
        push(room, "payments.changed", payload)
