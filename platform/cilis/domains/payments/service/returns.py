"""The client's browser comes back from the gateway: looked at, never believed."""

from __future__ import annotations

import logging
from uuid import UUID

from cilis.domains import extensions
from cilis.domains.payments import providers, queries
from cilis.domains.payments.models import Attempt
from cilis.domains.payments.types import LIVE_STATES
from cilis.hooks.failures import PluginError
from cilis.hooks.manager import PluginFailed
from cilis.hooks.payments import CallbackRequest, Outcome
from cilis.infra.db import reading

log = logging.getLogger(__name__)


def read_return(attempt_id: UUID, call: CallbackRequest) -> tuple[Attempt, Outcome | None]:
    """The attempt, and what the browser's return claims; None when it proves nothing.

    Raises:
        PaymentNotFound: no such attempt.
    """
    with reading() as session:
        attempt = queries.attempt(session, attempt_id)
        if attempt.state not in LIVE_STATES:
            return attempt, None  # we know better than the browser
        try:
            active = providers.gateway(session, attempt.provider)
        except extensions.ExtensionOff:
            return attempt, None
    try:
        outcome: Outcome = providers.ask(active, providers.READ_SECONDS, "read_return", call)
    except (PluginError, PluginFailed) as problem:
        log.info("return to %s proves nothing: %s", attempt_id, providers.said(problem))
        return attempt, None
    return attempt, outcome
