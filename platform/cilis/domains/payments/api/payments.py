"""Payments, refunds and earnings: one's own, or all of them for staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cilis.domains.payments import queries, service
from cilis.domains.payments.errors import RefundRequestNotFound
from cilis.domains.payments.schemas.payments import (
    ApprovalSchema,
    DecisionSchema,
    DifferenceListArgs,
    EarningPageSchema,
    EarningSchema,
    PaymentDetailSchema,
    PaymentDifferencePageSchema,
    PaymentDifferenceSchema,
    PaymentListArgs,
    PaymentPageSchema,
    ReconciliationListSchema,
    ReconciliationSchema,
    RefundListArgs,
    RefundOrderSchema,
    RefundPageSchema,
    RefundRequestListArgs,
    RefundRequestPageSchema,
    RefundRequestSchema,
    RefundSchema,
    RepairSchema,
    SettlementSchema,
    payment_filter,
    show_change,
    show_difference,
    show_earning,
    show_payment,
    show_reconciliation,
    show_refund,
    show_request,
)
from cilis.domains.payments.types import (
    DifferenceState,
    GraceWish,
    RefundState,
    Repair,
    RequestState,
)
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
reconciliations = ApiBlueprint(
    "reconciliations",
    __name__,
    url_prefix="/api/v1/reconciliations",
    description="Days of gateways, compared with our books.",
)
differences = ApiBlueprint(
    "payment_differences",
    __name__,
    url_prefix="/api/v1/payment-differences",
    description="What a gateway's books and ours differ in, and its repair.",
)
requests = ApiBlueprint(
    "refund_requests",
    __name__,
    url_prefix="/api/v1/refund-requests",
    description="Refunds that a second person has to agree to.",
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


def _request(request_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return show_request(queries.refund_request(session, request_id))


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
@refunds.problems(
    payment_not_found=404,
    own_payment=403,
    not_refundable=409,
    refund_too_large=409,
    refund_above_limit=409,
)
@idempotent("payments.refund", again=refund_again)
def order_refund(order: GraceWish) -> dict[str, Any]:
    """Give a payment back, all that is left of it or a part, within one's limit."""
    return show_refund(service.order_refund(order, viewer()))


@requests.get("")
@policy("admin", "support")
@requests.arguments(RefundRequestListArgs, location="query")
@requests.response(200, RefundRequestPageSchema)
def list_requests(args: dict[str, Any]) -> dict[str, Any]:
    """Refunds above somebody's limit, newest first."""
    state = RequestState(args["state"]) if args["state"] else None
    with reading() as session:
        page = queries.requests_page(
            session, state=state, cursor=args["cursor"], limit=args["limit"]
        )
    return page_response(page, show_request)


@requests.get("/<uuid:request_id>")
@policy("admin", "support")
@requests.response(200, RefundRequestSchema)
@requests.problems(refund_request_not_found=404)
def show_one_request(request_id: UUID) -> dict[str, Any]:
    """One of them."""
    return _request(request_id)


@requests.post("")
@policy("admin", "support")
@requests.arguments(RefundOrderSchema)
@requests.response(201, RefundRequestSchema)
@requests.problems(
    payment_not_found=404,
    own_payment=403,
    not_refundable=409,
    refund_too_large=409,
    refund_request_waiting=409,
)
@idempotent("payments.ask_approval", again=_request)
def ask_approval(order: GraceWish) -> dict[str, Any]:
    """Ask a second person to agree to a refund."""
    return show_request(service.ask_approval(order, viewer()))


@requests.post("/<uuid:request_id>/approvals")
@policy("admin")
@requests.arguments(ApprovalSchema)
@requests.response(201, RefundRequestSchema)
@requests.problems(
    refund_request_not_found=404,
    own_refund_request=403,
    own_payment=403,
    refund_request_over=410,
    refund_too_large=409,
    invalid_input=422,
)
@idempotent("payments.decide_request", again=_request)
def decide_request(said: dict[str, Any], request_id: UUID) -> dict[str, Any]:
    """Agree to a refund that somebody else asked for, or refuse it."""
    if said["accept"]:
        return show_request(service.approve_refund(request_id, viewer()))
    return show_request(service.refuse_refund(request_id, viewer(), said["reason"]))


@requests.delete("/<uuid:request_id>")
@policy("admin", "support")
@requests.response(200, RefundRequestSchema)
@requests.problems(refund_request_not_found=404, own_payment=403, refund_request_over=410)
def withdraw_request(request_id: UUID) -> dict[str, Any]:
    """Take back what one asked for; another's request stays."""
    with reading() as session:
        if queries.refund_request(session, request_id).asked_by != viewer().person:
            raise RefundRequestNotFound(f"not the viewer's: {request_id}")
    return show_request(service.refuse_refund(request_id, viewer(), ""))


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


@reconciliations.get("")
@policy("admin", "support")
@reconciliations.response(200, ReconciliationListSchema)
def list_reconciliations() -> dict[str, Any]:
    """The latest days that were compared or are to be, the newest first."""
    with reading() as session:
        return {"items": [show_reconciliation(row) for row in queries.reconciliations(session)]}


@reconciliations.post("")
@policy("admin")
@reconciliations.arguments(SettlementSchema)
@reconciliations.response(201, ReconciliationSchema)
@reconciliations.problems(no_settlement_file=422)
@idempotent("payments.settlement", again=lambda row_id: _reconciliation(row_id))  # noqa: PLW0108 - defined below
def read_settlement(sent: dict[str, Any]) -> dict[str, Any]:
    """Compare a gateway's own file of a day, for gateways that have no list to ask for."""
    file = sent["file"].encode()
    return show_reconciliation(
        service.read_settlement(sent["provider"], sent["day"], file, viewer())
    )


@differences.get("")
@policy("admin", "support")
@differences.arguments(DifferenceListArgs, location="query")
@differences.response(200, PaymentDifferencePageSchema)
def list_differences(args: dict[str, Any]) -> dict[str, Any]:
    """Differences, the newest first, each with what can be done about it."""
    state = DifferenceState(args["state"]) if args["state"] else None
    with reading() as session:
        page = queries.differences_page(
            session, state=state, cursor=args["cursor"], limit=args["limit"]
        )
        repairs = {row.id: service.possible(session, row) for row in page.items}
    return page_response(page, lambda row: show_difference(row, repairs[row.id]))


@differences.post("/<uuid:difference_id>/repairs")
@policy("admin")
@differences.arguments(RepairSchema)
@differences.response(201, PaymentDifferenceSchema)
@differences.problems(
    difference_not_found=404,
    own_payment=403,
    repair_not_possible=409,
    refund_above_limit=409,
    gateway_unavailable=503,
)
@idempotent("payments.repair", again=lambda difference_id: _difference(difference_id))  # noqa: PLW0108 - defined below
def repair(wish: dict[str, Any], difference_id: UUID) -> dict[str, Any]:
    """Settle a difference: ask again, take the money in, give it back, or explain it."""
    service.repair(difference_id, Repair(wish["how"]), viewer(), wish["reason"])
    return _difference(difference_id)


def _reconciliation(row_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return show_reconciliation(queries.reconciliation(session, row_id))


def _difference(difference_id: UUID) -> dict[str, Any]:
    with reading() as session:
        row = queries.difference(session, difference_id)
        return show_difference(row, service.possible(session, row))
