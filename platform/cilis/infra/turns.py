"""Whose turn it is in the outbox: what is due, fairly over the tenants, however much waits."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.infra.outbox import known_events, listeners_of
from cilis.infra.routing_models import OutboxRow

_DUE = "state = 'waiting' AND deliver_at <= :now AND event = ANY(:events)"
_KINDS = (
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    sa.bindparam("events", type_=sa.ARRAY(sa.Text())),
)
_FIRST = sa.text(
    f"SELECT id FROM node.outbox WHERE {_DUE}"  # noqa: S608 - a constant
    " ORDER BY deliver_at LIMIT :most FOR UPDATE SKIP LOCKED"
).bindparams(*_KINDS)
# From one tenant's name to the next by the index (tenant, deliver_at), whatever lies between.
_WAITING_TENANTS = sa.text(
    "WITH RECURSIVE found (tenant) AS ("  # noqa: S608
    " (SELECT tenant FROM node.outbox WHERE state = 'waiting' ORDER BY tenant LIMIT 1)"
    " UNION ALL"
    " SELECT (SELECT o.tenant FROM node.outbox o WHERE o.state = 'waiting'"
    " AND o.tenant > found.tenant ORDER BY o.tenant LIMIT 1)"
    " FROM found WHERE found.tenant IS NOT NULL)"
    " SELECT found.tenant FROM found CROSS JOIN LATERAL ("
    f"SELECT id FROM node.outbox o WHERE o.tenant = found.tenant AND {_DUE}"
    " ORDER BY deliver_at LIMIT 1) AS head"
).bindparams(*_KINDS)
_SHARE = sa.text(
    "SELECT given.tenant, share.id, share.place FROM unnest(:tenants) AS given(tenant)"  # noqa: S608
    " CROSS JOIN LATERAL ("
    "SELECT due.id, row_number() OVER (ORDER BY due.deliver_at) AS place FROM ("
    f"SELECT id, deliver_at FROM node.outbox o WHERE o.tenant = given.tenant AND {_DUE}"
    " AND id <> ALL(:taken)"
    " ORDER BY deliver_at LIMIT :share FOR UPDATE SKIP LOCKED) AS due) AS share"
).bindparams(
    *_KINDS,
    sa.bindparam("tenants", type_=sa.ARRAY(sa.Text())),
    sa.bindparam("taken", type_=sa.ARRAY(sa.Uuid())),
)


def due(
    session: Session, now: datetime, limit: int, *, slow_too: bool = True
) -> Sequence[OutboxRow]:
    """Whose turn it is: one event of each tenant, then the next of each, whatever waits behind.

    What another relay has in its hands is left to it. However much waits, no more is read than
    a few batches and, when a batch does not hold all that is due, one row of each tenant.
    """
    heard = known_events() if slow_too else _quick_events()
    asked = {"now": now, "events": heard, "most": limit}
    ids = session.scalars(_FIRST, asked).all()
    if len(ids) == limit:
        ids = _in_turns(session, asked, limit)
    rows = session.scalars(sa.select(OutboxRow).where(OutboxRow.id.in_(ids))).all()
    return sorted(rows, key=lambda row: (row.created_at, row.id))


def _quick_events() -> list[str]:
    """Events that somebody hears at once, perhaps beside others who may wait."""
    return [
        name
        for name in known_events()
        if not all(heard.slow for heard in listeners_of(name)) or not listeners_of(name)
    ]


def _in_turns(session: Session, asked: dict[str, Any], limit: int) -> list[UUID]:
    """As many of each tenant as of every other, and what is left over to those who have more."""
    tenants = list(session.scalars(_WAITING_TENANTS, asked))
    # With more tenants than places chance decides, so that none is always the last.
    hungry = random.sample(tenants, limit) if len(tenants) > limit else tenants
    taken: list[UUID] = []
    while hungry and len(taken) < limit:
        share = -(-(limit - len(taken)) // len(hungry))
        given = {**asked, "tenants": hungry, "share": share, "taken": taken}
        found = session.execute(_SHARE, given).all()
        taken += [row.id for row in sorted(found, key=lambda row: row.place)][: limit - len(taken)]
        counts = Counter(row.tenant for row in found)
        hungry = [tenant for tenant in hungry if counts[tenant] == share]
    return taken
