"""The groups of synonyms, as the admin writes them; the next question is widened by them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.search.errors import SynonymsNotFound, TooManySynonyms
from cilis.domains.search.models import SynonymGroup
from cilis.domains.search.types import Synonyms, tokens
from cilis.domains.search.types.synonyms import (
    MAX_GROUPS,
    MAX_PHRASE,
    MAX_WORDS,
    MIN_WORDS,
    keys,
)
from cilis.infra import audit, idempotency
from cilis.infra.db import transaction
from cilis.kit import ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer


def add_synonyms(words: Sequence[str], viewer: Viewer) -> Synonyms:
    """Add a group of words that mean the same.

    Raises:
        InvalidInput: on ``words``: too few or too many of them, or on one: no word, or too many
            words in it.
        TooManySynonyms: the organization has as many groups as it may have.
    """
    with transaction() as session:
        locked = sa.select(SynonymGroup.id).order_by(SynonymGroup.id).with_for_update()
        if len(session.scalars(locked).all()) >= MAX_GROUPS:
            raise TooManySynonyms("synonyms", limit=MAX_GROUPS)
        row = SynonymGroup(id=ids.new())
        _write(row, words)
        session.add(row)
        session.flush()
        _record(session, "search.synonyms_added", row, viewer)
        idempotency.made(session, row.id)
        return Synonyms(row.id, tuple(row.words))


def edit_synonyms(group_id: UUID, words: Sequence[str], viewer: Viewer) -> Synonyms:
    """Replace a group's words.

    Raises:
        SynonymsNotFound: unknown id.
        InvalidInput: as for a new group.
    """
    with transaction() as session:
        row = _locked(session, group_id)
        _write(row, words)
        _record(session, "search.synonyms_changed", row, viewer)
        return Synonyms(row.id, tuple(row.words))


def remove_synonyms(group_id: UUID, viewer: Viewer) -> None:
    """Take a group away; raises SynonymsNotFound."""
    with transaction() as session:
        row = _locked(session, group_id)
        session.delete(row)
        _record(session, "search.synonyms_removed", row, viewer)


def import_synonyms(
    session: Session, groups: Sequence[Sequence[str]], *, write: bool = True
) -> list[tuple[str, str]]:
    """Hold these groups; returns ("add" | "change", its first word) of what differs.

    A group is known by its first word. Those that an admin added beside the pack stay.
    """
    rows = sa.select(SynonymGroup).order_by(SynonymGroup.id)
    found = session.scalars(rows.with_for_update() if write else rows)  # a plan only reads
    known = {row.words[0]: row for row in found}
    done: list[tuple[str, str]] = []
    for words in groups:
        row = known.get(words[0])
        if row is not None and row.words == list(words):
            continue
        done.append(("change" if row else "add", words[0]))
        if write:
            row = row or SynonymGroup(id=ids.new())
            _write(row, words)
            session.add(row)
    return done


def _write(row: SynonymGroup, words: Sequence[str]) -> None:
    by_form = {keys(tokens(word))[0]: word for word in reversed(words) if keys(tokens(word))}
    wrong = {
        f"words.{at}": ["no_word" if not keys(tokens(word)) else "too_many_words"]
        for at, word in enumerate(words)
        if not 1 <= len(tokens(word)) <= MAX_PHRASE or not keys(tokens(word))
    }
    if wrong:
        raise InvalidInput(wrong)
    if len(by_form) < MIN_WORDS:
        raise InvalidInput({"words": ["too_few_synonyms"]})
    if len(by_form) > MAX_WORDS:
        raise InvalidInput({"words": ["too_many"]})
    row.words = list(reversed(by_form.values()))
    row.keys = sorted({key for word in row.words for key in keys(tokens(word))})


def _locked(session: Session, group_id: UUID) -> SynonymGroup:
    row = session.get(SynonymGroup, group_id, with_for_update=True)
    if row is None:
        raise SynonymsNotFound(f"no synonyms {group_id}")
    return row


def _record(session: Session, action: str, row: SynonymGroup, viewer: Viewer) -> None:
    audit.record(
        session, action, row.id, actor=viewer.person, detail={"words": ", ".join(row.words)}
    )


def _pack_part(session: Session | None, pack: tenants.Pack, *, write: bool) -> list[tenants.Change]:
    if session is None:
        found = [("add", words[0]) for words in pack.synonyms]
    else:
        found = import_synonyms(session, pack.synonyms, write=write)
    return [tenants.Change("synonyms", act, word) for act, word in found]


tenants.pack_part("synonyms", _pack_part)
