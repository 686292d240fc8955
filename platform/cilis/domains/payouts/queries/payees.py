"""Accounts of experts, as they may be shown."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.payouts.models import PayeeRow
from cilis.domains.payouts.types import Payee


def payees(session: Session, expert_ids: Collection[UUID]) -> dict[UUID, Payee]:
    """Where some experts' money goes; whoever has said nothing is left out."""
    if not expert_ids:
        return {}
    rows = session.scalars(sa.select(PayeeRow).where(PayeeRow.expert_id.in_(expert_ids)))
    return {row.expert_id: shown(row) for row in rows}


def payee(session: Session, expert_id: UUID) -> Payee | None:
    """Where one expert's money goes."""
    return payees(session, [expert_id]).get(expert_id)


def sealed(session: Session, expert_ids: Collection[UUID]) -> dict[UUID, str]:
    """The accounts themselves, still sealed."""
    found = sa.select(PayeeRow.expert_id, PayeeRow.sealed).where(PayeeRow.expert_id.in_(expert_ids))
    return {row.expert_id: row.sealed for row in session.execute(found)}


def shown(row: PayeeRow) -> Payee:
    """What may be shown of an account."""
    return Payee(
        expert_id=row.expert_id,
        kind=row.kind,
        hint=row.hint,
        provider=row.provider,
        changed_at=row.changed_at,
        locked_until=row.locked_until,
    )
