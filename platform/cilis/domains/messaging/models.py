"""Conversations, who is how far in them, messages and their files."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.messaging.types import MessageKind
from cilis.infra.db import Base
from cilis.kit import ids


class ConversationRow(Base):
    """The one conversation of a client with an expert.

    Whoever adds a message holds this row's lock until the commit, so that the numbers have no
    gaps and are seen in their order: asking for what comes after a number misses nothing.
    """

    __tablename__ = "conversations"
    __table_args__ = (sa.UniqueConstraint("client_id", "expert_id", name="conversations_pair_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    client_id: Mapped[UUID]
    expert_id: Mapped[UUID]
    expert_person_id: Mapped[UUID]
    last_number: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class MemberRow(Base):
    """How far one of the two people is; what lists and the header's number are read from."""

    __tablename__ = "conversation_members"
    __table_args__ = (
        sa.Index("conversation_members_list_idx", "person_id", "last_at", "conversation_id"),
        sa.Index(
            "conversation_members_unread_idx",
            "person_id",
            postgresql_where=sa.text("unread > 0"),
        ),
    )

    conversation_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("conversations.id"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    read_number: Mapped[int] = mapped_column(default=0)
    delivered_number: Mapped[int] = mapped_column(default=0)
    unread: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]  # the conversation's, here for the order of lists


class MessageRow(Base):
    """One line. Rows are only ever added."""

    __tablename__ = "messages"
    __table_args__ = (
        sa.UniqueConstraint("conversation_id", "number", name="messages_number_key"),
        sa.UniqueConstraint("conversation_id", "sending_id", name="messages_sending_key"),
        sa.Index("messages_words_idx", "words", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    conversation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("conversations.id"))
    number: Mapped[int]
    sender_id: Mapped[UUID | None]
    sending_id: Mapped[UUID]
    kind: Mapped[MessageKind]
    text: Mapped[str]
    words: Mapped[str] = mapped_column(TSVECTOR)
    detail: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class MessageFileRow(Base):
    """A file that one of the two uploaded; without a message it is seen by nobody else."""

    __tablename__ = "message_files"
    __table_args__ = (sa.Index("message_files_list_idx", "conversation_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    conversation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("conversations.id"))
    message_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("messages.id"), index=True)
    person_id: Mapped[UUID]
    key: Mapped[str]
    name: Mapped[str]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    content_type: Mapped[str]
    digest: Mapped[str]
    created_at: Mapped[datetime]
