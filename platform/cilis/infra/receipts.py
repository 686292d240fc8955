"""Receipts: which listener has heard which event, and when an event is looked at again.

An event's row is locked before its receipts, everywhere: in one order nobody deadlocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.infra.outbox import Listener
from cilis.infra.routing_models import OutboxRow, ReceiptRow


def lock(session: Session, *event_ids: UUID) -> None:
    """Lock events, in the order of their ids."""
    wanted = sa.select(OutboxRow.id).where(OutboxRow.id.in_(event_ids)).order_by(OutboxRow.id)
    session.execute(wanted.with_for_update())


def write(session: Session, wanted: Sequence[tuple[OutboxRow, Listener]], now: datetime) -> None:
    """A receipt for each event and each that hears it; those that are there stay as they are."""
    if not wanted:
        return
    session.execute(
        insert(ReceiptRow).on_conflict_do_nothing(),
        [
            {
                "event_id": row.id,
                "listener": heard.name,
                "tenant": row.tenant,
                "subject": row.subject,
                "state": "waiting",
                "attempts": 0,
                "next_at": now,
                "error": "",
            }
            for row, heard in wanted
        ],
    )


def look_again(session: Session, ids: Sequence[UUID], *, otherwise: datetime) -> None:
    """Let events, locked before, come due when the first of their waiting receipts does."""
    first = (
        sa.select(sa.func.min(ReceiptRow.next_at))
        .where(ReceiptRow.event_id == OutboxRow.id, ReceiptRow.state == "waiting")
        .scalar_subquery()
    )
    session.execute(
        sa.update(OutboxRow)
        .where(OutboxRow.id.in_(ids), OutboxRow.state == "waiting")
        .values(deliver_at=sa.func.coalesce(first, otherwise))
    )


def finish(session: Session, ids: Sequence[UUID], now: datetime) -> None:
    """Mark events done whose every receipt is settled."""
    waiting = sa.exists().where(ReceiptRow.event_id == OutboxRow.id, ReceiptRow.state == "waiting")
    session.execute(
        sa.update(OutboxRow)
        .where(OutboxRow.id.in_(ids), OutboxRow.state == "waiting", ~waiting)
        .values(state="done", done_at=now)
    )


def forget(session: Session, event_id: UUID) -> None:
    """Delete an event with its receipts if it is done and none of them was given up."""
    row = sa.select(OutboxRow.id).where(
        OutboxRow.id == event_id,
        OutboxRow.state == "done",
        ~sa.exists().where(ReceiptRow.event_id == event_id, ReceiptRow.state == "dead"),
    )
    if session.scalar(row) is not None:
        session.execute(sa.delete(ReceiptRow).where(ReceiptRow.event_id == event_id))
        session.execute(sa.delete(OutboxRow).where(OutboxRow.id == event_id))
