"""Carries the outbox to its listeners: claims what is due, hands it to workers, keeps receipts.

Nothing here relies on the broker. A claimed event comes due again when its lease ends, so a
lost message, a dead worker or a stopped Redis only means *later*.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.hooks.failures import TryLater
from cilis.infra import clocksync, faults, hosts, receipts, turns
from cilis.infra.db import reading, transaction
from cilis.infra.letters import age, dead_letters, replay, sweep
from cilis.infra.outbox import Listener, listener, listeners_of
from cilis.infra.routing_models import OutboxRow, ReceiptRow
from cilis.infra.tenancy import RELAY, serving
from cilis.kit import clock
from cilis.kit.errors import DomainError, NotFound

log = logging.getLogger(__name__)

__all__ = [
    "Delivery",
    "age",
    "claim_due",
    "dead_letters",
    "deliver",
    "give_back",
    "replay",
    "run_due",
    "sweep",
]

LEASE = timedelta(seconds=60)
BEHIND = timedelta(seconds=5)
"""How long an event waits for an earlier one of its subject before it asks again by itself; mostly
the earlier one, once it is settled, takes it along."""
SKEW = timedelta(seconds=3)
"""How far two processes' clocks may lie apart on a busy machine; a worker rather waits so long
than leaves a delivery to the end of its lease."""
IN_A_ROW = 20
"""How many events of one subject a worker delivers without looking at others."""
MAX_ATTEMPTS = 20
BATCH = 200


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one listener."""

    event_id: UUID
    listener: str


def claim_due(limit: int = BATCH, *, slow_too: bool = True) -> list[Delivery]:
    """Take what is due, fairly over the tenants; it comes due again when the lease ends.

    Without ``slow_too`` what only slow listeners hear stays where it is.
    An event that this version of the code does not know is left for a newer relay.
    """
    now = clock.now()
    with serving(RELAY), transaction() as session:
        rows = turns.due(session, now, limit, slow_too=slow_too)
        if not rows:
            return []
        wanted = [(row, heard) for row in rows for heard in listeners_of(row.event)]
        receipts.write(session, wanted, now)
        ids = [row.id for row in rows]
        open_receipts = session.execute(
            sa.update(ReceiptRow)
            .where(
                ReceiptRow.event_id.in_(ids),
                ReceiptRow.state == "waiting",
                ReceiptRow.next_at <= now,
            )
            .values(next_at=now + LEASE)
            .returning(ReceiptRow.event_id, ReceiptRow.listener)
        ).all()
        receipts.look_again(session, ids, otherwise=now + LEASE)
        receipts.finish(session, ids, now)
    return [Delivery(row.event_id, row.listener) for row in open_receipts]


def give_back(deliveries: Sequence[Delivery]) -> None:
    """The broker did not take these: let them come due again in two seconds."""
    soon = clock.now() + timedelta(seconds=2)
    ids = [delivery.event_id for delivery in deliveries]
    pairs = [(delivery.event_id, delivery.listener) for delivery in deliveries]
    with serving(RELAY), transaction() as session:
        receipts.lock(session, *ids)
        session.execute(
            sa.update(ReceiptRow)
            .where(sa.tuple_(ReceiptRow.event_id, ReceiptRow.listener).in_(pairs))
            .where(ReceiptRow.state == "waiting")
            .values(next_at=soon)
        )
        receipts.look_again(session, ids, otherwise=soon)


def deliver(event_id: UUID, name: str) -> None:
    """Give one event to one listener and keep the receipt; a repeat of a done one does nothing.

    Where the listener asks for order, what waited for this event is delivered right after it.
    """
    following: UUID | None = event_id
    for left in reversed(range(IN_A_ROW)):
        if following is None:
            return
        following = _deliver(following, name, may_go_on=left > 0)


def _deliver(event_id: UUID, name: str, *, may_go_on: bool) -> UUID | None:
    row = _load(event_id, name)
    if row is None:
        return None
    heard = listener(name)
    if heard is None:  # this worker is older than the listener, or the listener is no more
        _postpone(row.id, name, None, "no such listener in this version", count=True)
        return None
    try:
        tenant = hosts.by_role(row.tenant)
    except NotFound:
        return None  # the map is older than the tenant, or the tenant is gone: the lease decides
    if tenant.status == "suspended" and not row.event.startswith("payments."):
        _postpone(row.id, name, timedelta(minutes=10), "the organization is suspended", count=False)
        return None
    if heard.in_order and _has_older(row, name):
        _postpone(row.id, name, BEHIND, "", count=False)
        return None
    return _run(row, heard, lambda: _call(row, heard), may_go_on=may_go_on)


def run_due(limit: int = BATCH) -> int:
    """Deliver everything that is due in this very process; returns how many deliveries ran."""
    deliveries = claim_due(limit)
    for delivery in deliveries:
        deliver(delivery.event_id, delivery.listener)
    return len(deliveries)


def _load(event_id: UUID, name: str) -> OutboxRow | None:
    """The event, if it is still to be given to this listener, and now."""
    with serving(RELAY), reading() as session:
        row = session.get(OutboxRow, event_id)
        receipt = session.get(ReceiptRow, (event_id, name))
    if receipt is None or receipt.state != "waiting":
        return None
    return row if _is_past(receipt.next_at - LEASE) else None


