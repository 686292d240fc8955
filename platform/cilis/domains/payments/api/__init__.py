"""Payments and refunds over the API, a kind a file."""

from cilis.domains.payments.api import by_hand, disputes
from cilis.domains.payments.api.payments import earnings, payments, refunds

blueprints = (payments, refunds, earnings, by_hand.methods, disputes.disputes, disputes.payees)

__all__ = ["blueprints", "by_hand", "disputes", "earnings", "payments", "refunds"]
