"""Ways to pay, and money that no gateway tells of."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains.payments import queries, service
from cilis.domains.payments.api.payments import detail, payments, refund_again, refunds
from cilis.domains.payments.queries import ways
from cilis.domains.payments.schemas.by_hand import (
    InstructionsSchema,
    MethodListArgs,
    MethodListSchema,
    PayoutSchema,
    ReceiptSchema,
    show_instructions,
    show_method,
)
from cilis.domains.payments.schemas.payments import PaymentDetailSchema, RefundSchema
from cilis.domains.payments.types import Receipt
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.viewer import viewer

methods = ApiBlueprint(
    "payment-methods",
    __name__,
    url_prefix="/api/v1/payment-methods",
    description="What a client may choose from to pay.",
)


@methods.get("")
@policy(PUBLIC)
@methods.arguments(MethodListArgs, location="query")
@methods.response(200, MethodListSchema)
def list_methods(args: dict[str, Any]) -> dict[str, Any]:
    """The ways to pay an amount of a currency."""
    with reading() as session:
        found = ways.methods(session, args["currency"])
    return {"items": [show_method(method) for method in found]}


@payments.get("/<uuid:payment_id>/instructions")
@policy(SIGNED_IN)
@payments.response(200, InstructionsSchema)
@payments.problems(payment_not_found=404, not_by_hand=409, extension_off=404)
def show_instructions_of(payment_id: UUID) -> dict[str, Any]:
    """How to pay by hand: the account or the desk, and the reference."""
    found = service.instructions(payment_id, viewer())
    with reading() as session:
        attempt = queries.visible(session, viewer(), payment_id)
    return show_instructions(found, attempt)


@payments.post("/<uuid:payment_id>/receipts")
@policy("admin", "support")
@payments.arguments(ReceiptSchema)
@payments.response(201, PaymentDetailSchema)
@payments.problems(
    payment_not_found=404, own_payment=403, not_by_hand=409, already_paid=409, not_the_amount=422
)
@idempotent("payments.receive", again=detail)
def receive(loaded: dict[str, Any], payment_id: UUID) -> dict[str, Any]:
    """Write down that a payment by hand came; the amount must be the one asked for."""
    service.receive_by_hand(payment_id, Receipt(**loaded), viewer())
    return detail(payment_id)


@refunds.post("/<uuid:refund_id>/payouts")
@policy("admin", "support")
@refunds.arguments(PayoutSchema)
@refunds.response(201, RefundSchema)
@refunds.problems(refund_not_found=404, own_payment=403, not_by_hand=409, refund_over=409)
@idempotent("payments.pay_out", again=refund_again)
def pay_out(loaded: dict[str, Any], refund_id: UUID) -> dict[str, Any]:
    """Write down that a refund by hand was paid out."""
    service.pay_out_refund(refund_id, loaded["number"], viewer())
    return refund_again(refund_id)
