"""Payouts that a gateway makes by itself: sent and followed by timers, as refunds are."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import extensions
from cilis.domains.payouts import queries
from cilis.domains.payouts.events import (
    AskTransfer,
    BatchChanged,
    RecallTransfer,
    SendTransfer,
    TransferDoubtful,
)
from cilis.domains.payouts.models import Payout, PayoutBatch
from cilis.domains.payouts.service.settling import settle
from cilis.domains.payouts.types import BatchState, PayoutState, resend_pause
from cilis.hooks.failures import PluginError, Refused, TryLater
from cilis.hooks.manager import PluginFailed
from cilis.hooks.transfers import TransferNews, TransferOrder, TransferOutcome
from cilis.infra import audit, faults, outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock

log = logging.getLogger(__name__)

_SECONDS = 12.0
_LAST_FOLLOW_UP = 40


@dataclass(frozen=True)
class _Case:
    payout_id: UUID
    active: extensions.Active | None
    order: TransferOrder


def send_transfer(payout_id: UUID, step: int) -> None:
    """Tell the gateway to pay; repeated until it takes it on or says no.

    The payout's id is the gateway's idempotency key, so a repeat never pays twice. A no to a
    repeat says nothing of the call before (a key was revoked meanwhile), so it ends nothing.
    """
    case = _next_turn(payout_id)
    if case is None:
        return
    heard = _ask(case, "transfer")
    faults.crash_point("after_transfer_call")
    with transaction() as session:
        batch, payout = _lock(session, payout_id)
        if isinstance(heard, Refused) and case.order.times_sent:
            _doubt(session, batch, payout, heard)
        else:
            _record(session, batch, payout, heard)
        if payout.state != PayoutState.SENT or not _is_next(payout, step):
            return
        if isinstance(heard, TransferNews):
            payout.asked_step = -1
            _follow(session, payout, 0)
            return
        event = SendTransfer(payout_id=payout_id, step=step + 1)
        outbox.emit(session, event, at=clock.now() + _pause(heard, step), subject=payout_id)


def ask_transfer(payout_id: UUID, step: int) -> None:
    """Ask what became of a transfer; again later while it is under way."""
    with reading() as session:
        payout = queries.payout(session, payout_id)
        if payout.state != PayoutState.SENT:
            return
        case = _case(session, payout)
    heard = _ask(case, "query_transfer")
    with transaction() as session:
        batch, payout = _lock(session, payout_id)
        if isinstance(heard, TransferNews):  # silence here is no news
            _record(session, batch, payout, heard)
        if payout.state == PayoutState.SENT and _is_next(payout, step):
            _follow(session, payout, step + 1)


def recall_transfer(payout_id: UUID, step: int) -> None:
    """Tell the gateway to take a finished transfer back; repeated until it did or says no."""
    with reading() as session:
        payout = queries.payout(session, payout_id)
        if payout.recalled_by is None or payout.state != PayoutState.PAID:
            return
        case = _case(session, payout)
    heard = _ask(case, "reverse_transfer")
    faults.crash_point("after_recall_call")
    with transaction() as session:
        batch, payout = _lock(session, payout_id)
        if payout.recalled_by is None or payout.state != PayoutState.PAID:
            return
        if isinstance(heard, TransferNews) and heard.outcome == TransferOutcome.REFUSED:
            by, payout.recalled_by = payout.recalled_by, None
            reason = payout.reason
            settle(session, batch, payout, PayoutState.RETURNED, by=by, reason=reason)
        elif isinstance(heard, Refused):
            payout.recalled_by, payout.reason = None, heard.reason[:200]
            detail: dict[str, Any] = {"payout": payout.id.hex, "reason": payout.reason}
            action = "payouts.recall_refused"
            audit.record(session, action, payout.expert_id, actor=None, detail=detail)
            outbox.emit(session, BatchChanged(batch_id=batch.id), subject=batch.id)
        else:
            at = clock.now() + _pause(_silence(heard), step)
            event = RecallTransfer(payout_id=payout_id, step=step + 1)
            outbox.emit(session, event, at=at, subject=payout_id)


def _silence(heard: TransferNews | Exception) -> Exception:
    """A gateway that took the recall on and has not done it is asked again like a silent one."""
    return heard if isinstance(heard, Exception) else TryLater("under way")


def _next_turn(payout_id: UUID) -> _Case | None:
    """A payout that is to be sent; the turn is counted before the gateway hears of it."""
    with transaction() as session:
        batch, payout = _lock(session, payout_id)
        is_open = payout.state in {PayoutState.ORDERED, PayoutState.SENT}
        if batch.state != BatchState.READY or not is_open:
            return None
        payout.state = PayoutState.SENT
        case = _case(session, payout)
        if case.active is not None:
            payout.times_sent += 1
    return case


def _case(session: Session, payout: Payout) -> _Case:
    try:
        active: extensions.Active | None = extensions.active_one(
            session, queries.PAYMENTS, payout.provider
        )
    except extensions.ExtensionOff:
        active = None
    batch = queries.batch(session, payout.batch_id)
    order = TransferOrder(
        transfer_reference=payout.reference,
        account=queries.unsealed(payout.sealed).number,
        amount=payout.amount,
        description=batch.reference,
        ordered_at=payout.ordered_at,
        provider_reference=payout.provider_reference,
        times_sent=payout.times_sent,
    )
    return _Case(payout.id, active, order)


def _ask(case: _Case, method: str) -> TransferNews | Exception:
    if case.active is None:
        return TryLater("switched off")
    try:
        news: TransferNews = extensions.call(
            case.active, _SECONDS, method, case.order, case.active.settings
        )
    except (PluginError, PluginFailed) as problem:
        log.warning("%s of %s: %s", method, case.payout_id, type(problem).__name__)
        return problem
    return news


def _lock(session: Session, payout_id: UUID) -> tuple[PayoutBatch, Payout]:
    batch = queries.batch(session, queries.payout(session, payout_id).batch_id, lock=True)
    return batch, queries.payout(session, payout_id, lock=True)


def _record(
    session: Session, batch: PayoutBatch, payout: Payout, heard: TransferNews | Exception
) -> None:
    if isinstance(heard, Refused):
        settle(session, batch, payout, PayoutState.RETURNED, by=None, reason=heard.reason[:200])
    if not isinstance(heard, TransferNews):
        return
    payout.provider_reference = heard.provider_reference or payout.provider_reference
    if heard.outcome == TransferOutcome.DONE:
        settle(session, batch, payout, PayoutState.PAID, by=None)
    elif heard.outcome == TransferOutcome.REFUSED:
        settle(session, batch, payout, PayoutState.RETURNED, by=None, reason=heard.reason[:200])


def _doubt(session: Session, batch: PayoutBatch, payout: Payout, heard: Refused) -> None:
    """The gateway says no, but may have paid when it was told before: the staff should look."""
    if payout.state != PayoutState.SENT:
        return
    detail: dict[str, Any] = {"payout": payout.id.hex, "reason": heard.reason[:200]}
    audit.record(session, "payouts.transfer_doubtful", payout.expert_id, actor=None, detail=detail)
    alarm = TransferDoubtful(payout_id=payout.id, batch_id=batch.id, provider=payout.provider)
    outbox.emit(session, alarm, subject=payout.id)


def _pause(heard: Exception, step: int) -> timedelta:
    """How long until the next try: what the gateway asks for, if that is longer than ours."""
    wished = heard.after if isinstance(heard, TryLater) else timedelta()
    return max(resend_pause(step), wished)


def _is_next(payout: Payout, step: int) -> bool:
    """Whether this turn was not taken before; takes it."""
    if step <= payout.asked_step:
        return False
    payout.asked_step = step
    return True


def _follow(session: Session, payout: Payout, step: int) -> None:
    if step > _LAST_FOLLOW_UP:
        detail: dict[str, Any] = {"asked": step, "payout": payout.id.hex}
        audit.record(
            session, "payouts.transfer_unsettled", payout.expert_id, actor=None, detail=detail
        )
        return
    event = AskTransfer(payout_id=payout.id, step=step)
    outbox.emit(session, event, at=clock.now() + resend_pause(step), subject=payout.id)
