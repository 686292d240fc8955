"""Payments and refunds over the API, a kind a file."""

from cilis.domains.payments.api import by_hand, disputes, payees
from cilis.domains.payments.api.payments import (
    differences,
    earnings,
    payments,
    reconciliations,
    refunds,
    requests,
)

blueprints = (
    payments,
    refunds,
    requests,
    earnings,
    reconciliations,
    differences,
    by_hand.methods,
    disputes.disputes,
    payees.payees,
)

__all__ = [
    "blueprints",
    "by_hand",
    "differences",
    "disputes",
    "earnings",
    "payees",
    "payments",
    "reconciliations",
    "refunds",
    "requests",
]
