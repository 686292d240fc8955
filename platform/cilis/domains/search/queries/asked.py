"""A question's words, expanded in one place, so that all engines ask for the same."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.search.types import Terms, terms


def asked(session: Session, typed: str) -> Terms | None:
    """What was typed, with the stems of the organization's languages; None without a word."""
    return terms(typed, tenants.organization(session).languages)
