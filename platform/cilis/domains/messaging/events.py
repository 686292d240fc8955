"""What messaging reports, and the timers it sets for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class MessageSent(Event):
    """Somebody wrote to the other side.

    Listeners: notifications. Open pages hear of it at once, by `service.hints`.
    """

    name: ClassVar[str] = "messaging.sent.v1"

    message_id: UUID
    conversation_id: UUID
    from_person_id: UUID
    to_person_id: UUID
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class MessageUnread(Event):
    """A message has lain unread for some minutes; told once until its receiver reads.

    Listeners: notifications (tells the receiver by mail). ``unread`` counts what lies there.
    """

    name: ClassVar[str] = "messaging.unread.v1"

    message_id: UUID
    conversation_id: UUID
    from_person_id: UUID
    to_person_id: UUID
    unread: int = 1


@dataclass(frozen=True, kw_only=True)
class UnreadDue(Event):
    """Timer: a message should have been read by now; looked up again."""

    name: ClassVar[str] = "messaging.unread_due.v1"

    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class UploadLapsed(Event):
    """Timer: an uploaded file should belong to a message by now, or goes."""

    name: ClassVar[str] = "messaging.upload_lapsed.v1"

    file_id: UUID
