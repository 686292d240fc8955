"""The room's own timers. Every listener may run twice without harm."""

from __future__ import annotations

from cilis.domains.payouts import service
from cilis.domains.payouts.events import AskTransfer, RecallTransfer, SendTransfer
from cilis.infra.outbox import listens_to


@listens_to(SendTransfer, slow=True)
def send_transfer(event: SendTransfer) -> None:
    """Tell a gateway to pay an expert."""
    service.send_transfer(event.payout_id, event.step)


@listens_to(AskTransfer, slow=True)
def ask_transfer(event: AskTransfer) -> None:
    """Ask what became of a transfer."""
    service.ask_transfer(event.payout_id, event.step)


@listens_to(RecallTransfer, slow=True)
def recall_transfer(event: RecallTransfer) -> None:
    """Tell a gateway to take a transfer back."""
    service.recall_transfer(event.payout_id, event.step)
