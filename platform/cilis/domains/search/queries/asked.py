"""A question's words, widened in one place, so that all engines ask for the same."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.search.queries.synonyms import matching
from cilis.domains.search.types import Terms
from cilis.domains.search.types.synonyms import keys, places, widened
from cilis.domains.search.types.terms import asked_tokens, made


def asked(session: Session, typed: str) -> Terms | None:
    """What was typed, with stems and the organization's synonyms; None without a word."""
    return with_synonyms(session, typed, session.scalars(matching(met_by(typed))).all())


def met_by(typed: str) -> set[str]:
    """The keys by which a group of synonyms may be met in what was typed."""
    written = asked_tokens(typed)
    return {key for first, end in places(written) for key in keys(written[first:end])}


def with_synonyms(session: Session, typed: str, groups: Sequence[Sequence[str]]) -> Terms | None:
    """What was typed, with stems and the words of these groups; None without a word."""
    written = asked_tokens(typed)
    parts = widened(written, groups, tenants.organization(session).languages)
    return made(parts, written) if parts else None
