"""What an Elasticsearch that does not serve us is called."""

from __future__ import annotations

from cilis.kit.errors import Unavailable


class SearchAway(Unavailable):
    """Elasticsearch does not answer, not in time, or not for us; PostgreSQL can."""

    code = "search_unavailable"


class NotBuilt(SearchAway):
    """The index does not exist: `cilis search rebuild` makes it."""


class Full(SearchAway):
    """It is there and has no room now (429): its queues or its memory are full."""


class ForeignDocument(SearchAway):
    """An answer held another tenant's document. It is thrown away whole."""
