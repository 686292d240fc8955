"""Carries what is due to its listeners in this process, in order of time, without receipts.

Receipts, leases and repeats are the relay's, and have proofs of their own; here they would be
three transactions for each one that moves money.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cilis.infra import outbox, provisioning
from cilis.infra.tenancy import current_tenant
from cilis.kit import clock

ROOMS = tuple(
    f"cilis.domains.{room}."
    for room in ("bookings", "payments", "scheduling", "credits", "ledger", "payouts")
)
SILENT = frozenset({"ask_gateway", "compare_this_day", "compare_from_now_on", "reconcile_day"})
"""Not heard: every notice arrives, so nobody has to be asked, and days are compared elsewhere."""
_TAKE = (
    "WITH due AS (SELECT id FROM node.outbox WHERE state = 'waiting' AND deliver_at <= %s"
    " AND tenant = %s ORDER BY deliver_at, created_at, id LIMIT 500)"
    " UPDATE node.outbox o SET state = 'done' FROM due WHERE o.id = due.id"
    " RETURNING o.deliver_at, o.created_at, o.id, o.event, o.payload"
)


def deliver() -> int:
    """Give everything that is due to whoever listens, until nothing is; returns how many."""
    total = 0
    while True:
        with provisioning.standing_owner() as connection:
            rows = connection.execute(_TAKE, (clock.now(), current_tenant().role)).fetchall()
        for _, _, _, name, payload in sorted(rows, key=lambda row: row[:3]):
            for heard in outbox.listeners_of(name):
                heard.function(heard.event.revive(payload))
                total += 1
        if not rows:
            return total


@contextmanager
def money_only() -> Iterator[None]:
    """Only the rooms that move hours and money listen; mails, search and rooms are left out."""
    before = outbox._listeners  # noqa: SLF001 - what no process of ours ever does
    outbox._listeners = {  # noqa: SLF001
        name: [
            one
            for one in found
            if one.function.__module__.startswith(ROOMS) and one.function.__name__ not in SILENT
        ]
        for name, found in before.items()
    }
    try:
        yield
    finally:
        outbox._listeners = before  # noqa: SLF001
