"""Conversations over the API, for their two people only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from cilis.domains.messaging import queries, schemas, service
from cilis.domains.messaging.types import Conversation
from cilis.infra import files
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.downloads import attachment
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.paging import PageArgs, page_response, page_schema
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.kit.pagination import Page

conversations = ApiBlueprint(
    "conversations",
    __name__,
    url_prefix="/api/v1/conversations",
    description="What client and expert write to each other.",
)
messages = ApiBlueprint(
    "messages", __name__, url_prefix="/api/v1/messages", description="Finding what was written."
)
blueprints = (conversations, messages)


@conversations.get("")
@policy(SIGNED_IN)
@conversations.arguments(PageArgs, location="query")
@conversations.response(200, page_schema(schemas.ConversationSchema))
def list_conversations(wanted: dict[str, Any]) -> dict[str, Any]:
    """Your conversations with their last lines, the liveliest first."""
    with reading() as session:
        page = queries.conversations_page(session, viewer().person, **wanted)
    return _shown(page)


@conversations.post("")
@policy(SIGNED_IN)
@conversations.arguments(schemas.ConversationWishSchema)
@conversations.response(201, schemas.ConversationSchema)
@conversations.problems(booking_not_found=404, conversation_not_found=404)
@idempotent("messaging.open", again=lambda made_id: _one(made_id))  # noqa: PLW0108 - defined below
def open_conversation(wish: dict[str, Any]) -> dict[str, Any]:
    """Open the conversation of a booking's two people, or get the one that there is."""
    return _one(service.open_conversation(wish["booking_id"], viewer()))


@conversations.get("/<uuid:conversation_id>")
@policy(SIGNED_IN)
@conversations.response(200, schemas.ConversationSchema)
@conversations.problems(conversation_not_found=404)
def show_conversation(conversation_id: UUID) -> dict[str, Any]:
    """One conversation: with whom, how far both are, whether the other is here."""
    return _one(conversation_id)


@conversations.get("/<uuid:conversation_id>/messages")
@policy(SIGNED_IN)
@conversations.arguments(schemas.MessagesArgs, location="query")
@conversations.response(200, page_schema(schemas.MessageSchema))
@conversations.problems(conversation_not_found=404)
def list_messages(wanted: dict[str, Any], conversation_id: UUID) -> dict[str, Any]:
    """Messages in their order: the newest and by cursor older ones, or those ``after`` a number.

    Asking for what comes after the last number you know misses nothing, however long you were
    away.
    """
    with reading() as session:
        queries.visible(session, viewer(), conversation_id)
        page = queries.messages_page(session, conversation_id, **wanted)
    return page_response(page, schemas.show_message)


@conversations.post("/<uuid:conversation_id>/messages")
@policy(SIGNED_IN)
@conversations.arguments(schemas.MessageWishSchema)
@conversations.response(201, schemas.MessageSchema)
@conversations.problems(conversation_not_found=404, too_many_requests=429)
@idempotent("messaging.send", again=lambda made_id: _message(made_id))  # noqa: PLW0108 - defined below
def send_message(wish: dict[str, Any], conversation_id: UUID) -> dict[str, Any]:
    """Write to the other side."""
    sent = service.send(conversation_id, schemas.wish_of(wish), viewer())
    return schemas.show_message(sent)


@conversations.put("/<uuid:conversation_id>/marks")
@policy(SIGNED_IN)
@conversations.arguments(schemas.MarksWishSchema)
@conversations.response(200, schemas.ConversationSchema)
@conversations.problems(conversation_not_found=404)
def set_marks(wish: dict[str, Any], conversation_id: UUID) -> dict[str, Any]:
    """Say how far you have read, or what has arrived at your side."""
    service.mark(conversation_id, viewer(), **wish)
    return _one(conversation_id)


@conversations.get("/<uuid:conversation_id>/files")
@policy(SIGNED_IN)
@conversations.arguments(PageArgs, location="query")
@conversations.response(200, page_schema(schemas.SentFileSchema))
@conversations.problems(conversation_not_found=404)
def list_files(wanted: dict[str, Any], conversation_id: UUID) -> dict[str, Any]:
    """Files that were sent, newest first."""
    with reading() as session:
        queries.visible(session, viewer(), conversation_id)
        page = queries.files_of(session, conversation_id, **wanted)
    return page_response(page, schemas.show_file)


@conversations.post("/<uuid:conversation_id>/files")
@policy(SIGNED_IN)
@conversations.arguments(schemas.FileUploadSchema, location="files")
@conversations.response(201, schemas.SentFileSchema)
@conversations.problems(
    conversation_not_found=404, too_many_requests=429, storage_full=503, storage_unavailable=503
)
@idempotent("messaging.upload", again=lambda made_id: _file(made_id))  # noqa: PLW0108 - defined below
def upload_file(sent: dict[str, Any], conversation_id: UUID) -> dict[str, Any]:
    """Upload a file; it is seen by the other side when a message names it, within a day."""
    file = sent["file"]
    content = file.read(files.MAX_BYTES + 1)
    made = service.upload(conversation_id, content, file.filename or "", viewer())
    return schemas.show_file(made)


@conversations.get("/<uuid:conversation_id>/files/<uuid:file_id>")
@policy(SIGNED_IN)
@conversations.response(200, content_type="application/octet-stream")
@conversations.problems(
    conversation_not_found=404, message_file_not_found=404, storage_unavailable=503
)
def fetch_file(conversation_id: UUID, file_id: UUID) -> Response:
    """The bytes of a file."""
    with reading() as session:
        queries.visible(session, viewer(), conversation_id)
        found = queries.file_of(session, conversation_id, file_id, viewer().person)
    return attachment(files.read(found.key), name=found.name, content_type=found.content_type)


@messages.get("")
@policy(SIGNED_IN)
@messages.arguments(schemas.FoundArgs, location="query")
@messages.response(200, page_schema(schemas.MessageSchema))
def find_messages(wanted: dict[str, Any]) -> dict[str, Any]:
    """Messages of yours that hold all these words, newest first."""
    question = wanted.pop("q")
    with reading() as session:
        page = queries.found_page(session, viewer().person, question, **wanted)
    return page_response(page, schemas.show_message)


def _shown(page: Page[Conversation]) -> dict[str, Any]:
    with reading() as session:
        others = queries.others_of(session, page.items)
    here = queries.presences({other.person_id for other in others.values()})
    return page_response(page, schemas.conversation_shower(others, here))


def _one(conversation_id: UUID) -> dict[str, Any]:
    with reading() as session:
        found = queries.visible(session, viewer(), conversation_id)
    shown: dict[str, Any] = _shown(Page([found]))["items"][0]
    return shown


def _message(message_id: UUID) -> dict[str, Any]:
    with reading() as session:
        found = queries.sent_by(session, message_id, viewer().person)
    return schemas.show_message(found)


def _file(file_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return schemas.show_file(queries.own_file(session, file_id, viewer().person))
