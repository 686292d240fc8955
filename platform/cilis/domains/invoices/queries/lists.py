"""Papers by pages, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from cilis.domains import identity
from cilis.domains.invoices.models import Paper
from cilis.domains.invoices.types import STAFF, PaperFilter
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page, decode_cursor, encode_cursor
from cilis.kit.viewer import Viewer

_MOST_PEOPLE = 50
_AT_ONCE = 500
_NO_FILTER = PaperFilter()


def page(
    session: Session,
    viewer: Viewer,
    *,
    wanted: PaperFilter = _NO_FILTER,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Paper]:
    """The viewer's papers; for staff those of everybody."""
    asked = _asked(session, viewer, wanted)
    if cursor:
        asked = asked.where(sa.tuple_(Paper.issued_on, Paper.id) < _behind(cursor))
    found = session.scalars(
        asked.order_by(Paper.issued_on.desc(), Paper.id.desc()).limit(limit + 1)
    ).all()
    items = found[:limit]
    more = len(found) > limit
    last = items[-1] if items else None
    mark = encode_cursor(last.issued_on.isoformat(), str(last.id)) if last and more else None
    return Page(items, mark)


def every(session: Session, viewer: Viewer, wanted: PaperFilter, *, most: int) -> Iterator[Paper]:
    """The papers asked for, in the order of their days, at most so many; for a file."""
    asked = _asked(session, viewer, wanted).order_by(Paper.issued_on, Paper.id)
    asked = asked.options(defer(Paper.sheet)).limit(_AT_ONCE)
    behind: sa.ColumnElement[bool] = sa.true()
    while most > 0:
        found = session.scalars(asked.where(behind)).all()
        yield from found[:most]
        if len(found) < _AT_ONCE:
            return
        most -= len(found)
        last = found[-1]
        behind = sa.tuple_(Paper.issued_on, Paper.id) > sa.tuple_(
            sa.literal(last.issued_on), sa.literal(last.id)
        )
        session.expunge_all()  # a year of papers must not stay in memory


def of_person(session: Session, person_id: UUID, limit: int = 20) -> Sequence[Paper]:
    """A person's newest papers."""
    return session.scalars(
        sa.select(Paper).where(Paper.person_id == person_id).order_by(Paper.id.desc()).limit(limit)
    ).all()


def of_subjects(
    session: Session, viewer: Viewer, subject_ids: Iterable[UUID]
) -> dict[UUID, list[Paper]]:
    """The papers of some things (bookings) that the viewer may open, oldest first."""
    found: dict[UUID, list[Paper]] = {one: [] for one in subject_ids}
    if not found or not viewer.is_signed_in:
        return found
    asked = sa.select(Paper).where(Paper.subject_id.in_(found)).order_by(Paper.id)
    if not viewer.has(*STAFF):
        asked = asked.where(Paper.person_id == viewer.person)
    for paper in session.scalars(asked):
        if paper.subject_id is not None:
            found[paper.subject_id].append(paper)
    return found


def _asked(session: Session, viewer: Viewer, wanted: PaperFilter) -> sa.Select[Any]:
    asked = sa.select(Paper)
    if not viewer.has(*STAFF):
        asked = asked.where(Paper.person_id == viewer.person)
    if wanted.kind is not None:
        asked = asked.where(Paper.kind == wanted.kind)
    if wanted.since is not None:
        asked = asked.where(Paper.issued_on >= wanted.since)
    if wanted.until is not None:
        asked = asked.where(Paper.issued_on <= wanted.until)
    text = wanted.text.strip()
    if text:
        people = identity.people_page(
            session, identity.PeopleQuestion(words=text, limit=_MOST_PEOPLE)
        )
        called = [person.id for person in people.items]
        asked = asked.where(sa.or_(Paper.number == text.upper(), Paper.person_id.in_(called)))
    return asked


def _behind(cursor: str) -> sa.Tuple:
    day, paper_id = decode_cursor(cursor, 2)
    try:
        return sa.tuple_(sa.literal(date.fromisoformat(day)), sa.literal(UUID(paper_id)))
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
