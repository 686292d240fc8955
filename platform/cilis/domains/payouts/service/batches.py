"""Making a batch, the second person's word, and calling it off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, ledger
from cilis.domains.payouts import queries
from cilis.domains.payouts.errors import (
    BatchNotWaiting,
    BatchUnderWay,
    NothingToPay,
    SecondPersonNeeded,
)
from cilis.domains.payouts.events import BatchChanged, BatchMade, SendTransfer
from cilis.domains.payouts.models import Payout, PayoutBatch
from cilis.domains.payouts.service.postings import one_at_a_time, ordered, returned
from cilis.domains.payouts.types import (
    MOST_AT_ONCE,
    BatchState,
    Candidate,
    PayeeKind,
    PayoutRules,
    PayoutState,
)
from cilis.infra import audit, idempotency, outbox
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.viewer import Viewer


def make_batch(
    viewer: Viewer, chosen: Collection[UUID] | None = None, least_minor: int = 0
) -> PayoutBatch:
    """Set aside what is available, of everybody or of the chosen experts.

    Amounts are frozen here. Above the organization's limit a second person has to approve; so too
    where the one who makes the batch is paid by it. At most `MOST_AT_ONCE` experts; the others
    come with the next batch.

    Args:
        viewer: who makes it.
        chosen: only these experts; None means everybody.
        least_minor: leave out amounts below this, beside the organization's own minimum.

    Raises:
        NothingToPay: nobody of them can be paid now.
    """
    with transaction() as session:
        one_at_a_time(session)
        found = [
            each
            for each in queries.candidates(session, chosen)
            if each.obstacle is None and each.standing.available.minor >= least_minor
        ][:MOST_AT_ONCE]
        if not found:
            raise NothingToPay
        batch = _batch(session, found, queries.rules(session), viewer)
        session.add(batch)
        session.flush()
        payouts = _payouts(session, batch, found)
        session.add_all(payouts)
        session.flush()
        for payout in payouts:
            ledger.post(session, ordered(payout, viewer.person))
        detail = {"total_minor": batch.total_minor, "payouts": batch.payouts}
        audit.record(session, "payouts.batch_made", batch.id, actor=viewer.person, detail=detail)
        outbox.emit(session, BatchMade(batch_id=batch.id), subject=batch.id)
        if batch.state == BatchState.READY:
            _let_go(session, payouts)
        idempotency.made(session, batch.id)
        return batch


def approve_batch(batch_id: UUID, viewer: Viewer) -> PayoutBatch:
    """The second person's word: the money may go.

    Raises:
        BatchNotFound: no such batch.
        BatchNotWaiting: nobody has to approve it.
        SecondPersonNeeded: the viewer made it, or is paid by it.
    """
    with transaction() as session:
        batch = queries.batch(session, batch_id, lock=True)
        if batch.state != BatchState.WAITING:
            raise BatchNotWaiting(f"{batch_id} is {batch.state}")
        payouts = queries.payouts_of(session, batch_id)
        own = experts.expert_of_person(session, viewer.person)
        if viewer.person == batch.made_by or own in {one.expert_id for one in payouts}:
            raise SecondPersonNeeded(f"{viewer.person} on {batch_id}")
        batch.state = BatchState.READY
        batch.approved_by, batch.approved_at = viewer.person, clock.now()
        detail = {"total_minor": batch.total_minor, "payouts": batch.payouts}
        audit.record(
            session, "payouts.batch_approved", batch.id, actor=viewer.person, detail=detail
        )
        outbox.emit(session, BatchChanged(batch_id=batch.id), subject=batch.id)
        _let_go(session, payouts)
        idempotency.made(session, batch.id)
        return batch


def cancel_batch(batch_id: UUID, reason: str, viewer: Viewer) -> PayoutBatch:
    """Call a batch off while none of its money has left: all amounts are balances again.

    Raises:
        BatchNotFound: no such batch.
        BatchUnderWay: some of it was paid, came back, or is known to a gateway; or it is over.
    """
    with transaction() as session:
        batch = queries.batch(session, batch_id, lock=True)
        payouts = [
            queries.payout(session, one.id, lock=True)
            for one in queries.payouts_of(session, batch_id)
        ]
        untouched = all(one.state == PayoutState.ORDERED for one in payouts)
        if batch.state not in {BatchState.WAITING, BatchState.READY} or not untouched:
            raise BatchUnderWay(f"{batch_id} is {batch.state}")
        for payout in payouts:
            payout.state, payout.reason = PayoutState.CANCELLED, reason
            payout.returned_at = clock.now()
            ledger.post(session, returned(payout, viewer.person, was_paid=False))
        batch.state, batch.ended_at = BatchState.CANCELLED, clock.now()
        detail = {"total_minor": batch.total_minor, "reason": reason}
        audit.record(
            session, "payouts.batch_cancelled", batch.id, actor=viewer.person, detail=detail
        )
        outbox.emit(session, BatchChanged(batch_id=batch.id), subject=batch.id)
        idempotency.made(session, batch.id)
        return batch


def _batch(
    session: Session, found: Sequence[Candidate], known: PayoutRules, viewer: Viewer
) -> PayoutBatch:
    total = sum(each.standing.available.minor for each in found)
    own = experts.expert_of_person(session, viewer.person)
    is_paid = any(each.standing.expert_id == own for each in found)
    waits = total > known.approval_above_minor or is_paid
    now = clock.now()
    return PayoutBatch(
        id=ids.new(),
        reference=ids.reference(),
        currency=known.currency,
        total_minor=total,
        payouts=len(found),
        state=BatchState.WAITING if waits else BatchState.READY,
        made_by=viewer.person,
        made_at=now,
        approved_at=None if waits else now,
    )


def _payouts(session: Session, batch: PayoutBatch, found: Sequence[Candidate]) -> list[Payout]:
    sealed = queries.sealed(session, [each.standing.expert_id for each in found])
    return [
        Payout(
            id=ids.new(),
            batch_id=batch.id,
            expert_id=each.standing.expert_id,
            amount_minor=each.standing.available.minor,
            currency=batch.currency,
            state=PayoutState.ORDERED,
            kind=each.payee.kind,
            provider=each.payee.provider,
            hint=each.payee.hint,
            sealed=sealed[each.standing.expert_id],
            ordered_at=batch.made_at,
            reason="",
            provider_reference="",
            asked_step=-1,
            times_sent=0,
        )
        for each in found
        if each.payee is not None
    ]


def _let_go(session: Session, payouts: Sequence[Payout]) -> None:
    """Payouts that a gateway makes by itself are sent; the others wait for a person."""
    for payout in payouts:
        if payout.kind == PayeeKind.CONNECTED:
            outbox.emit(session, SendTransfer(payout_id=payout.id), subject=payout.id)
