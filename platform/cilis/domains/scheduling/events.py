"""What scheduling reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class HoursChanged(Event):
    """An expert's week, its exceptions, the grid of starts or what calendars outside take changed.

    Listeners: search (next free starts), sockets (open slot pickers).
    """

    name: ClassVar[str] = "scheduling.hours_changed.v1"

    expert_id: UUID


@dataclass(frozen=True, kw_only=True)
class ClaimTaken(Event):
    """Part of an expert's time is taken.

    Listeners: search (next free starts), sockets (open slot pickers).
    """

    name: ClassVar[str] = "scheduling.claim_taken.v1"

    expert_id: UUID
    claim_id: UUID


@dataclass(frozen=True, kw_only=True)
class ClaimReleased(Event):
    """Part of an expert's time is free again.

    Listeners: search (next free starts), sockets (open slot pickers).
    """

    name: ClassVar[str] = "scheduling.claim_released.v1"

    expert_id: UUID
    claim_id: UUID
