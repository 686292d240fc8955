"""Payments, refunds and earnings: one's own, or all of them for staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains.payments import queries, service
from cilis.domains.payments.schemas.payments import (
    DecisionSchema,
    EarningPageSchema,
    EarningSchema,
    PaymentDetailSchema,
    PaymentListArgs,
    PaymentPageSchema,
    RefundListArgs,
    RefundOrderSchema,
    RefundPageSchema,
    RefundSchema,
    payment_filter,
    show_change,
    show_earning,
    show_payment,
    show_refund,
)
from cilis.domains.payments.types import RefundState
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.paging import page_args, page_response
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer

payments = ApiBlueprint(
    "payments",
    __name__,
    url_prefix="/api/v1/payments",
    description="Attempts to take money, and what became of them.",
)
refunds = ApiBlueprint(
    "refunds", __name__, url_prefix="/api/v1/refunds", description="Money on its way back."
)
earnings = ApiBlueprint(
    "earnings",
    __name__,
    url_prefix="/api/v1/earnings",
    description="What an expert's own sessions brought.",
)


def detail(payment_id: UUID) -> dict[str, Any]:
    """One payment as it is now."""
    with reading() as session:
        attempt = queries.visible(session, viewer(), payment_id)
        given_back = queries.refunds_of(session, [payment_id])[payment_id]
        history = queries.changes(session, payment_id)
        silent = queries.is_silent(session, attempt)
    shown = show_payment(attempt, given_back)
    whole = queries.is_staff(viewer())
    changes = [show_change(change, whole=whole) for change in history]
    return {**shown, "gateway_silent": silent, "changes": changes}


def refund_again(refund_id: UUID) -> dict[str, Any]:
    """One refund as it is now."""
    with reading() as session:
        return show_refund(queries.visible_refund(session, viewer(), refund_id))


@payments.get("")
@policy(SIGNED_IN)
@payments.arguments(PaymentListArgs, location="query")
@payments.response(200, PaymentPageSchema)
def list_payments(args: dict[str, Any]) -> dict[str, Any]:
    """Your payments, newest first; for staff those of everybody, with search."""
    with reading() as session:
        page = queries.page(
            session,
            viewer(),
            wanted=payment_filter(args),
            own=args["own"],
            cursor=args["cursor"],
            limit=args["limit"],
        )
        given_back = queries.refunds_of(session, [attempt.id for attempt in page.items])
    return page_response(page, lambda attempt: show_payment(attempt, given_back[attempt.id]))


@payments.get("/<uuid:payment_id>")
@policy(SIGNED_IN)
@payments.response(200, PaymentDetailSchema)
@payments.problems(payment_not_found=404)
def show_one_payment(payment_id: UUID) -> dict[str, Any]:
    """One payment with its history."""
    return detail(payment_id)


@payments.post("/<uuid:payment_id>/decisions")
@policy("admin")
@payments.arguments(DecisionSchema)
@payments.response(201, PaymentDetailSchema)
@payments.problems(payment_not_found=404, own_payment=403, not_in_review=409)
@idempotent("payments.decide", again=detail)
def decide(decision: dict[str, Any], payment_id: UUID) -> dict[str, Any]:
    """Decide about a payment that the gateway suspects of fraud."""
    service.decide_review(
        payment_id, viewer(), accept=decision["accept"], reason=decision["reason"]
    )
    return detail(payment_id)


@refunds.get("")
@policy(SIGNED_IN)
@refunds.arguments(RefundListArgs, location="query")
@refunds.response(200, RefundPageSchema)
def list_refunds(args: dict[str, Any]) -> dict[str, Any]:
    """Your refunds, newest first; for staff those of everybody."""
    state = RefundState(args["state"]) if args["state"] else None
    with reading() as session:
        page = queries.refunds_page(
            session, viewer(), state=state, cursor=args["cursor"], limit=args["limit"]
        )
    return page_response(page, show_refund)


@refunds.get("/<uuid:refund_id>")
@policy(SIGNED_IN)
@refunds.response(200, RefundSchema)
@refunds.problems(refund_not_found=404)
def show_one_refund(refund_id: UUID) -> dict[str, Any]:
    """One refund."""
    return refund_again(refund_id)


@refunds.post("")
@policy("admin", "support")
@refunds.arguments(RefundOrderSchema)
@refunds.response(201, RefundSchema)
@refunds.problems(payment_not_found=404, own_payment=403, not_refundable=409, refund_too_large=409)
@idempotent("payments.refund", again=refund_again)
def order_refund(order: dict[str, Any]) -> dict[str, Any]:
    """Give a payment back, all that is left of it or a part."""
    refund = service.order_refund(
        order["payment_id"], order["amount_minor"], order["reason"], viewer()
    )
    return show_refund(refund)


@earnings.get("")
@policy("expert")
@earnings.arguments(page_args, location="query")
@earnings.response(200, EarningPageSchema)
def list_earnings(args: dict[str, Any]) -> dict[str, Any]:
    """What your sessions brought, newest first."""
    with reading() as session:
        page = queries.earnings_page(
            session, viewer().person, cursor=args["cursor"], limit=args["limit"]
        )
        given_back = queries.refunds_of(session, [attempt.id for attempt in page.items])
    return page_response(page, lambda attempt: show_earning(attempt, given_back[attempt.id]))


@earnings.get("/<uuid:payment_id>")
@policy("expert")
@earnings.response(200, EarningSchema)
@earnings.problems(payment_not_found=404)
def show_one_earning(payment_id: UUID) -> dict[str, Any]:
    """What one session brought."""
    with reading() as session:
        attempt = queries.visible_earning(session, viewer(), payment_id)
        given_back = queries.refunds_of(session, [payment_id])[payment_id]
    return show_earning(attempt, given_back)