def _is_past(claimed_at: datetime) -> bool:
    """Whether it is as late here as where the event was claimed, if need be after a moment.

    A timer must never be heard by a process whose clock says that it is not yet time: its
    listener would find nothing to do, and nobody would wake it again. What is far ahead was put
    off after this task was sent, and comes again.
    """
    if claimed_at <= clock.now():
        return True
    clocksync.sync()
    ahead = claimed_at - clock.now()
    if ahead > SKEW:
        return False
    time.sleep(max(ahead.total_seconds(), 0.0))
    return True


def _has_older(row: OutboxRow, name: str) -> bool:
    """Whether an earlier event of the subject is on its way, or due and not yet claimed."""
    if row.subject is None:
        return False
    unclaimed = sa.and_(ReceiptRow.event_id.is_(None), OutboxRow.deliver_at <= clock.now())
    with serving(RELAY), reading() as session:
        return bool(
            session.scalar(
                sa.select(sa.literal(1))
                .select_from(OutboxRow)
                .outerjoin(
                    ReceiptRow,
                    sa.and_(ReceiptRow.event_id == OutboxRow.id, ReceiptRow.listener == name),
                )
                .where(
                    OutboxRow.subject == row.subject,
                    OutboxRow.event == row.event,
                    OutboxRow.tenant == row.tenant,
                    OutboxRow.state == "waiting",
                    sa.tuple_(OutboxRow.created_at, OutboxRow.id) < (row.created_at, row.id),
                    sa.or_(ReceiptRow.state == "waiting", unclaimed),
                )
                .limit(1)
            )
        )


def _call(row: OutboxRow, heard: Listener) -> None:
    with serving(hosts.by_role(row.tenant)):
        heard.function(heard.event.revive(row.payload))


def _run(
    row: OutboxRow, heard: Listener, work: Callable[[], None], *, may_go_on: bool
) -> UUID | None:
    """Do it and keep the receipt; returns the next event of the subject, if it waited for this."""
    faults.crash_point("before_delivery")
    try:
        work()
    except TryLater as patience:
        _postpone(row.id, heard.name, patience.after, patience.reason, count=True)
        return None
    except Exception as problem:
        log.warning("delivery of %s to %s failed", row.event, heard.name, exc_info=True)
        why = problem.code if isinstance(problem, DomainError) else type(problem).__name__
        _postpone(row.id, heard.name, None, f"{why}: {problem}"[:500], count=True)
        return None
    faults.crash_point("before_receipt")
    now = clock.now()
    with serving(RELAY), transaction() as session:
        receipts.lock(session, row.id)
        session.execute(
            sa.update(ReceiptRow)
            .where(ReceiptRow.event_id == row.id, ReceiptRow.listener == heard.name)
            .values(state="done", done_at=now, error="")
        )
        receipts.finish(session, [row.id], now)
        if heard.in_order and row.subject is not None:
            return _take_next(session, row, heard.name, now, may_go_on=may_go_on)
        if heard.event.passing:
            receipts.forget(session, row.id)
    return None


def _take_next(
    session: Session, row: OutboxRow, name: str, now: datetime, *, may_go_on: bool
) -> UUID | None:
    """Claim the next event of a subject, if it stands back for this one; or let it come due."""
    following = session.scalar(
        sa.select(OutboxRow.id)
        .join(ReceiptRow, sa.and_(ReceiptRow.event_id == OutboxRow.id, ReceiptRow.listener == name))
        .where(
            OutboxRow.subject == row.subject,
            OutboxRow.event == row.event,
            OutboxRow.tenant == row.tenant,
            OutboxRow.state == "waiting",
            OutboxRow.id != row.id,
            ReceiptRow.state == "waiting",
            ReceiptRow.attempts == 0,  # one that failed has a pause of its own
            ReceiptRow.next_at <= now + BEHIND,  # later: it lies with a worker
        )
        .order_by(OutboxRow.created_at, OutboxRow.id)
        .limit(1)
        .with_for_update(of=OutboxRow, skip_locked=True)
    )
    if following is None:
        return None
    next_at = now + LEASE if may_go_on else now
    session.execute(
        sa.update(ReceiptRow)
        .where(ReceiptRow.event_id == following, ReceiptRow.listener == name)
        .values(next_at=next_at)
    )
    receipts.look_again(session, [following], otherwise=next_at)
    return following if may_go_on else None


def _postpone(
    event_id: UUID, name: str, pause: timedelta | None, error: str, *, count: bool
) -> None:
    now = clock.now()
    with serving(RELAY), transaction() as session:
        receipts.lock(session, event_id)
        receipt = session.get(ReceiptRow, (event_id, name), with_for_update=True)
        if receipt is None or receipt.state != "waiting":
            return
        receipt.attempts += int(count)
        receipt.error = error
        if receipt.attempts >= MAX_ATTEMPTS:
            receipt.state, receipt.failed_at = "dead", now
            session.flush()
            receipts.finish(session, [event_id], now)
            return
        receipt.next_at = now + (pause or timedelta(seconds=min(2.0**receipt.attempts, 3_600)))
        session.flush()
        receipts.look_again(session, [event_id], otherwise=receipt.next_at)
