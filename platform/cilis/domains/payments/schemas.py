"""Payments and refunds as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from cilis.domains.payments.models import Attempt, PaymentChange, Refund
from cilis.domains.payments.types import AttemptState, RefundState
from cilis.infra.http.paging import PageArgs, page_schema
from cilis.infra.http.schemas import Instant, MoneySchema, Strict, Text, between, money, one_of

_MOST_MINOR = 2**53 - 1  # what every JSON reader keeps exactly


class PaymentListArgs(PageArgs):
    """Query of the list of payments."""

    state = fields.String(load_default=None, validate=one_of(*AttemptState))


class PaymentChangeSchema(Strict):
    """One change of a payment."""

    at = Instant(required=True)
    from_state = fields.String(required=True)
    to_state = fields.String(required=True)
    cause = fields.String(required=True)
    refund_id = fields.UUID(required=True, allow_none=True)


class RefundSchema(Strict):
    """Money on its way back."""

    id = fields.UUID(required=True)
    payment_id = fields.UUID(required=True)
    amount = fields.Nested(MoneySchema, required=True)
    state = fields.String(required=True, validate=one_of(*RefundState))
    reason = fields.String(required=True)
    asked_at = Instant(required=True)
    settled_at = Instant(required=True, allow_none=True)


class PaymentSchema(Strict):
    """One attempt to take money, with what went back of it."""

    id = fields.UUID(required=True)
    subject_id = fields.UUID(required=True, metadata={"description": "The booking's id."})
    provider = fields.String(required=True)
    amount = fields.Nested(MoneySchema, required=True)
    state = fields.String(required=True, validate=one_of(*AttemptState))
    reason = fields.String(required=True, metadata={"description": "The gateway's own code."})
    description = fields.String(required=True)
    created_at = Instant(required=True)
    expires_at = Instant(required=True)
    settled_at = Instant(required=True, allow_none=True)
    refunds = fields.List(fields.Nested(RefundSchema), required=True)


class PaymentDetailSchema(PaymentSchema):
    """One payment with its history."""

    changes = fields.List(fields.Nested(PaymentChangeSchema), required=True)


class RefundOrderSchema(Strict):
    """What is to go back; without an amount all that is left."""

    payment_id = fields.UUID(required=True)
    amount_minor = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=between(1, _MOST_MINOR)
    )
    reason = Text(required=True, least=3, most=200)


class DecisionSchema(Strict):
    """What staff decide about a payment that the gateway suspects."""

    accept = fields.Boolean(required=True, truthy={True}, falsy={False})
    reason = Text(required=True, least=3, most=200)


PaymentPageSchema = page_schema(PaymentSchema)
RefundPageSchema = page_schema(RefundSchema)


def show_refund(refund: Refund) -> dict[str, Any]:
    """A refund as the API shows it."""
    return {
        "id": refund.id,
        "payment_id": refund.attempt_id,
        "amount": money(refund.amount),
        "state": refund.state.value,
        "reason": refund.reason,
        "asked_at": refund.asked_at,
        "settled_at": refund.settled_at,
    }


def show_payment(attempt: Attempt, refunds: list[Refund]) -> dict[str, Any]:
    """A payment as the API shows it; nothing of the plugin's own data."""
    return {
        "id": attempt.id,
        "subject_id": attempt.subject_id,
        "provider": attempt.provider,
        "amount": money(attempt.amount),
        "state": attempt.state.value,
        "reason": attempt.reason,
        "description": attempt.description,
        "created_at": attempt.created_at,
        "expires_at": attempt.expires_at,
        "settled_at": attempt.settled_at,
        "refunds": [show_refund(refund) for refund in refunds],
    }


def show_change(change: PaymentChange) -> dict[str, Any]:
    """A change without its evidence, which may hold a gateway's own data."""
    return {
        "at": change.at,
        "from_state": change.from_state,
        "to_state": change.to_state,
        "cause": change.cause.value,
        "refund_id": change.refund_id,
    }
