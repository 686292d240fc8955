"""The tenant's own book of who did what, written in the use case's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.infra.tenant_models import AuditEntry
from cilis.kit import clock, ids

_WRITE = sa.insert(AuditEntry)


def record(
    session: Session,
    action: str,
    subject: UUID | None,
    *,
    actor: UUID | None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one line: ``action`` is a past participle with its room, "bookings.cancelled"."""
    row = {
        "id": ids.new(),
        "at": clock.now(),
        "action": action,
        "actor_id": actor,
        "subject_id": subject,
        "detail": dict(detail or {}),
    }
    session.connection().execute(_WRITE, row)
