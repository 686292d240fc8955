"""Money without a gateway: what the client must know, and what staff write down of it."""

from __future__ import annotations

from uuid import UUID

from cilis.domains.payments import providers, queries
from cilis.domains.payments.errors import (
    AlreadyPaid,
    NotByHand,
    NotTheAmount,
    OwnPayment,
    RefundOver,
)
from cilis.domains.payments.models import Attempt, Refund
from cilis.domains.payments.service.moves import move, move_refund
from cilis.domains.payments.types import AttemptState, Cause, Receipt, RefundState, Step
from cilis.hooks.payment_parts import Instructions
from cilis.infra import idempotency
from cilis.infra.db import reading, transaction
from cilis.kit.viewer import Viewer


def instructions(attempt_id: UUID, viewer: Viewer) -> Instructions:
    """What the client of an attempt must know to pay it.

    Raises:
        PaymentNotFound: no such attempt, or not the viewer's.
        NotByHand: the gateway has a page of its own for this.
        ExtensionOff: the organization does not take money this way any more.
    """
    with reading() as session:
        attempt = queries.visible(session, viewer, attempt_id)
        if not providers.is_by_hand(attempt.provider):
            raise NotByHand(f"{attempt.provider} has a gateway")
        active = providers.gateway(session, attempt.provider)
    question = providers.question(attempt)
    found: Instructions = providers.ask(active, providers.READ_SECONDS, "instructions", question)
    return found


def receive_by_hand(attempt_id: UUID, receipt: Receipt, viewer: Viewer) -> Attempt:
    """Write down that an attempt's money came, also after its time; `bookings` does the rest.

    Raises:
        PaymentNotFound: no such attempt.
        OwnPayment: nobody takes in what they pay, or are paid by, themselves.
        NotByHand: a gateway tells of this money.
        AlreadyPaid: it is written down already.
        NotTheAmount: what came is more or less than was asked for: nothing is changed.
    """
    with transaction() as session:
        attempt = queries.lock(session, attempt_id)
        _refuse_own(attempt, viewer)
        if not providers.is_by_hand(attempt.provider):
            raise NotByHand(f"{attempt.provider} has a gateway")
        if attempt.state == AttemptState.CAPTURED:
            raise AlreadyPaid(f"attempt {attempt_id} is captured")
        if receipt.amount_minor != attempt.amount_minor:
            raise NotTheAmount(
                f"{receipt.amount_minor} of {attempt.amount_minor}",
                expected_minor=attempt.amount_minor,
            )
        attempt.reason = ""
        attempt.provider_reference = receipt.number
        evidence = {"amount_minor": receipt.amount_minor, "number": receipt.number}
        if receipt.note:
            evidence["note"] = receipt.note
        move(session, attempt, AttemptState.CAPTURED, Step(Cause.PERSON, evidence, viewer.person))
        idempotency.made(session, attempt.id)
    return attempt


def pay_out_refund(refund_id: UUID, number: str, viewer: Viewer) -> Refund:
    """Write down that a refund without a gateway was paid out.

    Raises:
        RefundNotFound: no such refund.
        OwnPayment: nobody pays out to themselves.
        NotByHand: a gateway gives this money back.
        RefundOver: it has ended already.
    """
    with transaction() as session:
        refund = queries.refund(session, refund_id)
        attempt = queries.lock(session, refund.attempt_id)
        session.refresh(refund)
        _refuse_own(attempt, viewer)
        if not providers.is_by_hand(attempt.provider):
            raise NotByHand(f"{attempt.provider} has a gateway")
        if refund.state not in {RefundState.ASKED, RefundState.ACCEPTED}:
            raise RefundOver(f"refund {refund_id} is {refund.state}")
        refund.provider_reference = number
        step = Step(Cause.PERSON, {"number": number}, viewer.person)
        move_refund(session, attempt, refund, RefundState.DONE, step)
        idempotency.made(session, refund.id)
    return refund


def _refuse_own(attempt: Attempt, viewer: Viewer) -> None:
    if attempt.concerns(viewer.person):
        raise OwnPayment(f"{viewer.person} is a side of {attempt.id}")
