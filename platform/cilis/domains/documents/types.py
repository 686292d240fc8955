"""Words and limits of the room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cilis.infra.files import MAX_BYTES

MOST_BYTES = MAX_BYTES
MOST_OF_ONE_SIDE = 10
"""Papers that one side may share in one booking."""
SHARE_AFTER = timedelta(days=30)
"""How long after the session papers can still be handed over."""
KEEP_UNUSED = timedelta(days=1)
"""How long papers of an hour that came to nothing are kept; it may be booked after all."""
RATE = "60/hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A paper as one of the two people sees it."""

    id: UUID
    booking_id: UUID
    owner_id: UUID
    name: str
    content_type: str
    size: int
    shared_at: datetime
    is_mine: bool
    may_remove: bool


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A paper's bytes, ready to be sent."""

    name: str
    content_type: str
    content: bytes
