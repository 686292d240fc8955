"""An admin writes, orders, shows and hides pages of text."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.content import queries
from cilis.domains.content.errors import PageExists, PageNotFound
from cilis.domains.content.models import ContentPage
from cilis.domains.content.service.frame import forget_frame
from cilis.domains.content.service.texts import checked
from cilis.domains.content.types import Page, PageWish
from cilis.infra import audit, idempotency
from cilis.infra.db import transaction, violates
from cilis.kit import ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

_SLUG = re.compile(r"[a-z][a-z0-9-]{1,40}\Z")
_TITLE, _BODY = 120, 40_000


def add_page(wish: PageWish, viewer: Viewer) -> Page:
    """Make a page; it is the last one in the order.

    Raises:
        PageExists: there is one at this address.
        InvalidInput: an address or a text that cannot be taken.
    """
    if not _SLUG.match(wish.slug):
        raise InvalidInput({"slug": ["not_a_slug"]})
    try:
        with transaction() as session:
            last = session.scalar(sa.select(sa.func.max(ContentPage.position)))
            row = ContentPage(id=ids.new(), slug=wish.slug, position=(last or 0) + 1)
            _fill(session, row, wish)
            session.add(row)
            session.flush()
            idempotency.made(session, row.id)
            _note(session, "content.page_added", row, viewer)
            page = queries.as_page(row)
    except sa.exc.IntegrityError as problem:
        if violates(problem, "content_pages_slug_key"):
            raise PageExists(wish.slug) from problem
        raise
    forget_frame()
    return page


def change_page(slug: str, wish: PageWish, viewer: Viewer) -> Page:
    """Write a page anew. Its address stays; the pack leaves it alone from now on.

    Raises:
        PageNotFound: no such page.
        InvalidInput: a text that cannot be taken.
    """
    with transaction() as session:
        row = _locked(session, slug)
        _fill(session, row, wish)
        _note(session, "content.page_changed", row, viewer)
        page = queries.as_page(row)
    forget_frame()
    return page


def show_page(slug: str, viewer: Viewer, *, shown: bool) -> Page:
    """Publish a page, or hide it; raises PageNotFound."""
    with transaction() as session:
        row = _locked(session, slug)
        row.is_shown, row.from_pack = shown, False
        _note(session, "content.page_shown" if shown else "content.page_hidden", row, viewer)
        page = queries.as_page(row)
    forget_frame()
    return page


def move_page(slug: str, by: int, viewer: Viewer) -> None:
    """Move a page one place up (-1) or down (1) in the order; raises PageNotFound."""
    with transaction() as session:
        rows = list(
            session.scalars(
                sa.select(ContentPage)
                .order_by(ContentPage.position, ContentPage.slug)
                .with_for_update()
            )
        )
        place = next((n for n, row in enumerate(rows) if row.slug == slug), None)
        if place is None:
            raise PageNotFound(slug)
        other = min(max(place + by, 0), len(rows) - 1)
        rows.insert(other, rows.pop(place))
        for number, row in enumerate(rows):
            row.position = number
        _note(session, "content.page_moved", rows[other], viewer)
    forget_frame()


def remove_page(slug: str, viewer: Viewer) -> None:
    """Remove a page for good; raises PageNotFound."""
    with transaction() as session:
        row = _locked(session, slug)
        _note(session, "content.page_removed", row, viewer)
        session.delete(row)
    forget_frame()


def _locked(session: Session, slug: str) -> ContentPage:
    row = queries.page_row(session, slug, lock=True)
    if row is None:
        raise PageNotFound(slug)
    return row


def _fill(session: Session, row: ContentPage, wish: PageWish) -> None:
    row.titles = checked(session, "title", wish.title, most=_TITLE)
    row.bodies = checked(session, "body", wish.body, most=_BODY)
    row.place, row.is_shown, row.from_pack = wish.place, wish.is_shown, False


def _note(session: Session, action: str, row: ContentPage, viewer: Viewer) -> None:
    audit.record(session, action, row.id, actor=viewer.person_id, detail={"slug": row.slug})
