"""Elasticsearch, as far as one tenant may reach it.

The client itself never leaves `search.connection`, which nobody outside `infra` imports. What
others hold is a `TenantIndex`.
"""

from cilis.infra.search.connection import (
    alias,
    breaker,
    connect,
    disconnect,
    is_connected,
    question_seconds,
)
from cilis.infra.search.errors import ForeignDocument, Full, NotBuilt, SearchAway
from cilis.infra.search.index import Document, TenantIndex

__all__ = [
    "Document",
    "ForeignDocument",
    "Full",
    "NotBuilt",
    "SearchAway",
    "TenantIndex",
    "alias",
    "breaker",
    "connect",
    "disconnect",
    "is_connected",
    "question_seconds",
]
