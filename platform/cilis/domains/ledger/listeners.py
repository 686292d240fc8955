"""The room's timer. It may ring twice without harm."""

from __future__ import annotations

from cilis.domains.ledger import service
from cilis.domains.ledger.events import SnapshotDue
from cilis.infra.outbox import listens_to


@listens_to(SnapshotDue, slow=True)
def take_snapshot(_event: SnapshotDue) -> None:
    """Write balances down once more."""
    service.take_snapshot()
