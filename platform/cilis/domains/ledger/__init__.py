"""The ledger: where every amount stands, in double entry, per organization and currency.

This file is the room's only door. Others say what moved (`post`); nobody changes a balance in any
other way. It knows nothing of payments or bookings: they name the accounts.
"""

from cilis.domains.ledger.errors import EmptyPosting, PostingDiffers
from cilis.domains.ledger.models import LedgerPosting, LedgerTransfer
from cilis.domains.ledger.queries import (
    balance,
    balances,
    balances_of,
    first_line,
    journal,
    known_keys,
    lately,
    lines,
    of_subject,
    posted_about,
    posted_under,
    postings,
    recount,
    sums,
)
from cilis.domains.ledger.service import import_postings, post, take_snapshot
from cilis.domains.ledger.types import (
    DEBIT_KINDS,
    Account,
    AccountKind,
    Balance,
    Finding,
    Line,
    Posted,
    Posting,
    PostingKind,
    Transfer,
)

__all__ = [
    "DEBIT_KINDS",
    "Account",
    "AccountKind",
    "Balance",
    "EmptyPosting",
    "Finding",
    "LedgerPosting",
    "LedgerTransfer",
    "Line",
    "Posted",
    "Posting",
    "PostingDiffers",
    "PostingKind",
    "Transfer",
    "balance",
    "balances",
    "balances_of",
    "first_line",
    "import_postings",
    "journal",
    "known_keys",
    "lately",
    "lines",
    "of_subject",
    "post",
    "posted_about",
    "posted_under",
    "postings",
    "recount",
    "sums",
    "take_snapshot",
]
