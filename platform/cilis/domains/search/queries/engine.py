"""The promise of a search engine, and which one answers."""

from __future__ import annotations

import dataclasses
import logging
from typing import Protocol

from cilis.domains.search.queries.elasticsearch import ElasticsearchEngine
from cilis.domains.search.queries.postgresql import PostgresqlEngine
from cilis.domains.search.types import Question, Results, Suggestions
from cilis.infra import search

log = logging.getLogger(__name__)


class SearchEngine(Protocol):
    """One way to answer questions; all ways give the same answers to the same questions.

    An engine may lie beyond the network, so nobody may ask it while a transaction is open.
    """

    name: str

    def find(self, question: Question) -> Results:
        """One page of ids in order, with counts if asked for."""
        ...

    def complete(self, text: str) -> Suggestions:
        """What somebody who typed this far may mean."""
        ...


_POSTGRESQL = PostgresqlEngine()
_ELASTICSEARCH = ElasticsearchEngine()


def engine() -> SearchEngine:
    """The engine that answers here; PostgreSQL stands in for the other when that is away."""
    return _ELASTICSEARCH if search.is_connected() else _POSTGRESQL


def find(question: Question) -> Results:
    """Answer a question; raises InvalidInput on ``topic`` or ``cursor``."""
    try:
        return engine().find(question)
    except search.SearchAway as problem:
        log.warning("search: PostgreSQL answers instead: %s", problem)
        return dataclasses.replace(_POSTGRESQL.find(question), is_fallback=True)


def complete(text: str) -> Suggestions:
    """Complete what somebody types: topics, experts, services."""
    try:
        return engine().complete(text)
    except search.SearchAway as problem:
        log.warning("search: PostgreSQL completes instead: %s", problem)
        return _POSTGRESQL.complete(text)
