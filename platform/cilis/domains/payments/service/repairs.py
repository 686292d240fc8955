"""Settling a difference between a gateway's books and ours: by a person, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import extensions
from cilis.domains.payments import providers, queries
from cilis.domains.payments.errors import GatewayUnavailable, OwnPayment, RepairNotPossible
from cilis.domains.payments.events import DifferenceSettled
from cilis.domains.payments.models import Attempt, PaymentDifference
from cilis.domains.payments.service import comparing
from cilis.domains.payments.service.grace import ALONE, check_limit
from cilis.domains.payments.service.moves import apply_news, apply_refund_news, move
from cilis.domains.payments.service.refunds import request_refund
from cilis.domains.payments.types import (
    AttemptState,
    Cause,
    Difference,
    DifferenceState,
    Repair,
    Step,
)
from cilis.hooks.failures import PluginError
from cilis.hooks.manager import PluginFailed
from cilis.hooks.payments import PaymentNews, RefundNews
from cilis.infra import audit, idempotency, outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer

_STATES = {
    Repair.ASK: DifferenceState.REPAIRED,
    Repair.TAKE_IN: DifferenceState.REPAIRED,
    Repair.REFUND: DifferenceState.REPAIRED,
    Repair.EXPLAIN: DifferenceState.EXPLAINED,
}


def possible(session: Session, difference: PaymentDifference) -> tuple[Repair, ...]:
    """What can be done about a difference now."""
    if difference.state != DifferenceState.OPEN:
        return ()
    found: list[Repair] = []
    if difference.attempt_id is not None:
        found.append(Repair.ASK)
        if not difference.is_refund:
            attempt = queries.attempt(session, difference.attempt_id)
            found += _about_payment(session, difference, attempt)
    return (*found, Repair.EXPLAIN)


def repair(difference_id: UUID, how: Repair, viewer: Viewer, reason: str) -> PaymentDifference:
    """Settle a difference. Asking again may find that it stays as it is: then it stays open.

    Raises:
        DifferenceNotFound: no such difference.
        RepairNotPossible: it is settled, or not to be settled this way.
        OwnPayment: nobody settles what they paid or are paid by.
        RefundAboveLimit: more than one person may give back; ask for it on the payment's page.
        GatewayUnavailable: the gateway was asked and did not answer.
        InvalidInput: without a ``reason``, unless the gateway is asked.
    """
    if how != Repair.ASK and not reason.strip():
        raise InvalidInput({"reason": ["required"]})
    news = _ask(difference_id) if how == Repair.ASK else None
    with transaction() as session:
        found = queries.difference(session, difference_id, hold=True)
        idempotency.made(session, found.id)
        if how not in possible(session, found):
            raise RepairNotPossible(f"{how} of {found.kind}, {found.state}")
        settled = _do(session, found, how, (viewer, reason, news))
        detail = {"how": how.value, "reason": reason, "kind": found.kind.value}
        audit.record(
            session, "payments.difference_repaired" if settled else "payments.difference_asked",
            found.id, actor=viewer.person, detail=detail,
        )  # fmt: skip
        if settled:
            found.state, found.settled_at = _STATES[how], clock.now()
            found.settled_by, found.repair, found.reason = viewer.person, how.value, reason[:500]
        outbox.emit(session, DifferenceSettled(difference_id=found.id))
    return found


def _about_payment(
    session: Session, difference: PaymentDifference, attempt: Attempt
) -> list[Repair]:
    captured = attempt.state == AttemptState.CAPTURED
    if not captured:
        agrees = difference.theirs_minor == attempt.amount_minor
        late = difference.kind == Difference.STATE_DIFFERS and agrees
        return [Repair.TAKE_IN] if late else []
    left = attempt.amount_minor - queries.refunded_minor(session, attempt.id)
    return [Repair.REFUND] if left and difference.theirs_minor is not None else []


def _do(
    session: Session,
    found: PaymentDifference,
    how: Repair,
    given: tuple[Viewer, str, PaymentNews | RefundNews | None],
) -> bool:
    viewer, reason, news = given
    if found.attempt_id is None or how == Repair.EXPLAIN:
        return True
    attempt = queries.lock(session, found.attempt_id)
    if attempt.concerns(viewer.person):
        raise OwnPayment(f"{viewer.person} is a side of {attempt.id}")
    if how == Repair.ASK:
        return _believe(session, found, attempt, news)
    evidence: Mapping[str, object] = {"reason": reason, "difference": str(found.id)}
    if how == Repair.TAKE_IN:
        attempt.reason = ""
        if found.provider_reference and not attempt.provider_reference:
            attempt.provider_reference = found.provider_reference
        return move(
            session, attempt, AttemptState.CAPTURED, Step(Cause.PERSON, evidence, viewer.person)
        )
    left = attempt.amount_minor - queries.refunded_minor(session, attempt.id)
    amount = Money(left, attempt.currency)
    check_limit(session, attempt, amount, viewer)
    key = f"{ALONE}{found.id.hex}"
    request_refund(session, attempt.id, amount, reason, viewer.person, key=key)
    return True


def _believe(
    session: Session,
    found: PaymentDifference,
    attempt: Attempt,
    news: PaymentNews | RefundNews | None,
) -> bool:
    """Take the gateway's answer in; whether both sides agree now."""
    if isinstance(news, PaymentNews):
        step = Step(Cause.QUERY, {"event_id": news.event_id, **news.raw})
        apply_news(session, attempt, news, step)
        return not list(comparing.of_news(attempt, news))
    if news is None or found.refund_id is None:
        return False
    refund = queries.refund(session, found.refund_id)
    step = Step(Cause.REFUNDING, {"event_id": news.event_id, **news.raw})
    apply_refund_news(session, attempt, refund, news, step)
    agree = not list(comparing.of_refund_news(refund, news))
    return agree and found.kind != Difference.AMOUNT_DIFFERS


def _ask(difference_id: UUID) -> PaymentNews | RefundNews | None:
    with reading() as session:
        found = queries.difference(session, difference_id)
        if found.attempt_id is None or found.state != DifferenceState.OPEN:
            return None
        attempt = queries.attempt(session, found.attempt_id)
        refund = queries.refund(session, found.refund_id) if found.refund_id else None
        others = queries.refunds_of(session, [attempt.id])[attempt.id]
        try:
            active = providers.gateway(session, found.provider)
        except extensions.ExtensionOff as problem:
            raise GatewayUnavailable(f"{found.provider} is off") from problem
    try:
        if refund is not None:
            return comparing.ask_about_refund(active, attempt, refund, others)
        return comparing.ask_about(active, attempt)
    except (PluginError, PluginFailed) as problem:
        raise GatewayUnavailable(f"{found.provider}: {providers.said(problem)}") from problem
