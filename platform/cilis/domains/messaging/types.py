"""Words of the room: conversations, messages, files, and how far each side is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

MAX_TEXT = 4_000
MAX_FILES = 5
UNREAD_AFTER = timedelta(minutes=5)
"""How long a message may lie unread before its receiver is told elsewhere."""
UPLOAD_KEPT = timedelta(days=1)
"""How long an uploaded file waits for the message that it belongs to."""


class MessageKind(StrEnum):
    """Who speaks: one of the two people, or the house itself."""

    TEXT = "text"
    NOTICE = "notice"  # a line about their booking


class NoticeKind(StrEnum):
    """What a line about a booking tells."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    MOVED = "moved"
    CANCELLED = "cancelled"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Marks:
    """How far somebody is: the numbers of the last message that was read, and that arrived."""

    read: int = 0
    delivered: int = 0


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file of a conversation; its content is fetched by itself."""

    id: UUID
    conversation_id: UUID
    message_id: UUID | None
    person_id: UUID
    name: str
    size: int
    content_type: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a conversation. ``number`` is its place: 1, 2, 3 …, the same for both sides."""

    id: UUID
    conversation_id: UUID
    number: int
    sender_id: UUID | None
    sending_id: UUID
    kind: MessageKind
    text: str
    detail: Mapping[str, Any]
    created_at: datetime
    files: tuple[SentFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a client and an expert write to each other, as one of the two sees it."""

    id: UUID
    client_id: UUID
    expert_id: UUID
    expert_person_id: UUID
    viewer_id: UUID
    last_number: int
    last_at: datetime
    unread: int
    mine: Marks = field(default_factory=Marks)
    theirs: Marks = field(default_factory=Marks)
    last: Message | None = None

    @property
    def is_clients(self) -> bool:
        """Whether the viewer is the client."""
        return self.viewer_id == self.client_id

    @property
    def other_id(self) -> UUID:
        """The person at the other end."""
        return self.expert_person_id if self.is_clients else self.client_id


@dataclass(frozen=True, slots=True)
class Other:
    """The person at the other end; ``slug`` leads to an expert's public page."""

    person_id: UUID
    name: str
    picture_key: str | None
    slug: str


@dataclass(frozen=True, slots=True)
class MessageWish:
    """What somebody wants to send.

    ``sending_id`` is made by the sender's program, once for each message; sending it again
    sends nothing.
    """

    sending_id: UUID
    text: str = ""
    file_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message that was sent elsewhere or is made up for a demo."""

    by_client: bool
    text: str
    at: datetime
