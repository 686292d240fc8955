"""Conversations as the API shows and takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask_smorest.fields import Upload
from marshmallow import fields

from cilis.domains.messaging.types import (
    MAX_FILES,
    MAX_TEXT,
    Conversation,
    Message,
    MessageKind,
    MessageWish,
    NoticeKind,
    Other,
    SentFile,
)
from cilis.infra.http.paging import PageArgs
from cilis.infra.http.schemas import Instant, Strict, Text, between, one_of
from cilis.infra.presence import Presence

LARGEST_NUMBER = 2**31 - 1


class ConversationWishSchema(Strict):
    """Body of POST /api/v1/conversations: a booking of the two people."""

    booking_id = fields.UUID(required=True)


class MessageWishSchema(Strict):
    """Body of POST …/messages; a text, files that were uploaded, or both."""

    sending_id = fields.UUID(
        required=True,
        metadata={
            "description": "Made by the sender once for each message; again, it sends nothing."
        },
    )
    text = Text(load_default="", most=MAX_TEXT)
    file_ids = fields.List(fields.UUID(), load_default=list, metadata={"maxItems": MAX_FILES})


class MarksWishSchema(Strict):
    """Body of PUT …/marks: numbers of messages; marks never go back."""

    read = fields.Integer(load_default=0, validate=between(0, LARGEST_NUMBER))
    delivered = fields.Integer(load_default=0, validate=between(0, LARGEST_NUMBER))


class MessagesArgs(PageArgs):
    """Query of the messages: the newest, or with ``after`` those that follow that number."""

    after = fields.Integer(load_default=None, validate=between(0, LARGEST_NUMBER))


class FoundArgs(PageArgs):
    """Query of GET /api/v1/messages."""

    q = Text(required=True, least=1, most=200)
    conversation_id = fields.UUID(load_default=None)


class FileUploadSchema(Strict):
    """A file, as multipart/form-data."""

    file = Upload(required=True)


class MarksSchema(Strict):
    """How far somebody is: numbers of messages."""

    read = fields.Integer(required=True)
    delivered = fields.Integer(required=True)


class OtherSchema(Strict):
    """The person at the other end."""

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)
    online = fields.Boolean(required=True)
    seen_at = Instant(required=True, allow_none=True)


class SentFileSchema(Strict):
    """A file; its content is fetched under ``url``, by the two people only."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    size = fields.Integer(required=True)
    content_type = fields.String(required=True)
    person_id = fields.UUID(required=True)
    created_at = Instant(required=True)
    url = fields.String(required=True)


class NoticeSchema(Strict):
    """What a line of the house tells."""

    notice = fields.String(required=True, validate=one_of(*NoticeKind))
    booking_id = fields.UUID(required=True)
    starts_at = Instant(required=True)


class MessageSchema(Strict):
    """One line; ``number`` is its place in the conversation, the same for both sides."""

    id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    kind = fields.String(required=True, validate=one_of(*MessageKind))
    sender_id = fields.UUID(required=True, allow_none=True)
    sending_id = fields.UUID(required=True)
    text = fields.String(required=True)
    notice = fields.Nested(NoticeSchema, required=True, allow_none=True)
    files = fields.List(fields.Nested(SentFileSchema), required=True)
    sent_at = Instant(required=True)


class ConversationSchema(Strict):
    """A conversation as its reader sees it."""

    id = fields.UUID(required=True)
    client_id = fields.UUID(required=True)
    expert_id = fields.UUID(required=True)
    other = fields.Nested(OtherSchema, required=True)
    last_number = fields.Integer(required=True)
    last_at = Instant(required=True)
    unread = fields.Integer(required=True)
    mine = fields.Nested(MarksSchema, required=True)
    theirs = fields.Nested(MarksSchema, required=True)
    last = fields.Nested(MessageSchema, required=True, allow_none=True)


def wish_of(body: dict[str, Any]) -> MessageWish:
    """The body of a new message as the use case takes it."""
    return MessageWish(body["sending_id"], body["text"], tuple(body["file_ids"]))


def show_file(file: SentFile) -> dict[str, Any]:
    """A file as the API shows it."""
    return {
        "id": file.id,
        "name": file.name,
        "size": file.size,
        "content_type": file.content_type,
        "person_id": file.person_id,
        "created_at": file.created_at,
        "url": f"/api/v1/conversations/{file.conversation_id}/files/{file.id}",
    }


def show_message(message: Message) -> dict[str, Any]:
    """A message as the API shows it."""
    is_notice = message.kind is MessageKind.NOTICE
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "number": message.number,
        "kind": message.kind.value,
        "sender_id": message.sender_id,
        "sending_id": message.sending_id,
        "text": message.text,
        "notice": NoticeSchema().load(dict(message.detail)) if is_notice else None,
        "files": [show_file(file) for file in message.files],
        "sent_at": message.created_at,
    }


def conversation_shower(
    others: dict[UUID, Other], here: dict[UUID, Presence]
) -> Callable[[Conversation], dict[str, Any]]:
    """How to show a conversation, given who the others are and whether they are here."""

    def show(found: Conversation) -> dict[str, Any]:
        other = others[found.id]
        where = here.get(other.person_id, Presence())
        return {
            "id": found.id,
            "client_id": found.client_id,
            "expert_id": found.expert_id,
            "other": {
                "person_id": other.person_id,
                "name": other.name,
                "online": where.online,
                "seen_at": where.seen_at,
            },
            "last_number": found.last_number,
            "last_at": found.last_at,
            "unread": found.unread,
            "mine": {"read": found.mine.read, "delivered": found.mine.delivered},
            "theirs": {"read": found.theirs.read, "delivered": found.theirs.delivered},
            "last": show_message(found.last) if found.last else None,
        }

    return show
