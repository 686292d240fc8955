"""Hints to open slot pickers, after the commit; a lost one costs nothing.

Socket event ``scheduling.changed`` to the public room ``expert:<id>``, payload
``{"expert_id": str}``. The page reads the free starts again; whose hour it was stays unsaid.
"""

from __future__ import annotations

from uuid import UUID

from cilis.domains.scheduling.events import ClaimReleased, ClaimTaken, HoursChanged
from cilis.infra.outbox import listens_to
from cilis.infra.realtime import push


@listens_to(ClaimTaken)
def push_taken(event: ClaimTaken) -> None:
    """A start is gone."""
    _push(event.expert_id)


@listens_to(ClaimReleased)
def push_released(event: ClaimReleased) -> None:
    """A start is free again."""
    _push(event.expert_id)


@listens_to(HoursChanged)
def push_hours(event: HoursChanged) -> None:
    """The week looks different."""
    _push(event.expert_id)


def _push(expert_id: UUID) -> None:
    push(f"expert:{expert_id}", "scheduling.changed", {"expert_id": str(expert_id)})
