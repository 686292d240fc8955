"""What the API takes and says of papers."""

from __future__ import annotations

from typing import Any

from flask_smorest.fields import Upload
from marshmallow import fields

from cilis.domains.documents.types import Document
from cilis.infra.http.schemas import Strict


class SharedDocumentsArgs(Strict):
    """Of which booking."""

    booking_id = fields.UUID(required=True)


class ShareFormSchema(Strict):
    """For which booking."""

    booking_id = fields.UUID(required=True)


class ShareFileSchema(Strict):
    """The file itself."""

    file = Upload(required=True)


class SharedDocumentSchema(Strict):
    """A paper; its bytes are at ``/content``."""

    id = fields.UUID(required=True)
    booking_id = fields.UUID(required=True)
    owner_id = fields.UUID(required=True)
    name = fields.String(required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True)
    shared_at = fields.AwareDateTime(required=True)
    may_remove = fields.Boolean(required=True)


class SharedDocumentsSchema(Strict):
    """All papers of a booking, oldest first."""

    items = fields.List(fields.Nested(SharedDocumentSchema), required=True)


def show(document: Document) -> dict[str, Any]:
    """A paper as the API shows it."""
    return {
        "id": document.id,
        "booking_id": document.booking_id,
        "owner_id": document.owner_id,
        "name": document.name,
        "content_type": document.content_type,
        "size": document.size,
        "shared_at": document.shared_at,
        "may_remove": document.may_remove,
    }
