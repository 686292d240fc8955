"""Finding people among a million: by name, address or number, in bounded time.

Everything one may look for lies folded in the one column ``words`` with a GIN index; what is
asked for are whole words and the beginning of a last one, or else the beginnings of all. At most
`FOUND_AT_MOST` matches are looked at, then put in the order of names. Without words the order
itself is an index, also for each rare role and for suspended people: every page costs the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session, aliased

from cilis.domains.identity.models import PersonRow, has_role
from cilis.domains.identity.queries.people import email_key, to_person
from cilis.domains.identity.types import PeopleFound, PeopleQuestion, PersonStatus, Role
from cilis.kit import text
from cilis.kit.pagination import MAX_LIMIT, decode_cursor, encode_cursor

FOUND_AT_MOST = 2_000
_SAMPLED = 0.5  # percent of the table's pages
_COMMON = 0.05
_FEW = 5_000
_MOST_WORDS = 6
_LONGEST_WORD = 60
_NUMBER = re.compile(r"[+(]?[0-9][0-9 ()./-]{4,}")
_NATIONAL = 9  # digits of a number that stay the same whichever prefix is written


def search_words(name: str, email: str, phone: str = "") -> str:
    """What a person is found by, in the form in which PostgreSQL writes a tsvector."""
    key = text.fold(email_key(email))
    local, _, domain = key.partition("@")
    digits = re.sub(r"\D", "", phone)
    found = {*_letters(name), *_letters(local), key, domain, digits, digits[-_NATIONAL:]}
    return " ".join(_quoted(word[:200]) for word in sorted(found) if word)


def people_page(session: Session, question: PeopleQuestion) -> PeopleFound:
    """People that fit the question, in the order of their names."""
    limit = min(max(question.limit, 1), MAX_LIMIT)
    person_id = _as_id(question.words)
    if person_id is not None:
        row = session.get(PersonRow, person_id)
        return PeopleFound([to_person(row)] if row else [])
    if not question.words.strip():
        rows = list(session.scalars(_in_order(sa.select(PersonRow), PersonRow, question, limit)))
        return _cut(rows, limit)
    terms = _terms(question.words)
    if not terms:
        return PeopleFound([])
    narrow = _tsquery(terms, whole=terms[:-1])
    found = _by_words(session, question, narrow, limit)
    if found.items:
        return found
    wide = _tsquery(terms, whole=_met_whole(session, terms[:-1]))
    return found if wide == narrow else _by_words(session, question, wide, limit)


def _by_words(session: Session, question: PeopleQuestion, wanted: str, limit: int) -> PeopleFound:
    fits = PersonRow.words.op("@@")(sa.cast(wanted, TSQUERY))
    matching = (
        sa.select(PersonRow)
        .where(fits, *_filters(PersonRow, question))
        .limit(FOUND_AT_MOST + 1)
        .cte("matching")
        .prefix_with("MATERIALIZED")
    )
    among = aliased(PersonRow, matching)
    count = sa.select(sa.func.count()).select_from(matching).scalar_subquery()
    asked = _in_order(sa.select(among, count), among, question, limit, filtered=True)
    with _plan_without(session, _worse_way(session, question, fits)):
        rows = session.execute(asked).all()
    page = _cut([row[0] for row in rows], limit)
    is_cut = bool(rows) and rows[0][1] > FOUND_AT_MOST
    return PeopleFound(page.items, page.next_cursor, is_cut)


def _worse_way(session: Session, question: PeopleQuestion, fits: sa.BinaryExpression[bool]) -> str:
    """What the planner is kept from: it knows too little of the beginnings of words.

    Where few people are asked for they are read one by one. Where every twentieth fits, walking
    the table meets enough of them at once; else the index of words is best.
    """
    if question.role not in {None, Role.CLIENT} or question.status is PersonStatus.SUSPENDED:
        few = sa.select(sa.literal(1)).select_from(PersonRow).where(*_filters(PersonRow, question))
        cut = few.limit(_FEW + 1).subquery()
        count = session.scalar(sa.select(sa.func.count()).select_from(cut)) or 0
        return "bitmapscan" if count <= _FEW else "seqscan"
    some = _sample()
    fitting = sa.func.count().filter(some.c.words.op("@@")(fits.right))
    found, seen = session.execute(sa.select(fitting, sa.func.count()).select_from(some)).one()
    return "bitmapscan" if seen and found > _COMMON * seen else "seqscan"


@contextmanager
def _plan_without(session: Session, way: str) -> Iterator[None]:
    """Keep the planner from one way of reading a table, for one question."""
    change = "SELECT set_config('enable_{}', '{}', true)"
    session.execute(sa.text(change.format(way, "off")))
    yield
    session.execute(sa.text(change.format(way, "on")))


def _in_order(
    found: sa.Select[Any],
    among: Any,
    question: PeopleQuestion,
    limit: int,
    *,
    filtered: bool = False,
) -> sa.Select[Any]:
    if not filtered:
        found = found.where(*_filters(among, question))
    if question.cursor:
        last_key, last_id = _place(question.cursor)
        here = sa.tuple_(among.sort_key, among.id)
        found = found.where(here > sa.tuple_(sa.literal(last_key), sa.literal(last_id)))
    return found.order_by(among.sort_key, among.id).limit(limit + 1)


def _filters(among: Any, question: PeopleQuestion) -> Iterator[sa.ColumnElement[bool]]:
    if question.role is not None:
        yield has_role(question.role, among)
    if question.status is not None:
        yield among.status == question.status


def _cut(rows: list[PersonRow], limit: int) -> PeopleFound:
    shown = rows[:limit]
    more = encode_cursor(shown[-1].sort_key, str(shown[-1].id)) if rows[limit:] else None
    return PeopleFound([to_person(row) for row in shown], more)


def _tsquery(terms: Sequence[str], *, whole: Collection[str]) -> str:
    """All these words, those not said to be whole ones as the beginning of one."""
    begun = [":*" if len(term) > 1 and term not in whole else "" for term in terms]
    return " & ".join(f"{_quoted(term)}{mark}" for term, mark in zip(terms, begun, strict=True))


def _met_whole(session: Session, terms: Sequence[str]) -> set[str]:
    """Words that many people have as they stand here: whoever writes one means all of it."""
    if not terms:
        return set()
    some = _sample()
    met = [
        sa.func.count().filter(some.c.words.op("@@")(sa.cast(_quoted(term), TSQUERY))).label(name)
        for name, term in ((f"t{place}", term) for place, term in enumerate(terms))
    ]
    counts = session.execute(sa.select(*met).select_from(some)).one()
    return {term for term, count in zip(terms, counts, strict=True) if count}


def _sample() -> sa.TableSample:
    return sa.tablesample(PersonRow.__table__, sa.func.system(_SAMPLED))


def _terms(words: str) -> list[str]:
    if _NUMBER.fullmatch(words.strip()):
        digits = re.sub(r"\D", "", words).lstrip("0")
        return [digits[-_NATIONAL:]] if digits else []
    terms: list[str] = []
    for part in text.fold(words).split():
        found = [part.strip("<>,;()").removeprefix("@")] if "@" in part else _letters(part)
        terms += [word[:_LONGEST_WORD] for word in found if word and text.is_clean(word)]
    return terms[:_MOST_WORDS]


def _letters(words: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.fold(words))


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _as_id(words: str) -> UUID | None:
    try:
        return UUID(words.strip()) if len(words.strip()) == 36 else None
    except ValueError:
        return None


def _place(cursor: str) -> tuple[str, UUID]:
    last_key, last_id = decode_cursor(cursor, 2)
    try:
        return str(last_key), UUID(str(last_id))
    except ValueError:
        return str(last_key), UUID(int=0)
