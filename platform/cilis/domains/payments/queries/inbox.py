"""What gateways told us."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.payments.models import PaymentNotice


def notice(session: Session, notice_id: UUID) -> PaymentNotice | None:
    """One row of the inbox, locked."""
    return session.get(PaymentNotice, notice_id, with_for_update=True, populate_existing=True)


def notices_of(session: Session, attempt_id: UUID) -> Sequence[PaymentNotice]:
    """The notices that were about an attempt or its refunds, oldest first."""
    return session.scalars(
        sa.select(PaymentNotice)
        .where(PaymentNotice.attempt_id == attempt_id)
        .order_by(PaymentNotice.received_at, PaymentNotice.id)
    ).all()
