"""Reads of payouts; they take ``session``."""

from cilis.domains.payouts.queries.balances import (
    PAYMENTS,
    candidates,
    payable,
    standings,
    standings_page,
    transfer_gateways,
)
from cilis.domains.payouts.queries.batches import (
    adjustment,
    adjustments_of,
    batch,
    batches_page,
    payout,
    payouts_of,
    payouts_page,
    waiting,
    waiting_adjustments,
)
from cilis.domains.payouts.queries.payees import payee, payees, sealed, shown
from cilis.domains.payouts.queries.rules import ROW, own_account, rules, unsealed
from cilis.domains.payouts.queries.statements import month, months, statement

__all__ = [
    "PAYMENTS",
    "ROW",
    "adjustment",
    "adjustments_of",
    "batch",
    "batches_page",
    "candidates",
    "month",
    "months",
    "own_account",
    "payable",
    "payee",
    "payees",
    "payout",
    "payouts_of",
    "payouts_page",
    "rules",
    "sealed",
    "shown",
    "standings",
    "standings_page",
    "statement",
    "transfer_gateways",
    "unsealed",
    "waiting",
    "waiting_adjustments",
]
