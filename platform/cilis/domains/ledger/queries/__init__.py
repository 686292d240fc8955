"""Reads of the ledger; they take ``session``."""

from cilis.domains.ledger.queries.accounts import (
    SETTLED,
    accounts,
    balance,
    balances,
    recount,
    sums_since_snapshots,
)
from cilis.domains.ledger.queries.journal import (
    journal,
    known_keys,
    lines,
    of_subject,
    posted_about,
    posted_under,
    postings,
    sums,
)
from cilis.domains.ledger.queries.owners import balances_of, first_line, lately

__all__ = [
    "SETTLED",
    "accounts",
    "balance",
    "balances",
    "balances_of",
    "first_line",
    "journal",
    "known_keys",
    "lately",
    "lines",
    "of_subject",
    "posted_about",
    "posted_under",
    "postings",
    "recount",
    "sums",
    "sums_since_snapshots",
]
