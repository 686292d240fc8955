"""What the staff must look at, because money may not be where it ought to be."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cilis.domains.payments.events import MoneyAlarm
from cilis.domains.payments.models import Attempt
from cilis.infra import outbox


def alarm(session: Session, attempt: Attempt, why: str) -> None:
    """Tell the staff of something about a payment; ``why`` as `MoneyAlarm` names it."""
    event = MoneyAlarm(why=why, provider=attempt.provider, thing_id=attempt.id)
    outbox.emit(session, event, subject=attempt.id)
