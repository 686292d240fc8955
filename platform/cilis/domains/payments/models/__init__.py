"""Attempts, refunds, disputes, payees' accounts, and what gateways told us."""

from cilis.domains.payments.models.disputes import Dispute, DisputePaper
from cilis.domains.payments.models.payees import PayeeAccount
from cilis.domains.payments.models.payments import (
    Attempt,
    PaymentChange,
    PaymentDifference,
    PaymentNotice,
    Reconciliation,
    Refund,
    RefundRequest,
)

__all__ = [
    "Attempt",
    "Dispute",
    "DisputePaper",
    "PayeeAccount",
    "PaymentChange",
    "PaymentDifference",
    "PaymentNotice",
    "Reconciliation",
    "Refund",
    "RefundRequest",
]
