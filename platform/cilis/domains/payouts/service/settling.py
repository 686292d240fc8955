"""The one place where a payout comes to its end, and its batch with the last of them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import ledger
from cilis.domains.payouts import queries
from cilis.domains.payouts.errors import BatchNotReady, PayoutOver
from cilis.domains.payouts.events import BatchChanged, PayoutPaid, PayoutReturned, RecallTransfer
from cilis.domains.payouts.models import Payout, PayoutBatch
from cilis.domains.payouts.service.postings import paid, returned
from cilis.domains.payouts.types import (
    OPEN_STATES,
    PAYOUT_MOVES,
    BatchState,
    PayeeKind,
    PayoutState,
)
from cilis.infra import audit, idempotency, outbox
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.viewer import Viewer


def mark_paid(
    batch_id: UUID, viewer: Viewer, payout_ids: Collection[UUID] | None = None
) -> PayoutBatch:
    """A person saw the money leave: for these payouts of a batch, or for all that are open.

    What a gateway pays by itself is left out. A repeat changes nothing.

    Raises:
        BatchNotFound: no such batch.
        BatchNotReady: nobody has approved it, or it was called off.
    """
    with transaction() as session:
        batch = queries.batch(session, batch_id, lock=True)
        if batch.state not in {BatchState.READY, BatchState.CLOSED}:
            raise BatchNotReady(f"{batch_id} is {batch.state}")
        for one in queries.payouts_of(session, batch_id):
            chosen = payout_ids is None or one.id in payout_ids
            if chosen and one.kind != PayeeKind.CONNECTED and one.state == PayoutState.ORDERED:
                settle(session, batch, one, PayoutState.PAID, by=viewer.person)
        idempotency.made(session, batch.id)
        return batch


def mark_returned(payout_id: UUID, reason: str, viewer: Viewer) -> Payout:
    """The bank sent it back, or did not take it: the amount is the expert's balance again.

    What a gateway paid, it has to take back first: then the amount is on the balance.

    Raises:
        PayoutNotFound: no such payout.
        BatchNotReady: its batch is not approved.
        PayoutOver: it came back before, was called off, or a gateway has not said its word.
    """
    with transaction() as session:
        batch = queries.batch(session, queries.payout(session, payout_id).batch_id, lock=True)
        payout = queries.payout(session, payout_id, lock=True)
        if batch.state not in {BatchState.READY, BatchState.CLOSED}:
            raise BatchNotReady(f"{batch.id} is {batch.state}")
        if payout.kind == PayeeKind.CONNECTED:
            _recall(session, payout, reason, viewer)
        elif not settle(
            session, batch, payout, PayoutState.RETURNED, by=viewer.person, reason=reason
        ):
            raise PayoutOver(f"{payout_id} is {payout.state}")
        idempotency.made(session, payout.id)
        return payout


def settle(
    session: Session,
    batch: PayoutBatch,
    payout: Payout,
    to: PayoutState,
    *,
    by: UUID | None,
    reason: str = "",
) -> bool:
    """Bring a payout to an end and report it; False where there is no such move.

    Both rows are the caller's: the batch is locked first, everywhere.
    """
    if to not in PAYOUT_MOVES[payout.state]:
        return False
    was_paid = payout.state == PayoutState.PAID
    payout.state = to
    told: PayoutPaid | PayoutReturned
    if to == PayoutState.PAID:
        payout.paid_at = clock.now()
        ledger.post(session, paid(payout, by))
        told = PayoutPaid(payout_id=payout.id, expert_id=payout.expert_id)
    else:
        payout.returned_at, payout.reason = clock.now(), reason
        ledger.post(session, returned(payout, by, was_paid=was_paid))
        told = PayoutReturned(payout_id=payout.id, expert_id=payout.expert_id)
    outbox.emit(session, told, subject=payout.id)
    detail = {"amount_minor": payout.amount_minor, "batch": batch.reference}
    if reason:
        detail["reason"] = reason
    audit.record(session, f"payouts.{to.value}", payout.expert_id, actor=by, detail=detail)
    _close(session, batch)
    return True


def _recall(session: Session, payout: Payout, reason: str, viewer: Viewer) -> None:
    """Ask the gateway to take a finished transfer back; asking twice is asking once."""
    if payout.state != PayoutState.PAID:
        raise PayoutOver(f"{payout.id} is {payout.state}")
    if payout.recalled_by is not None:
        return
    payout.recalled_by, payout.reason = viewer.person, reason
    detail = {"amount_minor": payout.amount_minor, "reason": reason}
    audit.record(
        session, "payouts.recall_asked", payout.expert_id, actor=viewer.person, detail=detail
    )
    outbox.emit(session, RecallTransfer(payout_id=payout.id), subject=payout.id)
    outbox.emit(session, BatchChanged(batch_id=payout.batch_id), subject=payout.batch_id)


def _close(session: Session, batch: PayoutBatch) -> None:
    """A batch is over when none of its payouts is open."""
    session.flush()
    if batch.state != BatchState.READY:
        return
    if any(one.state in OPEN_STATES for one in queries.payouts_of(session, batch.id)):
        return
    batch.state, batch.ended_at = BatchState.CLOSED, clock.now()
    outbox.emit(session, BatchChanged(batch_id=batch.id), subject=batch.id)
