"""What documents reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class DocumentShared(Event):
    """A paper was shared. ``to_person_id`` is unknown while the hour is only held.

    Listeners: notifications (tells the other side), sockets.
    """

    name: ClassVar[str] = "documents.shared.v1"

    document_id: UUID
    booking_id: UUID
    owner_id: UUID
    to_person_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class DocumentRemoved(Event):
    """Its owner took a paper back.

    Listeners: sockets.
    """

    name: ClassVar[str] = "documents.removed.v1"

    document_id: UUID
    booking_id: UUID
    owner_id: UUID
    to_person_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class UnusedDocuments(Event):
    """Timer: an hour came to nothing; unless it was booked after all, its papers go.

    Listeners: documents.
    """

    name: ClassVar[str] = "documents.unused.v1"

    booking_id: UUID
