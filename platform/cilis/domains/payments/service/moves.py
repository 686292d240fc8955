"""The one place where an attempt or a refund changes its state.

Every function here wants the attempt's row locked by the caller's transaction. A move that the
table does not allow is not made and leaves no trace; one that is made leaves a row of history,
a line of audit, what it moves in the ledger, and the event that belongs to it.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from cilis.domains.payments.events import (
    AskFee,
    DisputeMoved,
    PaymentCaptured,
    PaymentExpired,
    PaymentFailed,
    PaymentPending,
    PaymentReview,
    RefundAccepted,
    RefundRefused,
    RefundSettled,
)
from cilis.domains.payments.models import Attempt, Dispute, PaymentChange, Refund
from cilis.domains.payments.providers import plain, tells_fees
from cilis.domains.payments.service.alarms import alarm
from cilis.domains.payments.service.postings import (
    post_captured,
    post_dispute,
    post_refund,
    post_share_back,
)
from cilis.domains.payments.service.shares import ask_share_back
from cilis.domains.payments.types import (
    ATTEMPT_MOVES,
    DISPUTE_MOVES,
    REFUND_MOVES,
    AttemptState,
    DisputeState,
    RefundState,
    Step,
    fee_pause,
)
from cilis.hooks.payments import (
    DisputeNews,
    Outcome,
    PaymentNews,
    RefundNews,
    RefundOutcome,
    Verdict,
)
from cilis.infra import audit, outbox
from cilis.infra.outbox import Event
from cilis.kit import clock, ids

_TARGETS = {
    Outcome.PENDING: AttemptState.PENDING,
    Outcome.PAID: AttemptState.CAPTURED,
    Outcome.FAILED: AttemptState.FAILED,
    Outcome.EXPIRED: AttemptState.EXPIRED,
    Outcome.REVIEW: AttemptState.REVIEW,
}
_REFUND_TARGETS = {
    RefundOutcome.ACCEPTED: RefundState.ACCEPTED,
    RefundOutcome.DONE: RefundState.DONE,
    RefundOutcome.REFUSED: RefundState.REFUSED,
}
_REFUND_EVENTS: dict[RefundState, type[RefundAccepted | RefundSettled | RefundRefused]] = {
    RefundState.ACCEPTED: RefundAccepted,
    RefundState.DONE: RefundSettled,
    RefundState.REFUSED: RefundRefused,
}
_DISPUTE_ENDS = {DisputeState.WON, DisputeState.LOST, DisputeState.CLOSED}
_TAKEN = {DisputeState.OPEN, DisputeState.UNDER_REVIEW, DisputeState.LOST}
_TAKES_MONEY = (Outcome.PAID, Outcome.REVIEW)


def move(session: Session, attempt: Attempt, to: AttemptState, step: Step) -> bool:
    """Bring an attempt forward and report it; False where the table has no such move."""
    if to not in ATTEMPT_MOVES[attempt.state]:
        return False
    _remember(session, attempt, None, (attempt.state, to), step)
    attempt.state = to
    if to not in {AttemptState.SENT, AttemptState.PENDING}:
        attempt.settled_at = clock.now()
    if to == AttemptState.CAPTURED:
        post_captured(session, attempt)
        _ask_fee(session, attempt)
    event = _event_of(attempt)
    if event is not None:
        outbox.emit(session, event, subject=attempt.id)
    return True


def _ask_fee(session: Session, attempt: Attempt) -> None:
    pause = fee_pause(0)
    if pause is not None and tells_fees(attempt.provider):
        event = AskFee(attempt_id=attempt.id)
        outbox.emit(session, event, at=clock.now() + pause, subject=attempt.id)


def move_refund(
    session: Session,
    attempt: Attempt,
    refund: Refund,
    to: RefundState,
    step: Step,
    *,
    took_share: bool = False,
) -> bool:
    """Bring a refund forward and report it; False where the table has no such move.

    ``took_share``: the company took the payee's share back though the refund came to nothing.
    """
    if to not in REFUND_MOVES[refund.state]:
        return False
    _remember(session, attempt, refund, (refund.state, to), step)
    before, refund.state = refund.state, to
    if to != RefundState.REFUSED or (before == RefundState.ASKED and took_share):
        post_share_back(session, attempt, refund)
    elif before == RefundState.ASKED:
        refund.share_minor = None  # the company took nothing on, so it took nothing back
    if to != RefundState.ACCEPTED:
        refund.settled_at = clock.now()
        post_refund(session, attempt, refund, before)
    event = _REFUND_EVENTS[to](
        refund_id=refund.id, attempt_id=attempt.id, subject_id=attempt.subject_id
    )
    outbox.emit(session, event, subject=attempt.id)
    return True


def note(
    session: Session, attempt: Attempt, step: Step, thing: Refund | Dispute | None = None
) -> None:
    """Keep evidence of something that changed no state, such as a gateway that was silent."""
    state = thing.state if thing else attempt.state
    _remember(session, attempt, thing, (state, state), step)


def apply_news(session: Session, attempt: Attempt, news: PaymentNews, step: Step) -> Verdict:
    """Make of an attempt what the gateway says of it.

    The order of the checks is the gateways' own: amount and currency, then already final.
    """
    if not _fits(attempt, news):
        _refuse_amount(session, attempt, news, step)
        return Verdict.WRONG_AMOUNT
    target = _TARGETS.get(news.outcome)
    if target is None:
        return Verdict.IGNORED
    if target not in ATTEMPT_MOVES[attempt.state]:
        return Verdict.REPEATED
    attempt.reason = news.reason
    if news.provider_reference:
        attempt.provider_reference = news.provider_reference
    move(session, attempt, target, step)
    return Verdict.RECORDED


def apply_refund_news(
    session: Session, attempt: Attempt, refund: Refund, news: RefundNews, step: Step
) -> Verdict:
    """Make of a refund what the gateway says of it."""
    target = _REFUND_TARGETS[news.outcome]
    if target not in REFUND_MOVES[refund.state]:
        return Verdict.REPEATED
    if news.provider_reference:
        refund.provider_reference = news.provider_reference
    if target == RefundState.REFUSED:
        refund.refusal = news.reason
    move_refund(session, attempt, refund, target, step, took_share=news.took_share)
    return Verdict.RECORDED


def apply_dispute_news(
    session: Session, attempt: Attempt, dispute: Dispute | None, news: DisputeNews, step: Step
) -> Verdict:
    """Make of a dispute what the gateway says of it; one that is new is opened."""
    if news.amount.currency != attempt.currency or not news.amount.minor > 0:
        return Verdict.WRONG_AMOUNT
    target, before = DisputeState(news.outcome.value), None
    if dispute is None:
        dispute = _open_dispute(session, attempt, news, target)
    else:
        before = dispute.state
        if target == DisputeState.CLOSED and before != DisputeState.INQUIRY:
            target = DisputeState.WON  # the bank gave up what it had taken back
        if target not in DISPUTE_MOVES[before]:
            return Verdict.REPEATED
    dispute.state = target
    dispute.due_at = news.evidence_due_at or dispute.due_at
    dispute.closed_at = clock.now() if target in _DISPUTE_ENDS else None
    _remember(session, attempt, dispute, (before or "", target), step)
    post_dispute(session, attempt, dispute, before)
    if target in _TAKEN:
        ask_share_back(session, attempt, dispute)
    told = DisputeMoved(dispute_id=dispute.id, attempt_id=attempt.id, subject_id=attempt.subject_id)
    outbox.emit(session, told, subject=attempt.id)
    return Verdict.RECORDED


def _open_dispute(
    session: Session, attempt: Attempt, news: DisputeNews, state: DisputeState
) -> Dispute:
    dispute = Dispute(
        id=ids.new(),
        attempt_id=attempt.id,
        provider=attempt.provider,
        reference=news.dispute_reference,
        state=state,
        amount_minor=news.amount.minor,
        currency=news.amount.currency,
        reason=news.reason,
        opened_at=clock.now(),
    )
    session.add(dispute)
    session.flush()
    return dispute


def _fits(attempt: Attempt, news: PaymentNews) -> bool:
    if news.amount is None:
        return news.outcome not in _TAKES_MONEY
    return news.amount == attempt.amount


def _refuse_amount(session: Session, attempt: Attempt, news: PaymentNews, step: Step) -> None:
    said = f"{news.amount.minor} {news.amount.currency}" if news.amount else "nothing"
    detail = {
        "cause": step.cause.value,
        "event_id": news.event_id,
        "outcome": news.outcome.value,
        "said": said,
        "expected": f"{attempt.amount_minor} {attempt.currency}",
    }
    audit.record(session, "payments.amount_refused", attempt.id, actor=None, detail=detail)
    alarm(session, attempt, "amount")


def _event_of(attempt: Attempt) -> Event | None:
    ids = {"attempt_id": attempt.id, "subject_id": attempt.subject_id}
    match attempt.state:
        case AttemptState.PENDING:
            return PaymentPending(**ids)
        case AttemptState.CAPTURED:
            return PaymentCaptured(**ids)
        case AttemptState.FAILED:
            return PaymentFailed(**ids, reason=attempt.reason)
        case AttemptState.EXPIRED:
            return PaymentExpired(**ids)
        case AttemptState.REVIEW:
            return PaymentReview(**ids)
        case _:
            return None


def _remember(
    session: Session,
    attempt: Attempt,
    thing: Refund | Dispute | None,
    states: tuple[str, str],
    step: Step,
) -> None:
    """A row of history and, if the state changed, a line of audit; None: the attempt's own."""
    session.add(
        PaymentChange(
            attempt_id=attempt.id,
            refund_id=thing.id if isinstance(thing, Refund) else None,
            dispute_id=thing.id if isinstance(thing, Dispute) else None,
            from_state=str(states[0]),
            to_state=str(states[1]),
            cause=step.cause,
            actor_id=step.actor,
            evidence=plain(step.evidence),
        )
    )
    if states[0] != states[1]:
        what = type(thing).__name__.lower() if thing else "attempt"
        detail = {"from": str(states[0]), "cause": step.cause.value}
        audit.record(
            session,
            f"payments.{what}_{states[1]}",
            thing.id if thing else attempt.id,
            actor=step.actor,
            detail=detail,
        )
