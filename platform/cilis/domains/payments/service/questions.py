"""Asking a gateway what became of a payment, and ending a payment nobody waits for.

Each use case is three steps: read, speak to the gateway with nothing open, write. A notice may
come between; the table of moves and the row's lock make the order harmless.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import extensions
from cilis.domains.payments import providers, queries
from cilis.domains.payments.events import AskGateway
from cilis.domains.payments.models import Attempt
from cilis.domains.payments.service.moves import apply_news, move, note
from cilis.domains.payments.types import LIVE_STATES, AttemptState, Cause, Step, ask_times
from cilis.hooks.failures import PluginError
from cilis.hooks.manager import PluginFailed
from cilis.hooks.payments import Outcome, PaymentNews
from cilis.infra import outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock

log = logging.getLogger(__name__)

_SETTLES = {Outcome.PAID, Outcome.FAILED, Outcome.EXPIRED, Outcome.REVIEW}
_ASKABLE = LIVE_STATES | {AttemptState.EXPIRED, AttemptState.REVIEW}


@dataclass(frozen=True)
class _Heard:
    """What the gateway said; ``problem`` when it said nothing."""

    news: PaymentNews | None = None
    closed: bool = False
    problem: str = ""


def ask_gateway(attempt_id: UUID, step: int) -> None:
    """One turn of the reconciliation: ask, record, and set the timer of the next turn.

    From the attempt's end on, a payment that is still open is closed at the gateway and asked
    about once more, so that money of the last second is not missed; then it is expired.
    """
    with reading() as session:
        attempt = queries.attempt(session, attempt_id)
        if attempt.state not in _ASKABLE:
            return
        active = _switched_on(session, attempt.provider)
    over = attempt.expires_at <= clock.now()
    given_up = over or attempt.state == AttemptState.EXPIRED
    heard = _listen(active, attempt, close=given_up) if active else _Heard(problem="switched off")
    with transaction() as session:
        locked = queries.lock(session, attempt_id)
        _record(session, locked, heard)
        if over and locked.state in LIVE_STATES:
            move(session, locked, AttemptState.EXPIRED, Step(Cause.EXPIRY))
        _set_next(session, locked, step)


def close_at_gateway(attempt_id: UUID) -> None:
    """End an attempt that was given up before its time; lost money would still be found."""
    with reading() as session:
        attempt = queries.attempt(session, attempt_id)
        if attempt.state != AttemptState.EXPIRED or attempt.closed_at is not None:
            return
        active = _switched_on(session, attempt.provider)
    if active is None:
        return
    heard = _listen(active, attempt, close=True)
    with transaction() as session:
        _record(session, queries.lock(session, attempt_id), heard)


def _switched_on(session: Session, key: str) -> extensions.Active | None:
    try:
        return providers.gateway(session, key)
    except extensions.ExtensionOff:
        return None


def _listen(active: extensions.Active, attempt: Attempt, *, close: bool) -> _Heard:
    question = providers.question(attempt)
    try:
        news: PaymentNews = providers.ask(active, providers.ASK_SECONDS, "query", question)
    except (PluginError, PluginFailed) as problem:
        log.warning(
            "%s did not say what became of %s: %s", active.key, attempt.id, providers.said(problem)
        )
        return _Heard(problem=providers.said(problem))
    if not close or news.outcome in _SETTLES or attempt.closed_at is not None:
        return _Heard(news)
    try:
        providers.ask(active, providers.ASK_SECONDS, "close", question)
        news = providers.ask(active, providers.ASK_SECONDS, "query", question)
    except (PluginError, PluginFailed) as problem:
        log.warning("%s did not close %s: %s", active.key, attempt.id, providers.said(problem))
        return _Heard(news)
    return _Heard(news, closed=True)


def _record(session: Session, attempt: Attempt, heard: _Heard) -> None:
    if heard.closed and attempt.closed_at is None:
        attempt.closed_at = clock.now()
    if heard.news is not None:
        step = Step(Cause.QUERY, {"event_id": heard.news.event_id, **heard.news.raw})
        apply_news(session, attempt, heard.news, step)
    elif heard.problem:
        note(session, attempt, Step(Cause.QUERY, {"problem": heard.problem}))


def _set_next(session: Session, attempt: Attempt, step: int) -> None:
    """Set the next timer, once, however often this turn was delivered."""
    if step <= attempt.asked_step or attempt.state not in _ASKABLE:
        return
    attempt.asked_step = step
    by_hand = providers.is_by_hand(attempt.provider)
    times = ask_times(attempt.created_at, attempt.expires_at, by_hand=by_hand)
    if step + 1 < len(times):
        event = AskGateway(attempt_id=attempt.id, step=step + 1)
        outbox.emit(session, event, at=times[step + 1], subject=attempt.id)
