"""Looking after the outbox: what was given up, what waits too long, what may be forgotten."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from cilis.infra import receipts
from cilis.infra.db import reading, transaction
from cilis.infra.routing_models import OutboxRow, ReceiptRow
from cilis.infra.tenancy import RELAY, serving
from cilis.kit import clock
from cilis.kit.errors import NotFound

SWEPT = 5_000
"""How many events one sweep takes at most."""


def replay(event_id: UUID, name: str) -> None:
    """Let a dead delivery try again from the start; raises NotFound when none is dead."""
    now = clock.now()
    with serving(RELAY), transaction() as session:
        receipts.lock(session, event_id)
        receipt = session.get(ReceiptRow, (event_id, name), with_for_update=True)
        if receipt is None or receipt.state != "dead":
            raise NotFound(f"no dead delivery of {event_id} to {name}")
        receipt.state, receipt.attempts, receipt.next_at = "waiting", 0, now
        receipt.error, receipt.failed_at = "", None
        session.execute(
            sa.update(OutboxRow)
            .where(OutboxRow.id == event_id)
            .values(state="waiting", deliver_at=now, done_at=None)
        )


def dead_letters(limit: int = 100) -> list[ReceiptRow]:
    """Deliveries that were given up, newest first."""
    with serving(RELAY), reading() as session:
        return list(
            session.scalars(
                sa.select(ReceiptRow)
                .where(ReceiptRow.state == "dead")
                .order_by(ReceiptRow.failed_at.desc())
                .limit(limit)
            )
        )


def age() -> timedelta:
    """How long the oldest due event has waited: the relay's one health figure."""
    now = clock.now()
    with serving(RELAY), reading() as session:
        oldest = session.scalar(
            sa.select(sa.func.min(OutboxRow.deliver_at)).where(OutboxRow.state == "waiting")
        )
    return max(now - oldest, timedelta()) if oldest else timedelta()


def sweep(keep: timedelta = timedelta(days=14)) -> int:
    """Delete what was delivered long ago; returns how many events went."""
    before = clock.now() - keep
    with serving(RELAY), transaction() as session:
        old = session.scalars(
            sa.select(OutboxRow.id)
            .where(OutboxRow.state == "done", OutboxRow.done_at < before)
            .where(
                ~sa.exists().where(ReceiptRow.event_id == OutboxRow.id, ReceiptRow.state == "dead")
            )
            .limit(SWEPT)
        ).all()
        session.execute(sa.delete(ReceiptRow).where(ReceiptRow.event_id.in_(old)))
        session.execute(sa.delete(OutboxRow).where(OutboxRow.id.in_(old)))
    return len(old)


def given_up(role: str) -> int:
    """How many deliveries of one tenant were given up and not tried again."""
    with serving(RELAY), reading() as session:
        found = session.scalar(
            sa.select(sa.func.count())
            .select_from(ReceiptRow)
            .where(ReceiptRow.state == "dead", ReceiptRow.tenant == role)
        )
    return found or 0
