"""The promise of a search engine, and which one answers."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session

from cilis.domains.search.queries.postgresql import PostgresqlEngine
from cilis.domains.search.types import Question, Results, Suggestions


class SearchEngine(Protocol):
    """One way to answer questions; all ways give the same answers to the same questions."""

    name: str

    def find(self, session: Session, question: Question) -> Results:
        """One page of ids in order, with counts if asked for."""
        ...

    def complete(self, session: Session, text: str) -> Suggestions:
        """What somebody who typed this far may mean."""
        ...


_POSTGRESQL = PostgresqlEngine()


def engine() -> SearchEngine:
    """The engine that answers here."""
    return _POSTGRESQL


def find(session: Session, question: Question) -> Results:
    """Answer a question; raises InvalidInput on ``topic`` or ``cursor``."""
    return engine().find(session, question)


def complete(session: Session, text: str) -> Suggestions:
    """Complete what somebody types: topics, experts, services."""
    return engine().complete(session, text)
