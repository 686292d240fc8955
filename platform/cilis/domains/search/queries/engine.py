"""The promise of a search engine, and which one answers."""

from __future__ import annotations

from typing import Protocol

from cilis.domains.search.queries.postgresql import PostgresqlEngine
from cilis.domains.search.types import Question, Results, Suggestions


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


def engine() -> SearchEngine:
    """The engine that answers here."""
    return _POSTGRESQL


def find(question: Question) -> Results:
    """Answer a question; raises InvalidInput on ``topic`` or ``cursor``."""
    return engine().find(question)


def complete(text: str) -> Suggestions:
    """Complete what somebody types: topics, experts, services."""
    return engine().complete(text)
