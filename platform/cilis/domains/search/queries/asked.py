"""A question's words, widened in one place, so that all engines ask for the same."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.search.queries.synonyms import matching
from cilis.domains.search.types import Terms
from cilis.domains.search.types.synonyms import keys, places, widened
from cilis.domains.search.types.terms import asked_tokens, made


def asked(session: Session, typed: str) -> Terms | None:
    """What was typed, with stems and the organization's synonyms; None without a word."""
    written = asked_tokens(typed)
    if not written:
        return None
    wanted = {key for first, end in places(written) for key in keys(written[first:end])}
    groups = matching(session, wanted)
    parts = widened(written, groups, tenants.organization(session).languages)
    return made(parts, written) if parts else None
