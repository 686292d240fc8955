"""Texts of an organization."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.content.types import Audience, BlockKind, PagePlace, Tone
from cilis.infra.db import Base
from cilis.kit import clock, ids


class ContentPage(Base):
    """A page of text; titles and Markdown bodies by language.

    ``from_pack``: nobody has edited it by hand, so the pack may change or remove it.
    """

    __tablename__ = "content_pages"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    slug: Mapped[str] = mapped_column(unique=True)
    titles: Mapped[dict[str, Any]]
    bodies: Mapped[dict[str, Any]]
    position: Mapped[int]
    place: Mapped[PagePlace] = mapped_column(default=PagePlace.FOOTER, server_default="footer")
    is_shown: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    from_pack: Mapped[bool] = mapped_column(default=True, server_default=sa.true())


class ContentQuestion(Base):
    """A question that many ask, with its answer (Markdown), by language."""

    __tablename__ = "content_questions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    position: Mapped[int]
    questions: Mapped[dict[str, Any]]
    answers: Mapped[dict[str, Any]]
    from_pack: Mapped[bool] = mapped_column(default=True, server_default=sa.true())


class HomeBlock(Base):
    """A block of the home page, its place and texts. No rows: the usual blocks in their order."""

    __tablename__ = "home_blocks"

    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    kind: Mapped[BlockKind]
    position: Mapped[int]
    is_shown: Mapped[bool]
    texts: Mapped[dict[str, Any]]  # field -> language -> text


class AnnouncementRow(Base):
    """Something the organization tells its people for a while; Markdown by language."""

    __tablename__ = "announcements"
    __table_args__ = (sa.Index("announcements_list_idx", "starts_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    texts: Mapped[dict[str, Any]]
    tone: Mapped[Tone]
    audience: Mapped[Audience]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    is_dismissable: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
