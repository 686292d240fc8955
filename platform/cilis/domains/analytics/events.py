"""The room's own timer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class DayOver(Event):
    """Timer: a day of the organization has ended; ``due`` is its midnight."""

    name: ClassVar[str] = "analytics.day_over.v1"

    due: datetime
