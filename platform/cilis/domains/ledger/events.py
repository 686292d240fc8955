"""The room's own timer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cilis.infra.outbox import Event


@dataclass(frozen=True, kw_only=True)
class SnapshotDue(Event):
    """Enough was posted that balances should be written down once more."""

    name: ClassVar[str] = "ledger.snapshot_due.v1"
    passing: ClassVar[bool] = True
