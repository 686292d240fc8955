"""The room's own timer, and what it tells of its copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class CardStale(Event):
    """A card's free times have to be read again: its next start has passed, or a day has.

    One such timer of an expert counts, the one whose ``due`` the card remembers.
    """

    name: ClassVar[str] = "search.card_stale.v1"

    expert_id: UUID
    due: datetime


@dataclass(frozen=True, kw_only=True)
class CardWritten(Event):
    """An expert's row in the copy was written: the search engine beside us has to hear of it."""

    name: ClassVar[str] = "search.card_written.v1"

    expert_id: UUID
