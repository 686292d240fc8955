"""Take pages and questions over from a pack; what the pack no longer holds goes.

What somebody has written by hand in the administration stays: the pack leaves it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.content.models import ContentPage, ContentQuestion
from cilis.kit import ids


def import_pages(
    session: Session | None, pages: Sequence[tenants.PackPage], *, write: bool
) -> list[tenants.Change]:
    """List what differs from the given pages, and make it so if ``write``."""
    rows = session.scalars(sa.select(ContentPage)).all() if session is not None else ()
    known = {row.slug: row for row in rows}
    changes: list[tenants.Change] = []
    for place, wanted in enumerate(pages):
        row = known.pop(wanted.slug, None)
        if row is not None and not row.from_pack:
            continue
        values = _page_values(wanted, place)
        if row is not None and _says(row, values):
            continue
        changes.append(tenants.Change("pages", "change" if row else "add", wanted.slug))
        if write and session is not None:
            _put(session, row or ContentPage(id=ids.new(), slug=wanted.slug), values)
    gone = [row for row in known.values() if row.from_pack]
    changes += [tenants.Change("pages", "remove", row.slug) for row in gone]
    if write and session is not None:
        for row in gone:
            session.delete(row)
        session.flush()
    return changes


def import_questions(
    session: Session | None, wanted: Sequence[tenants.PackQuestion], *, write: bool
) -> list[tenants.Change]:
    """List what differs from the given questions, and make it so if ``write``."""
    ordered = sa.select(ContentQuestion).order_by(ContentQuestion.position)
    rows = session.scalars(ordered).all() if session is not None else ()
    if any(not row.from_pack for row in rows):
        return []
    before = [(row.questions, row.answers) for row in rows]
    after = [(dict(each.questions), dict(each.answers)) for each in wanted]
    if before == after:
        return []
    if write and session is not None:
        session.execute(sa.delete(ContentQuestion))
        session.add_all(
            ContentQuestion(id=ids.new(), position=place, questions=asked, answers=answered)
            for place, (asked, answered) in enumerate(after)
        )
        session.flush()
    act = "change" if before else "add"
    return [tenants.Change("questions", act, "questions and answers", str(len(after)))]


def _page_values(page: tenants.PackPage, place: int) -> dict[str, Any]:
    return {"titles": dict(page.titles), "bodies": dict(page.bodies), "position": place}


def _says(row: ContentPage, values: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in values.items())


def _put(session: Session, row: ContentPage, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)


def _take_pages(
    session: Session | None, pack: tenants.Pack, *, write: bool
) -> list[tenants.Change]:
    return import_pages(session, pack.pages, write=write)


def _take_questions(
    session: Session | None, pack: tenants.Pack, *, write: bool
) -> list[tenants.Change]:
    return import_questions(session, pack.questions, write=write)


tenants.pack_part("pages", _take_pages)
tenants.pack_part("questions", _take_questions)
