"""Payments: attempts to take money, and what became of them.

This file is the room's only door. Everything about a gateway's own wire lives in its plugin;
the room keeps the state, the retries and the proof, and reports by events what came of it.
"""

from cilis.domains.payments.errors import (
    AlreadyPaid,
    GatewayUnavailable,
    MethodNotOffered,
    NotInReview,
    NotRefundable,
    PaymentNotFound,
    PaymentOver,
    RefundNotFound,
    RefundTooLarge,
)
from cilis.domains.payments.events import (
    PaymentCaptured,
    PaymentExpired,
    PaymentFailed,
    PaymentReview,
    RefundRefused,
    RefundSettled,
)
from cilis.domains.payments.models import Attempt, PaymentChange, Refund
from cilis.domains.payments.providers import methods, title
from cilis.domains.payments.queries import (
    attempt,
    changes,
    of_subjects,
    page,
    refund,
    refunded_minor,
    refunds_of,
    refunds_page,
    visible,
    visible_refund,
    waiting,
)
from cilis.domains.payments.service import (
    decide_review,
    expire,
    open_attempt,
    order_refund,
    request_refund,
    send_to_provider,
)
from cilis.domains.payments.types import AttemptState, Method, RefundState

__all__ = [
    "AlreadyPaid",
    "Attempt",
    "AttemptState",
    "GatewayUnavailable",
    "Method",
    "MethodNotOffered",
    "NotInReview",
    "NotRefundable",
    "PaymentCaptured",
    "PaymentChange",
    "PaymentExpired",
    "PaymentFailed",
    "PaymentNotFound",
    "PaymentOver",
    "PaymentReview",
    "Refund",
    "RefundNotFound",
    "RefundRefused",
    "RefundSettled",
    "RefundState",
    "RefundTooLarge",
    "attempt",
    "changes",
    "decide_review",
    "expire",
    "methods",
    "of_subjects",
    "open_attempt",
    "order_refund",
    "page",
    "refund",
    "refunded_minor",
    "refunds_of",
    "refunds_page",
    "request_refund",
    "send_to_provider",
    "title",
    "visible",
    "visible_refund",
    "waiting",
]
