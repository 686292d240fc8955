"""Refunds by grace: a member of staff gives money back, above a limit with a second person."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.payments import queries
from cilis.domains.payments.errors import (
    NotRefundable,
    OwnPayment,
    OwnRefundRequest,
    RefundAboveLimit,
    RefundRequestOver,
    RefundRequestWaiting,
    RefundTooLarge,
)
from cilis.domains.payments.events import (
    RefundApprovalAsked,
    RefundApprovalClosed,
    RefundRequestLapsed,
)
from cilis.domains.payments.models import Attempt, Refund, RefundRequest
from cilis.domains.payments.service.refunds import request_refund
from cilis.domains.payments.types import (
    REQUEST_FOR,
    AttemptState,
    GraceWish,
    RequestState,
)
from cilis.infra import audit, idempotency, outbox
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.viewer import Viewer

ALONE = "staff:"
"""How the keys of refunds begin that one person ordered alone."""


def order_refund(wish: GraceWish, viewer: Viewer) -> Refund:
    """A member of staff gives money back; no amount means all that is left.

    Raises:
        PaymentNotFound, NotRefundable, RefundTooLarge: as `request_refund`.
        OwnPayment: nobody gives back what they paid or were paid themselves.
        RefundAboveLimit: with what was given back alone before it is more than one person of
            this role may; `ask_approval` finds a second one.
        InvalidInput: an amount that is not positive.
    """
    with transaction() as session:
        attempt = queries.lock(session, wish.attempt_id)
        amount = _amount(session, attempt, wish, viewer)
        check_limit(session, attempt, amount, viewer)
        refund_id = request_refund(
            session,
            attempt.id,
            amount,
            wish.reason,
            viewer.person,
            key=f"{ALONE}{ids.new().hex}",
            borne_by=wish.borne_by,
        )
        idempotency.made(session, refund_id)
        return queries.refund(session, refund_id)


def alone_minor(session: Session, attempt_id: UUID, viewer: Viewer) -> int | None:
    """How much of a payment the viewer may give back alone, after what was; None: all of it."""
    limits = tenants.organization(session).rules.refund_limits
    limit = limits.get("admin" if viewer.has("admin") else "support")
    if limit is None:
        return None
    return max(0, limit - queries.given_minor(session, attempt_id, ALONE))


def ask_approval(wish: GraceWish, viewer: Viewer) -> RefundRequest:
    """Ask a second person to agree to a refund; it waits a week. The same wish twice is one.

    Raises:
        PaymentNotFound, NotRefundable, RefundTooLarge, OwnPayment, InvalidInput: as
            `order_refund`.
        RefundRequestWaiting: another refund of this payment waits already.
    """
    with transaction() as session:
        attempt = queries.lock(session, wish.attempt_id)
        amount = _amount(session, attempt, wish, viewer)
        waiting = queries.waiting_request(session, attempt.id)
        if waiting is not None:
            said = (waiting.amount, waiting.reason, waiting.borne_by, waiting.asked_by)
            if said != (amount, wish.reason, wish.borne_by, viewer.person):
                raise RefundRequestWaiting(f"{waiting.id} waits about {attempt.id}")
            idempotency.made(session, waiting.id)
            return waiting
        found = _new_request(session, attempt, amount, wish, viewer)
        idempotency.made(session, found.id)
    return found


def approve_refund(request_id: UUID, viewer: Viewer) -> RefundRequest:
    """The second person agrees: the money goes back, once, whoever else agrees meanwhile.

    Raises:
        RefundRequestNotFound: no such request.
        OwnRefundRequest: the first person is not the second.
        OwnPayment: the payment is the viewer's own.
        RefundRequestOver: decided by somebody else, withdrawn or too old.
        RefundTooLarge: less is left by now.
    """
    with transaction() as session:
        attempt, found = _locked(session, request_id)
        if attempt.concerns(viewer.person):
            raise OwnPayment(f"{viewer.person} is a side of {attempt.id}")
        if found.asked_by == viewer.person:
            raise OwnRefundRequest(f"{viewer.person} asked for {request_id}")
        idempotency.made(session, found.id)
        if (found.state, found.decided_by) == (RequestState.APPROVED, viewer.person):
            return found
        _must_wait(found)
        found.refund_id = request_refund(
            session,
            attempt.id,
            found.amount,
            found.reason,
            found.asked_by,
            key=f"request:{found.id.hex}",
            borne_by=found.borne_by,
        )
        _close(session, attempt, found, RequestState.APPROVED, viewer.person)
    return found


def refuse_refund(request_id: UUID, viewer: Viewer, answer: str) -> RefundRequest:
    """No money goes back; who asked takes the wish back thereby.

    Raises:
        RefundRequestNotFound, RefundRequestOver: as `approve_refund`.
        OwnPayment: the payment is the viewer's own.
        InvalidInput: a second person says why.
    """
    with transaction() as session:
        attempt, found = _locked(session, request_id)
        own = found.asked_by == viewer.person
        if attempt.concerns(viewer.person):
            raise OwnPayment(f"{viewer.person} is a side of {attempt.id}")
        if not own and not answer.strip():
            raise InvalidInput({"reason": ["required"]})
        idempotency.made(session, found.id)
        state = RequestState.WITHDRAWN if own else RequestState.REFUSED
        if (found.state, found.decided_by) == (state, viewer.person):
            return found
        _must_wait(found)
        found.answer = answer.strip()
        _close(session, attempt, found, state, viewer.person)
    return found


def lapse_request(request_id: UUID) -> None:
    """Nobody agreed in time: no money goes back. Comes twice without harm."""
    with transaction() as session:
        attempt, found = _locked(session, request_id)
        if found.state != RequestState.WAITING:
            return
        if found.expires_at > clock.now():
            event = RefundRequestLapsed(request_id=found.id)
            outbox.emit(session, event, at=found.expires_at, subject=attempt.id)
            return
        _close(session, attempt, found, RequestState.EXPIRED, None)


def _amount(session: Session, attempt: Attempt, wish: GraceWish, viewer: Viewer) -> Money:
    """What is to go back of a locked payment, as far as it can."""
    if attempt.concerns(viewer.person):
        raise OwnPayment(f"{viewer.person} is a side of {attempt.id}")
    if attempt.state != AttemptState.CAPTURED:
        raise NotRefundable(f"attempt {attempt.id} is {attempt.state}")
    left = attempt.amount_minor - queries.refunded_minor(session, attempt.id)
    minor = left if wish.amount_minor is None else wish.amount_minor
    if wish.amount_minor is not None and minor <= 0:
        raise InvalidInput({"amount_minor": ["must_be_positive"]})
    if not 0 < minor <= left:
        raise RefundTooLarge(f"{minor} of {left} left", left_minor=left)
    return Money(minor, attempt.currency)


def check_limit(session: Session, attempt: Attempt, amount: Money, viewer: Viewer) -> None:
    """Refuse what the viewer may not give back alone; raises RefundAboveLimit."""
    alone = alone_minor(session, attempt.id, viewer)
    if alone is not None and amount.minor > alone:
        raise RefundAboveLimit(f"{amount} of {attempt.id}", limit_minor=alone)


def _new_request(
    session: Session, attempt: Attempt, amount: Money, wish: GraceWish, viewer: Viewer
) -> RefundRequest:
    now = clock.now()
    found = RefundRequest(
        id=ids.new(),
        attempt_id=attempt.id,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=wish.reason,
        borne_by=wish.borne_by,
        state=RequestState.WAITING,
        asked_by=viewer.person,
        asked_at=now,
        expires_at=now + REQUEST_FOR,
        decided_by=None,
        decided_at=None,
        refund_id=None,
    )
    session.add(found)
    session.flush()
    _write(session, "refund_approval_asked", found, viewer.person)
    told = RefundApprovalAsked(
        request_id=found.id, attempt_id=attempt.id, subject_id=attempt.subject_id
    )
    outbox.emit(session, told, subject=attempt.id)
    timer = RefundRequestLapsed(request_id=found.id)
    outbox.emit(session, timer, at=found.expires_at, subject=attempt.id)
    return found


def _locked(session: Session, request_id: UUID) -> tuple[Attempt, RefundRequest]:
    """The payment's lock stands for the request's."""
    found = queries.refund_request(session, request_id)
    attempt = queries.lock(session, found.attempt_id)
    session.refresh(found)
    return attempt, found


def _must_wait(found: RefundRequest) -> None:
    late = found.expires_at <= clock.now()
    if found.state != RequestState.WAITING or late:
        state = RequestState.EXPIRED if found.state == RequestState.WAITING else found.state
        raise RefundRequestOver(f"request {found.id} is {state}", state=state.value)


def _close(
    session: Session,
    attempt: Attempt,
    found: RefundRequest,
    state: RequestState,
    by: UUID | None,
) -> None:
    found.state, found.decided_by, found.decided_at = state, by, clock.now()
    session.flush()
    _write(session, f"refund_approval_{state}", found, by)
    told = RefundApprovalClosed(
        request_id=found.id,
        attempt_id=attempt.id,
        subject_id=attempt.subject_id,
        state=state.value,
    )
    outbox.emit(session, told, subject=attempt.id)


def _write(session: Session, action: str, found: RefundRequest, by: UUID | None) -> None:
    detail = {
        "request_id": str(found.id),
        "amount_minor": found.amount_minor,
        "reason": found.answer or found.reason,
        "borne_by": found.borne_by.value,
        "asked_by": str(found.asked_by),
    }
    audit.record(session, f"payments.{action}", found.attempt_id, actor=by, detail=detail)
