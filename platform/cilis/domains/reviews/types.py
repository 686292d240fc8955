"""What the room speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

MAX_TEXT = 4000
EDITABLE_FOR = timedelta(days=14)
"""How long a client may change a review, as long as the expert has not answered it."""
ASPECTS = ("knowledge", "clarity", "punctuality")
"""What a client may give stars for besides the whole."""


@dataclass(frozen=True, slots=True)
class Review:
    """What a client said after a session; ``author_label`` is all that others see of them."""

    id: UUID
    booking_id: UUID
    expert_id: UUID
    client_id: UUID
    topic_id: UUID | None
    stars: int
    marks: Mapping[str, int] = field(hash=False)
    text: str
    author_label: str
    reply: str
    replied_at: datetime | None
    created_at: datetime
    edited_at: datetime | None = None

    @property
    def editable_until(self) -> datetime:
        """When its author may change it for the last time."""
        return self.created_at + EDITABLE_FOR


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many reviews gave how many stars, and the mean of each aspect that was marked."""

    counts: Mapping[int, int]
    aspects: Mapping[str, float] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All reviews."""
        return sum(self.counts.values())

    @property
    def average(self) -> float | None:
        """The mean; None without reviews."""
        if not self.total:
            return None
        return sum(stars * count for stars, count in self.counts.items()) / self.total

    def share(self, stars: int) -> float:
        """0 to 1: which part of all gave so many stars."""
        return self.counts.get(stars, 0) / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewImport:
    """A review that arrives from a pack or another installation."""

    booking_id: UUID
    expert_id: UUID
    client_id: UUID
    stars: int
    text: str
    author_label: str
    created_at: datetime
    topic_id: UUID | None = None
    marks: Mapping[str, int] = field(default_factory=dict)
    reply: str = ""
    replied_at: datetime | None = None
