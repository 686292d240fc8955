"""Postings of payments that were here before the ledger, or were copied past it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import ledger
from cilis.domains.ledger import Posting, PostingKind
from cilis.domains.payments import queries
from cilis.domains.payments.models import Attempt, Dispute, Refund
from cilis.domains.payments.service.postings import (
    captured,
    dispute_moved,
    fee,
    refund_asked,
    refund_moved,
)
from cilis.domains.payments.types import AttemptState, RefundState
from cilis.infra.db import transaction

Dated = tuple[Posting, datetime]


def backfill_postings(after: UUID | None, limit: int) -> tuple[UUID | None, int]:
    """Write what the ledger lacks of some payments, in order of their ids, in one transaction.

    Returns the last one looked at, None behind the last of all, and how many postings were
    written. What is there already is left alone, so it may be stopped and repeated at will. Only
    payments that lack something are locked.
    """
    with transaction() as session:
        wanted = sa.select(Attempt.id).where(Attempt.state == AttemptState.CAPTURED)
        if after is not None:
            wanted = wanted.where(Attempt.id > after)
        page = session.scalars(wanted.order_by(Attempt.id).limit(limit)).all()
        lacking = {posting.subject_id for posting, _ in _lacking(session, page)}
        if lacking:
            locked = session.scalars(
                sa.select(Attempt.id)
                .where(Attempt.id.in_(page), Attempt.subject_id.in_(lacking))
                .order_by(Attempt.id)
                .with_for_update()
            ).all()
            session.expire_all()
            found = _lacking(session, locked)
            ledger.import_postings(session, found)
            return _last(page, limit), len(found)
    return _last(page, limit), 0


def _last(page: Sequence[UUID], limit: int) -> UUID | None:
    return page[-1] if len(page) == limit else None


def _lacking(session: Session, attempt_ids: Sequence[UUID]) -> list[Dated]:
    attempts = session.scalars(sa.select(Attempt).where(Attempt.id.in_(attempt_ids))).all()
    refunds = queries.refunds_of(session, attempt_ids)
    disputes: dict[UUID, list[Dispute]] = {}
    for dispute in session.scalars(sa.select(Dispute).where(Dispute.attempt_id.in_(attempt_ids))):
        disputes.setdefault(dispute.attempt_id, []).append(dispute)
    returned = [_done_key(one) for some in refunds.values() for one in some]
    were_done = ledger.known_keys(session, returned)
    found: list[Dated] = []
    for attempt in attempts:
        found += _of_payment(attempt)
        for refund in refunds[attempt.id]:
            found += _of_refund(attempt, refund, were_done)
        found += _of_disputes(attempt, disputes.get(attempt.id, ()))
    known = ledger.known_keys(session, [posting.key for posting, _ in found])
    return [(posting, at) for posting, at in found if posting.key not in known]


def _of_payment(attempt: Attempt) -> Iterable[Dated]:
    at = attempt.settled_at or attempt.created_at
    yield captured(attempt), at
    posting = fee(attempt, attempt.cost) if attempt.cost is not None else None
    if posting is not None:
        yield posting, at


def _of_refund(attempt: Attempt, refund: Refund, were_done: set[str]) -> Iterable[Dated]:
    yield refund_asked(attempt, refund), refund.asked_at
    if refund.state in {RefundState.DONE, RefundState.REFUSED}:
        before = RefundState.DONE if _done_key(refund) in were_done else RefundState.ASKED
        yield refund_moved(attempt, refund, before), refund.settled_at or refund.asked_at


def _of_disputes(attempt: Attempt, disputes: Iterable[Dispute]) -> Iterable[Dated]:
    for dispute in disputes:
        for posting in dispute_moved(attempt, dispute, None):
            opened = posting.kind is PostingKind.DISPUTE_OPENED
            yield posting, dispute.opened_at if opened else dispute.closed_at or dispute.opened_at


def _done_key(refund: Refund) -> str:
    return f"{PostingKind.REFUND_DONE.value}:{refund.id.hex}"
