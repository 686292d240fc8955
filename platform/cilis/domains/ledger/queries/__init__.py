"""Reads of the ledger; they take ``session``."""

from cilis.domains.ledger.queries.accounts import (
    SETTLED,
    accounts,
    balance,
    balances,
    recount,
    sums_since_snapshots,
)
from cilis.domains.ledger.queries.journal import journal, lines, of_subject, posted_under, sums

__all__ = [
    "SETTLED",
    "accounts",
    "balance",
    "balances",
    "journal",
    "lines",
    "of_subject",
    "posted_under",
    "recount",
    "sums",
    "sums_since_snapshots",
]
