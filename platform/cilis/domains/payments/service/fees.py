"""What a payment company keeps for itself, asked for after the capture and booked."""

from __future__ import annotations

import logging
from uuid import UUID

from cilis.domains import extensions
from cilis.domains.payments import providers, queries
from cilis.domains.payments.events import AskFee
from cilis.domains.payments.service.postings import post_fee
from cilis.domains.payments.types import AttemptState, fee_pause
from cilis.hooks.failures import PluginError, Refused
from cilis.hooks.manager import PluginFailed
from cilis.infra import outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock
from cilis.kit.money import Money

log = logging.getLogger(__name__)


def ask_fee(attempt_id: UUID, step: int) -> None:
    """Ask once, keep and book the answer; again later while the company does not know."""
    with reading() as session:
        attempt = queries.attempt(session, attempt_id)
        if attempt.state != AttemptState.CAPTURED or attempt.cost_minor is not None:
            return
        try:
            active = providers.gateway(session, attempt.provider)
        except extensions.ExtensionOff:
            return
    question = providers.question(attempt)
    cost: Money | None = None
    later = False
    try:
        cost = providers.ask(active, providers.ASK_SECONDS, "fee", question)
    except Refused as problem:
        log.warning("the fee of %s is not told: %s", attempt_id, problem.reason)
    except (PluginError, PluginFailed):
        later = True
    with transaction() as session:
        locked = queries.lock(session, attempt_id)
        if locked.cost_minor is not None:
            return
        if cost is not None:
            locked.cost_minor, locked.cost_currency = cost.minor, cost.currency
            post_fee(session, locked, cost)
        pause = fee_pause(step + 1)
        if later and pause is not None:
            event = AskFee(attempt_id=attempt_id, step=step + 1)
            outbox.emit(session, event, at=clock.now() + pause, subject=attempt_id)
