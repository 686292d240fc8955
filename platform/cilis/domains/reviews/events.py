"""What happens to reviews, for the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class ReviewWritten(Event):
    """A client reviewed a session. Listeners: notifications (tells the expert)."""

    name: ClassVar[str] = "reviews.written.v1"

    review_id: UUID
    expert_id: UUID
    client_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReviewEdited(Event):
    """A client changed a review; its words and stars are read by id."""

    name: ClassVar[str] = "reviews.edited.v1"

    review_id: UUID
    expert_id: UUID
    client_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReviewAnswered(Event):
    """The expert answered. Listeners: notifications (tells the client)."""

    name: ClassVar[str] = "reviews.answered.v1"

    review_id: UUID
    expert_id: UUID
    client_id: UUID
