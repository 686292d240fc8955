"""The room's reads: find, complete, and what is read again before it is shown."""

from cilis.domains.search.queries.engine import SearchEngine, complete, engine, find
from cilis.domains.search.queries.hits import hits
from cilis.domains.search.queries.shown import shown
from cilis.domains.search.queries.synonyms import synonyms, synonyms_of

__all__ = [
    "SearchEngine",
    "complete",
    "engine",
    "find",
    "hits",
    "shown",
    "synonyms",
    "synonyms_of",
]
