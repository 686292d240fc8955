"""Writing balances down, so that they are read from a line and a short tail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains.ledger import queries
from cilis.domains.ledger.models import LedgerSnapshot
from cilis.domains.ledger.service.posting import post_at
from cilis.domains.ledger.types import Posting
from cilis.infra.db import transaction
from cilis.infra.tenancy import current_tenant
from cilis.kit import clock


def take_snapshot() -> int:
    """Write down every account that moved since its last line; returns how many.

    Up to an instant that lies so far back that no transaction of that time can still be open.
    """
    with transaction() as session:
        _one_at_a_time(session)
        through = clock.now() - queries.SETTLED
        moved = queries.sums_since_snapshots(session, through)
        if moved:
            rows = [
                {
                    "account_id": account_id,
                    "through": through,
                    "currency": currency,
                    "debit_minor": debit,
                    "credit_minor": credit,
                }
                for account_id, currency, debit, credit in moved
            ]
            session.execute(insert(LedgerSnapshot).on_conflict_do_nothing(), rows)
    return len(moved)


def import_postings(session: Session, rows: Sequence[tuple[Posting, datetime]]) -> None:
    """Write postings with instants of the past; later snapshots are forgotten and made anew."""
    if not rows:
        return
    _one_at_a_time(session)
    for posting, at in rows:
        post_at(session, posting, at)
    first = min(at for _, at in rows)
    session.execute(sa.delete(LedgerSnapshot).where(LedgerSnapshot.through >= first))


def _one_at_a_time(session: Session) -> None:
    """Snapshots and imports of one tenant wait for each other."""
    key = sa.func.hashtextextended(f"ledger:{current_tenant().schema}", 0)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
