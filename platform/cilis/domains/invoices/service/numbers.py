"""Numbers without a gap, without a double, beginning with 1 each year."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cilis.domains.invoices.models import PaperCounter
from cilis.domains.invoices.types import PaperKind
from cilis.infra.tenancy import current_tenant
from cilis.kit import clock


def next_number(session: Session, kind: PaperKind, zone: ZoneInfo) -> tuple[int, datetime, date]:
    """The next serial of this kind, and the instant and the organization's day of the issue.

    Whoever takes one holds the counter until the transaction ends: the next one waits, and a
    roll-back gives the number back. The clock is read after the wait, so that a later number
    never has an earlier day, and the year of a number is that of its paper.
    """
    queue = sa.func.hashtextextended(f"invoices:{current_tenant().schema}:{kind}", 0)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(queue)))
    now = clock.now()
    day = now.astimezone(zone).date()
    counted = (
        insert(PaperCounter)
        .values(kind=kind, year=day.year, last=1)
        .on_conflict_do_update(
            index_elements=["kind", "year"], set_={"last": PaperCounter.last + 1}
        )
        .returning(PaperCounter.last)
    )
    return session.execute(counted).scalar_one(), now, day
