"""Reads: pages, links to them, questions, blocks of the home page, announcements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.content.errors import AnnouncementNotFound, BlockNotFound, PageNotFound
from cilis.domains.content.models import (
    AnnouncementRow,
    ContentPage,
    ContentQuestion,
    HomeBlock,
)
from cilis.domains.content.types import (
    FREE_KINDS,
    Announcement,
    Block,
    BlockKind,
    ByLanguage,
    Frame,
    Page,
    PageLink,
    PagePlace,
    Question,
    QuestionText,
)
from cilis.infra import markdown
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page as Some
from cilis.kit.pagination import decode_cursor, encode_cursor

_SOON = timedelta(minutes=10)
_MOST_SHOWN = 5


def page(session: Session, slug: str, *, hidden: bool = False) -> Page:
    """One page; raises PageNotFound, for hidden ones too unless ``hidden`` may be seen."""
    row = page_row(session, slug)
    if row is None or not (row.is_shown or hidden):
        raise PageNotFound(slug)
    return as_page(row)


def page_by_id(session: Session, page_id: UUID) -> Page:
    """One page, hidden or not, for who has just made it; raises PageNotFound."""
    row = session.get(ContentPage, page_id)
    if row is None:
        raise PageNotFound(str(page_id))
    return as_page(row)


def page_row(session: Session, slug: str, *, lock: bool = False) -> ContentPage | None:
    """A page's row, locked if asked."""
    wanted = sa.select(ContentPage).where(ContentPage.slug == slug)
    return session.scalar(wanted.with_for_update() if lock else wanted)


def pages(session: Session, *, hidden: bool = False) -> list[Page]:
    """All pages in the organization's order; the hidden ones only for who may edit them."""
    wanted = sa.select(ContentPage).order_by(ContentPage.position, ContentPage.slug)
    if not hidden:
        wanted = wanted.where(ContentPage.is_shown.is_(True))
    return [as_page(row) for row in session.scalars(wanted)]


def legal_pages(session: Session) -> list[PageLink]:
    """Links for the footer, in the organization's order."""
    return _links(pages(session), PagePlace.FOOTER)


def questions(session: Session) -> list[Question]:
    """Questions and answers of the home page, in the organization's order."""
    return [Question(one.question, _rendered(one.answer)) for one in question_texts(session)]


def question_texts(session: Session) -> list[QuestionText]:
    """The same as they are written, for who edits them."""
    rows = session.scalars(sa.select(ContentQuestion).order_by(ContentQuestion.position))
    return [QuestionText(row.questions, row.answers) for row in rows]


def blocks(session: Session, *, hidden: bool = False) -> list[Block]:
    """The blocks of the home page in their order; the usual ones where nothing was chosen."""
    rows = session.scalars(sa.select(HomeBlock).order_by(HomeBlock.position, HomeBlock.key)).all()
    found = [Block(row.key, row.kind, row.is_shown, row.texts) for row in rows]
    known = {one.kind for one in found}
    found += [
        Block(kind.value, kind)
        for kind in BlockKind
        if kind not in FREE_KINDS and kind not in known
    ]
    return [one for one in found if hidden or one.is_shown]


def block(session: Session, key: str) -> Block:
    """One block, hidden or not; raises BlockNotFound."""
    found = next((one for one in blocks(session, hidden=True) if one.key == key), None)
    if found is None:
        raise BlockNotFound(key)
    return found


def announcements_page(
    session: Session, *, cursor: str | None = None, limit: int = 20
) -> Some[Announcement]:
    """Every announcement, what starts last first (index: starts_at, id)."""
    wanted = sa.select(AnnouncementRow)
    here = sa.tuple_(AnnouncementRow.starts_at, AnnouncementRow.id)
    if cursor:
        wanted = wanted.where(here < sa.tuple_(*_place(cursor)))
    ordered = wanted.order_by(AnnouncementRow.starts_at.desc(), AnnouncementRow.id.desc())
    rows = session.scalars(ordered.limit(limit + 1)).all()
    shown = [as_announcement(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Some(shown)
    return Some(shown, encode_cursor(shown[-1].starts_at.isoformat(), str(shown[-1].id)))


def announcement(session: Session, announcement_id: UUID) -> Announcement:
    """One announcement; raises AnnouncementNotFound."""
    row = session.get(AnnouncementRow, announcement_id)
    if row is None:
        raise AnnouncementNotFound(str(announcement_id))
    return as_announcement(row)


def announcements_for(session: Session, roles: Iterable[str]) -> list[Announcement]:
    """What somebody with these roles is told now, the newest first."""
    return told_to(frame(session).announcements, frozenset(roles), clock.now())


def told_to(
    known: Iterable[Announcement], roles: frozenset[str], now: datetime
) -> list[Announcement]:
    """Those of the announcements that are on now and concern these roles."""
    return [one for one in known if one.is_on(now) and one.concerns(roles)][:_MOST_SHOWN]


def frame(session: Session) -> Frame:
    """What every page shows of the room."""
    now = clock.now()
    rows = session.scalars(
        sa.select(AnnouncementRow)
        .where(
            AnnouncementRow.starts_at <= now + _SOON,
            sa.or_(AnnouncementRow.ends_at.is_(None), AnnouncementRow.ends_at > now),
        )
        .order_by(AnnouncementRow.starts_at.desc(), AnnouncementRow.id.desc())
        .limit(20)
    )
    shown = pages(session)
    return Frame(
        menu=_links(shown, PagePlace.MENU),
        footer=_links(shown, PagePlace.FOOTER),
        announcements=[as_announcement(row) for row in rows],
    )


def as_page(row: ContentPage) -> Page:
    """A row as a value."""
    return Page(row.slug, row.titles, row.bodies, row.place, row.is_shown)


def as_announcement(row: AnnouncementRow) -> Announcement:
    """A row as a value."""
    return Announcement(
        id=row.id,
        texts=row.texts,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        audience=row.audience,
        tone=row.tone,
        is_dismissable=row.is_dismissable,
    )


def _links(shown: Iterable[Page], place: PagePlace) -> list[PageLink]:
    return [PageLink(one.slug, one.title) for one in shown if one.place == place]


def _rendered(bodies: ByLanguage) -> dict[str, str]:
    return {language: markdown.to_html(body) for language, body in bodies.items()}


def _place(cursor: str) -> tuple[sa.ColumnElement[datetime], sa.ColumnElement[UUID]]:
    at, last = decode_cursor(cursor, 2)
    try:
        return (
            sa.literal(datetime.fromisoformat(at), sa.DateTime(timezone=True)),
            sa.literal(UUID(last), sa.Uuid()),
        )
    except (TypeError, ValueError, AttributeError) as problem:
        raise InvalidInput({"cursor": ["not_a_cursor"]}) from problem
