"""What gateways tell us: read, kept once, believed only after every check.

The order of the checks: signature, known reference, amount and currency, already final. A
notice that fails one changes nothing and is audited. All effects of a notice, its row in the
inbox among them, are one transaction, so a crash leaves the gateway to repeat it.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import extensions
from cilis.domains.payments import providers, queries
from cilis.domains.payments.errors import PaymentNotFound, RefundNotFound
from cilis.domains.payments.events import MoneyAlarm, ReadParked
from cilis.domains.payments.models import Attempt, PaymentNotice
from cilis.domains.payments.service.kept_news import News, as_json, as_news, event_key
from cilis.domains.payments.service.moves import (
    apply_dispute_news,
    apply_news,
    apply_refund_news,
)
from cilis.domains.payments.service.payees import account_told
from cilis.domains.payments.types import Cause, Step
from cilis.hooks.failures import PluginError
from cilis.hooks.manager import PluginFailed
from cilis.hooks.payee_accounts import AccountNews
from cilis.hooks.payments import (
    BadSignature,
    CallbackReply,
    CallbackRequest,
    DisputeNews,
    Ignored,
    PaymentNews,
    Verdict,
)
from cilis.infra import audit, faults, limits, outbox
from cilis.infra.db import DatabaseGone, transaction
from cilis.kit import clock, ids
from cilis.kit.errors import TooMany

log = logging.getLogger(__name__)

_PARKED_PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
)
_SETTLED = {Verdict.RECORDED, Verdict.REPEATED, Verdict.IGNORED}
_UNANSWERABLE = CallbackReply(503, b"", "text/plain")
_KEEP = sa.select(PaymentNotice).from_statement(
    sa.text(
        "INSERT INTO payment_notices (id, provider, event_id, received_at, news, verdict, times)"
        " VALUES (:id, :provider, :event_id, :at, :news, :verdict, 1)"
        " ON CONFLICT (provider, event_id) DO UPDATE SET times = payment_notices.times + 1"
        " RETURNING *"
    ).bindparams(
        sa.bindparam("id", type_=sa.Uuid()),
        sa.bindparam("at", type_=sa.DateTime(timezone=True)),
        sa.bindparam("news", type_=PaymentNotice.__table__.columns.news.type),
    )
)


def receive(active: extensions.Active, call: CallbackRequest) -> CallbackReply:
    """Take one call of a gateway and answer it in the gateway's own words."""
    verdict = _verdict(active, call)
    try:
        reply: CallbackReply = extensions.call(
            active, providers.READ_SECONDS, "acknowledge", verdict
        )
    except (PluginError, PluginFailed):
        log.exception("%s cannot say %s", active.key, verdict)
        return _UNANSWERABLE
    return reply


def read_parked(notice_id: UUID, step: int) -> None:
    """Look again at a notice about a payment that was not known when it came."""
    with transaction() as session:
        row = queries.notice(session, notice_id)
        if row is None or row.verdict != Verdict.UNKNOWN_REFERENCE:
            return
        _decide(session, row)
        if row.verdict == Verdict.UNKNOWN_REFERENCE:
            _park(session, row, step + 1)


def _verdict(active: extensions.Active, call: CallbackRequest) -> Verdict:
    try:
        news = providers.ask(active, providers.READ_SECONDS, "read_callback", call)
        if isinstance(news, Ignored):
            return Verdict.IGNORED
        if isinstance(news, AccountNews):
            with transaction() as session:
                return account_told(session, active.key, news)
        with transaction() as session:
            verdict = _take_in(session, active.key, news)
            if isinstance(news, DisputeNews) and verdict == Verdict.UNKNOWN_REFERENCE:
                # Perhaps of something else that was sold by the same account: it is kept here and
                # looked at again, and the company need not repeat it.
                verdict = Verdict.IGNORED
            faults.crash_point("before_commit")
    except BadSignature:
        _audit_forged(active, call)
        return Verdict.FORGED
    except (PluginError, PluginFailed, DatabaseGone, sa.exc.SQLAlchemyError):
        log.exception("a notice of %s could not be taken in", active.key)
        return Verdict.FAULT
    faults.crash_point("before_reply")
    return verdict


