"""Reads: pages, links to them, questions."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.content.errors import PageNotFound
from cilis.domains.content.models import ContentPage, ContentQuestion
from cilis.domains.content.types import Page, PageLink, Question
from cilis.infra import markdown


def page(session: Session, slug: str) -> Page:
    """One page; raises PageNotFound."""
    row = session.scalar(sa.select(ContentPage).where(ContentPage.slug == slug))
    if row is None:
        raise PageNotFound(slug)
    return Page(row.slug, row.titles, row.bodies)


def legal_pages(session: Session) -> list[PageLink]:
    """Links for the footer, in the organization's order."""
    wanted = sa.select(ContentPage.slug, ContentPage.titles).order_by(ContentPage.position)
    return [PageLink(slug, titles) for slug, titles in session.execute(wanted)]


def questions(session: Session) -> list[Question]:
    """Questions and answers of the home page, in the organization's order."""
    rows = session.scalars(sa.select(ContentQuestion).order_by(ContentQuestion.position))
    return [Question(row.questions, _rendered(row.answers)) for row in rows]


def _rendered(bodies: dict[str, str]) -> dict[str, str]:
    return {language: markdown.to_html(body) for language, body in bodies.items()}
