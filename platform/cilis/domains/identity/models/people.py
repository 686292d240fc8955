"""People of an organization."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.identity.types import PersonStatus, Role
from cilis.infra.db import Base
from cilis.kit import ids

_RARE = (Role.ADMIN, Role.SUPPORT, Role.EXPERT)


class PersonRow(Base):
    """One account. The same address at another organization is another account.

    ``words`` is all that somebody may be looked for by, written by the application; an index for
    each rare kind of people gives their pages in the order of names.
    """

    __tablename__ = "people"
    __table_args__ = (
        sa.Index("people_sort_key_idx", "sort_key", "id"),
        sa.Index("people_words_idx", "words", postgresql_using="gin"),
        sa.Index("people_wordless_idx", "id", postgresql_where=sa.text("words = ''")),
        sa.Index(
            "people_suspended_idx",
            "sort_key",
            "id",
            postgresql_where=sa.text("status = 'suspended'"),
        ),
        sa.Index(  # does somebody show it?
            "people_picture_key_idx",
            "picture_key",
            postgresql_where=sa.text("picture_key IS NOT NULL"),
        ),
        *(
            sa.Index(
                f"people_{role.value}_idx",
                "sort_key",
                "id",
                postgresql_where=sa.text(f"roles @> ARRAY['{role.value}']"),
            )
            for role in _RARE
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    email: Mapped[str]  # as typed, for mails
    email_key: Mapped[str] = mapped_column(unique=True)  # as compared
    name: Mapped[str]
    sort_key: Mapped[str]
    password_hash: Mapped[str | None]
    roles: Mapped[list[str]]
    language: Mapped[str]
    time_zone: Mapped[str]
    picture_key: Mapped[str | None]
    email_verified_at: Mapped[datetime | None]
    status: Mapped[PersonStatus] = mapped_column(default=PersonStatus.ACTIVE)
    created_at: Mapped[datetime]
    password_changed_at: Mapped[datetime | None]
    phone: Mapped[str | None]
    words: Mapped[str] = mapped_column(TSVECTOR, server_default="", deferred=True)


def has_role(role: Role, among: Any = PersonRow) -> sa.ColumnElement[bool]:
    """Whether a person has a role, in the form that the indices of the rare ones know."""
    asked = sa.literal_column(f"ARRAY['{role.value}']", sa.ARRAY(sa.Text()))
    found: sa.ColumnElement[bool] = among.roles.op("@>")(asked)
    return found