def _take_in(session: Session, provider: str, news: News) -> Verdict:
    row = _kept(session, provider, news)
    is_new = row.times == 1
    if not is_new and Verdict(row.verdict) in _SETTLED:
        return Verdict.REPEATED
    verdict = _decide(session, row)
    if is_new and verdict == Verdict.UNKNOWN_REFERENCE:
        _park(session, row, 0)
    return verdict


def _kept(session: Session, provider: str, news: News) -> PaymentNotice:
    """The event's row, locked; a parallel delivery of the same event waits here for the first."""
    told = {
        "id": ids.new(),
        "provider": provider,
        "event_id": event_key(news),
        "at": clock.now(),
        "news": as_json(news),
        "verdict": Verdict.FAULT.value,
    }
    row: PaymentNotice = session.scalars(_KEEP, told).one()
    return row


def _decide(session: Session, row: PaymentNotice) -> Verdict:
    """Make of the kept notice what the rules say, and keep the verdict beside it."""
    news = as_news(row.news)
    step = Step(Cause.NOTICE, {"event_id": news.event_id, **news.raw})
    try:
        if isinstance(news, PaymentNews):
            attempt = _locked(session, row.provider, _id_from(news.reference))
            row.attempt_id = attempt.id
            verdict = apply_news(session, attempt, news, step)
        elif isinstance(news, DisputeNews):
            attempt = queries.lock_numbered(session, row.provider, news.provider_reference)
            dispute = queries.dispute_of(session, row.provider, news.dispute_reference)
            row.attempt_id = attempt.id
            verdict = apply_dispute_news(session, attempt, dispute, news, step)
        else:
            refund = queries.refund(session, _id_from(news.refund_reference))
            attempt = _locked(session, row.provider, refund.attempt_id)
            session.refresh(refund)
            row.attempt_id = attempt.id
            verdict = apply_refund_news(session, attempt, refund, news, step)
    except (PaymentNotFound, RefundNotFound):
        verdict = Verdict.UNKNOWN_REFERENCE
    row.verdict = verdict.value
    return verdict


def _locked(session: Session, provider: str, attempt_id: UUID) -> Attempt:
    attempt = queries.lock(session, attempt_id)
    if attempt.provider != provider:
        raise PaymentNotFound(f"{attempt_id} is not a payment of {provider}")
    return attempt


def _park(session: Session, row: PaymentNotice, step: int) -> None:
    """Set the timer of another look; after the last one the matter is audited and rests."""
    if step < len(_PARKED_PAUSES):
        at = clock.now() + _PARKED_PAUSES[step]
        outbox.emit(session, ReadParked(notice_id=row.id, step=step), at=at)
    if step in {0, len(_PARKED_PAUSES)}:
        action = "payments.notice_parked" if step == 0 else "payments.notice_unmatched"
        detail = {"provider": row.provider, "event_id": row.event_id}
        audit.record(session, action, row.id, actor=None, detail=detail)
    if step == len(_PARKED_PAUSES):
        outbox.emit(session, MoneyAlarm(why="unmatched", provider=row.provider, thing_id=row.id))


def _audit_forged(active: extensions.Active, call: CallbackRequest) -> None:
    """Keep a line, but not a million: whoever forges may also flood."""
    log.warning("forged notice for %s", active.key)
    try:
        limits.hit("payments.forged", active.key, "60/minute")
    except TooMany:
        return
    detail = {
        "provider": active.key,
        "method": call.method,
        "names": sorted(call.query)[:40],
        "bytes": len(call.body),
    }
    try:
        with transaction() as session:
            audit.record(session, "payments.notice_forged", None, actor=None, detail=detail)
            outbox.emit(session, MoneyAlarm(why="forged", provider=active.key, thing_id=ids.new()))
    except (DatabaseGone, sa.exc.SQLAlchemyError):
        log.exception("a forged notice could not be audited")


def _id_from(reference: str) -> UUID:
    try:
        return UUID(hex=reference)
    except ValueError as problem:
        raise PaymentNotFound(f"not a reference of ours: {reference!r}") from problem
