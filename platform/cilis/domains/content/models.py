"""Texts of an organization."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from cilis.infra.db import Base
from cilis.kit import ids


class ContentPage(Base):
    """A page of text; titles and Markdown bodies by language."""

    __tablename__ = "content_pages"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    slug: Mapped[str] = mapped_column(unique=True)
    titles: Mapped[dict[str, Any]]
    bodies: Mapped[dict[str, Any]]
    position: Mapped[int]


class ContentQuestion(Base):
    """A question that many ask, with its answer (Markdown), by language."""

    __tablename__ = "content_questions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    position: Mapped[int]
    questions: Mapped[dict[str, Any]]
    answers: Mapped[dict[str, Any]]
