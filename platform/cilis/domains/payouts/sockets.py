"""Hints to open pages of staff and of the expert concerned, after the commit.

Socket event ``payouts.changed``, payload ``{"batch_id": str | None}``, to `STAFF_ROOM` and, where
one expert's money is concerned, to ``person:<expert's person>``. The page reads again what it
shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cilis.domains import experts
from cilis.domains.payouts import queries
from cilis.domains.payouts.events import (
    BalanceAdjusted,
    BatchChanged,
    BatchMade,
    PayeeChanged,
    PayoutPaid,
    PayoutReturned,
)
from cilis.domains.payouts.types import STAFF_ROOM
from cilis.infra.db import reading
from cilis.infra.outbox import listens_to
from cilis.infra.realtime import push


@listens_to(BatchMade)
def push_made(event: BatchMade) -> None:
    """Amounts were set aside."""
    _push_batch(event.batch_id)


@listens_to(BatchChanged)
def push_changed(event: BatchChanged) -> None:
    """A batch was approved, called off or is over."""
    _push_batch(event.batch_id)


@listens_to(PayoutPaid)
def push_paid(event: PayoutPaid) -> None:
    """Money left."""
    _push([event.expert_id])


@listens_to(PayoutReturned)
def push_returned(event: PayoutReturned) -> None:
    """Money came back."""
    _push([event.expert_id])


@listens_to(BalanceAdjusted)
def push_adjusted(event: BalanceAdjusted) -> None:
    """A balance was corrected, or is to be."""
    _push([event.expert_id])


@listens_to(PayeeChanged)
def push_payee(event: PayeeChanged) -> None:
    """Money goes elsewhere from now on."""
    _push([event.expert_id])


def _push_batch(batch_id: UUID) -> None:
    with reading() as session:
        concerned = {one.expert_id for one in queries.payouts_of(session, batch_id)}
    _push(concerned, str(batch_id))


def _push(expert_ids: Iterable[UUID], batch_id: str | None = None) -> None:
    with reading() as session:
        cards = experts.cards(session, expert_ids)
    for room in (STAFF_ROOM, *(f"person:{card.person_id}" for card in cards.values())):
        push(room, "payouts.changed", {"batch_id": batch_id})
