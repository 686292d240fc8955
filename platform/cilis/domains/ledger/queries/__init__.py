"""Reads of the ledger; they take ``session``."""

from cilis.domains.ledger.queries.accounts import (
    SETTLED,
    accounts,
    balance,
    balances,
    recount,
    sums_since_snapshots,
)
from cilis.domains.ledger.queries.journal import journal, lines, moved, of_subject, posted_under

__all__ = [
    "SETTLED",
    "accounts",
    "balance",
    "balances",
    "journal",
    "lines",
    "moved",
    "of_subject",
    "posted_under",
    "recount",
    "sums_since_snapshots",
]
