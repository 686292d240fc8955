"""Use cases of the ledger."""

from cilis.domains.ledger.service.posting import post
from cilis.domains.ledger.service.snapshots import import_postings, take_snapshot

__all__ = ["import_postings", "post", "take_snapshot"]
