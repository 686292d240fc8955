"""Giving money back: asked for in the caller's transaction, sent and followed by timers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import extensions, ledger
from cilis.domains.payments import providers, queries
from cilis.domains.payments.errors import NotRefundable, RefundTooLarge
from cilis.domains.payments.events import AskRefund, RefundAsked, SendRefund
from cilis.domains.payments.models import Attempt, Refund
from cilis.domains.payments.service.alarms import alarm
from cilis.domains.payments.service.moves import apply_refund_news, move_refund, note
from cilis.domains.payments.service.postings import refund_asked
from cilis.domains.payments.service.shares import share_of_refund
from cilis.domains.payments.types import (
    AttemptState,
    BorneBy,
    Cause,
    RefundState,
    Step,
    refund_pause,
    resend_pause,
)
from cilis.hooks.failures import PluginError, Refused, TryLater
from cilis.hooks.manager import PluginFailed
from cilis.hooks.payments import RefundNews
from cilis.infra import audit, faults, outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.money import Money

log = logging.getLogger(__name__)

_LAST_FOLLOW_UP = 40


def request_refund(
    session: Session,
    attempt_id: UUID,
    amount: Money,
    reason: str,
    by: UUID | None,
    *,
    key: str = "",
    borne_by: BorneBy = BorneBy.SHARED,
) -> UUID:
    """Ask for money to go back; returns the refund's id. The gateway hears of it afterwards.

    Asking twice under the same key (the reason, unless given) is asking once: the first
    refund's id comes back and nothing else happens. By the rules of cancelling a refund lessens
    what all share in (``borne_by``); by grace it is usually the organization's own.

    Raises:
        PaymentNotFound: no such attempt.
        NotRefundable: its money has not come, or the amount is not positive or in its currency.
        RefundTooLarge: together with earlier refunds more would go back than came.
    """
    attempt = queries.lock(session, attempt_id)
    known = queries.refund_by_key(session, attempt_id, (key or reason)[:160])
    if known is not None:
        return known.id
    if attempt.state != AttemptState.CAPTURED:
        raise NotRefundable(f"attempt {attempt_id} is {attempt.state}")
    if amount.minor <= 0 or amount.currency != attempt.currency:
        raise NotRefundable(f"{amount} of {attempt.amount}")
    left = attempt.amount_minor - queries.refunded_minor(session, attempt_id)
    if amount.minor > left:
        raise RefundTooLarge(f"{amount.minor} of {left} left", left_minor=left)
    refund = Refund(
        id=ids.new(),
        attempt_id=attempt_id,
        key=(key or reason)[:160],
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        asked_by=by,
        asked_at=clock.now(),
        state=RefundState.ASKED,
        borne_by=borne_by,
        share_minor=share_of_refund(session, attempt, amount, borne_by),
    )
    session.add(refund)
    session.flush()
    note(session, attempt, Step(Cause.REFUNDING, {"reason": reason}, by), refund)
    ledger.post(session, refund_asked(attempt, refund))
    detail = {"attempt_id": str(attempt_id), "amount_minor": amount.minor, "reason": reason}
    detail["borne_by"] = borne_by.value
    audit.record(session, "payments.refund_asked", refund.id, actor=by, detail=detail)
    told = RefundAsked(refund_id=refund.id, attempt_id=attempt_id, subject_id=attempt.subject_id)
    outbox.emit(session, told, subject=attempt.id)
    if attempt.is_by_credit:
        move_refund(session, attempt, refund, RefundState.DONE, Step(Cause.CREDIT, actor=by))
    else:
        outbox.emit(session, SendRefund(refund_id=refund.id), subject=attempt.id)
    return refund.id


def send_refund(refund_id: UUID, step: int) -> None:
    """Tell the gateway to give money back; repeated until it takes it on or says no.

    The refund's id is the gateway's idempotency key, so a repeat never pays back twice. A no that
    is raised, not told as news, says nothing of the calls before: after one of those it ends
    nothing, and the staff look. Refunds of one payment go one after the other: while an earlier
    one is not heard of, this one waits.
    """
    case = _next_turn(refund_id)
    if case is None:
        return
    heard = _ask(case, "refund") if case.may_go else _WAITS
    faults.crash_point("after_refund_call")
    with transaction() as session:
        attempt, refund = _lock(session, case)
        if case.may_go:
            _record(session, attempt, refund, heard, is_repeat=bool(case.times_sent))
        if refund.state == RefundState.ASKED and _is_next(refund, step):
            event = SendRefund(refund_id=refund.id, step=step + 1)
            outbox.emit(session, event, at=clock.now() + _pause(heard, step), subject=attempt.id)
        elif refund.state == RefundState.ACCEPTED and not providers.is_by_hand(attempt.provider):
            refund.asked_step = -1
            _follow(session, refund, 0)


def ask_refund(refund_id: UUID, step: int) -> None:
    """Ask what became of a refund that the gateway took on; again later while it is under way."""
    case = _load(refund_id, {RefundState.ACCEPTED})
    if case is None:
        return
    heard = _ask(case, "query_refund")
    with transaction() as session:
        attempt, refund = _lock(session, case)
        if isinstance(heard, RefundNews):  # silence here is no news and leaves no row
            _record(session, attempt, refund, heard)
        if refund.state == RefundState.ACCEPTED and _is_next(refund, step):
            _follow(session, refund, step + 1)


_WAITS = TryLater("an earlier refund of this payment comes first")


@dataclass(frozen=True)
class _Case:
    attempt: Attempt
    refund: Refund
    others: Sequence[Refund]
    active: extensions.Active | None
    times_sent: int = 0
    may_go: bool = True


def _next_turn(refund_id: UUID) -> _Case | None:
    """A refund that is to be sent; the turn is counted before the gateway hears of it."""
    with transaction() as session:
        refund = queries.refund(session, refund_id)
        attempt = queries.lock(session, refund.attempt_id)
        session.refresh(refund)
        if refund.state != RefundState.ASKED:
            return None
        case = _case(session, attempt, refund)
        before = [one for one in case.others if one.id < refund.id]
        if case.active is None or any(one.state == RefundState.ASKED for one in before):
            return replace(case, may_go=case.active is None)
        refund.times_sent += 1
    return case


def _load(refund_id: UUID, states: set[RefundState]) -> _Case | None:
    with reading() as session:
        refund = queries.refund(session, refund_id)
        if refund.state not in states:
            return None
        return _case(session, queries.attempt(session, refund.attempt_id), refund)


def _case(session: Session, attempt: Attempt, refund: Refund) -> _Case:
    try:
        active: extensions.Active | None = providers.gateway(session, attempt.provider)
    except extensions.ExtensionOff:
        active = None
    others = queries.refunds_of(session, [attempt.id])[attempt.id]
    return _Case(attempt, refund, others, active, refund.times_sent)


def _ask(case: _Case, method: str) -> RefundNews | Exception:
    if case.active is None:
        return TryLater("switched off")
    order = providers.refund_order(case.attempt, case.refund, case.others)
    order = replace(order, times_sent=case.times_sent)
    try:
        news: RefundNews = providers.ask(case.active, providers.ASK_SECONDS, method, order)
    except (PluginError, PluginFailed) as problem:
        log.warning("%s of %s: %s", method, case.refund.id, providers.said(problem))
        return problem
    return news


def _pause(heard: RefundNews | Exception, step: int) -> timedelta:
    """How long until the next try: what the gateway asks for, if that is longer than ours."""
    wished = heard.after if isinstance(heard, TryLater) else timedelta()
    return max(resend_pause(step), wished)


def _lock(session: Session, case: _Case) -> tuple[Attempt, Refund]:
    attempt = queries.lock(session, case.attempt.id)
    return attempt, queries.refund(session, case.refund.id)


def _record(
    session: Session,
    attempt: Attempt,
    refund: Refund,
    heard: RefundNews | Exception,
    *,
    is_repeat: bool = False,
) -> None:
    if isinstance(heard, RefundNews):
        step = Step(Cause.REFUNDING, {"event_id": heard.event_id, **heard.raw})
        apply_refund_news(session, attempt, refund, heard, step)
        return
    if refund.state != RefundState.ASKED:
        return
    step = Step(Cause.REFUNDING, {"problem": providers.said(heard)})
    if isinstance(heard, Refused) and not is_repeat:
        refund.refusal = heard.reason[:200]
        move_refund(session, attempt, refund, RefundState.REFUSED, step)
        return
    note(session, attempt, step, refund)
    if isinstance(heard, Refused):
        detail = {"refund_id": refund.id.hex, "reason": heard.reason[:200]}
        audit.record(session, "payments.refund_doubtful", attempt.id, actor=None, detail=detail)
        alarm(session, attempt, "refund")


def _is_next(refund: Refund, step: int) -> bool:
    """Whether this turn was not taken before; takes it."""
    if step <= refund.asked_step:
        return False
    refund.asked_step = step
    return True


def _follow(session: Session, refund: Refund, step: int) -> None:
    if step > _LAST_FOLLOW_UP:
        detail = {"asked": step}
        audit.record(session, "payments.refund_unsettled", refund.id, actor=None, detail=detail)
        return
    at = clock.now() + refund_pause(step)
    event = AskRefund(refund_id=refund.id, step=step)
    outbox.emit(session, event, at=at, subject=refund.attempt_id)
