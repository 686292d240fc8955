"""What the room reports, and the timers it sets for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class CreditOpened(Event):
    """A credit can be used. Listeners: notifications (buyer, recipient or owner), sockets."""

    name: ClassVar[str] = "credits.opened.v1"

    credit_id: UUID


@dataclass(frozen=True, kw_only=True)
class CreditEndsSoon(Event):
    """Timer: what is left of a credit can be used for a short time only.

    Listeners: notifications (tells the owner).
    """

    name: ClassVar[str] = "credits.ends_soon.v1"

    credit_id: UUID


@dataclass(frozen=True, kw_only=True)
class CreditEnds(Event):
    """Timer: a credit's time should be over."""

    name: ClassVar[str] = "credits.ends.v1"

    credit_id: UUID


@dataclass(frozen=True, kw_only=True)
class CreditLapses(Event):
    """Timer: nobody should be paying for a credit any more."""

    name: ClassVar[str] = "credits.lapses.v1"

    credit_id: UUID
