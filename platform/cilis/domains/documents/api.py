"""Papers over the API: the same use cases as the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from werkzeug.datastructures import FileStorage

from cilis.domains.documents import queries, service
from cilis.domains.documents.schemas import (
    SharedDocumentsArgs,
    SharedDocumentSchema,
    SharedDocumentsSchema,
    ShareFileSchema,
    ShareFormSchema,
    show,
)
from cilis.domains.documents.types import MOST_BYTES
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.downloads import attachment
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "documents",
    __name__,
    url_prefix="/api/v1/documents",
    description="Papers that the two people of a booking share.",
)


def _show(document_id: UUID) -> dict[str, Any]:
    return show(service.document(document_id, viewer()))


@blueprint.get("")
@policy(SIGNED_IN)
@blueprint.arguments(SharedDocumentsArgs, location="query")
@blueprint.response(200, SharedDocumentsSchema)
@blueprint.problems(booking_not_found=404, invalid_input=422)
def list_documents(args: dict[str, Any]) -> dict[str, Any]:
    """The papers of one booking that you may open; at most twenty."""
    with reading() as session:
        found = queries.of_booking(session, viewer(), args["booking_id"])
    return {"items": [show(one) for one in found]}


@blueprint.post("")
@policy(SIGNED_IN)
@blueprint.arguments(ShareFormSchema, location="form")
@blueprint.arguments(ShareFileSchema, location="files")
@blueprint.response(201, SharedDocumentSchema)
@blueprint.problems(
    booking_not_found=404,
    sharing_over=409,
    too_many_shared_documents=409,
    too_many_requests=429,
    invalid_input=422,
    storage_full=503,
    storage_unavailable=503,
)
@idempotent("documents.share", again=_show)
def share(form: dict[str, Any], sent: dict[str, FileStorage]) -> dict[str, Any]:
    """Share a paper (PDF, PNG, JPEG, WebP, DOCX or text; at most 10 MiB)."""
    file = sent["file"]
    content = file.read(MOST_BYTES + 1)
    return show(service.share(form["booking_id"], content, file.filename or "", viewer()))


@blueprint.get("/<uuid:document_id>")
@policy(SIGNED_IN)
@blueprint.response(200, SharedDocumentSchema)
@blueprint.problems(document_not_found=404)
def show_document(document_id: UUID) -> dict[str, Any]:
    """What is known of one paper."""
    return _show(document_id)


@blueprint.get("/<uuid:document_id>/content")
@policy(SIGNED_IN)
@blueprint.response(200, content_type="application/octet-stream")
@blueprint.problems(document_not_found=404, file_not_found=404, storage_unavailable=503)
def open_document(document_id: UUID) -> Response:
    """The bytes of a paper."""
    file = service.open_document(document_id, viewer())
    return attachment(file.content, name=file.name, content_type=file.content_type)


@blueprint.delete("/<uuid:document_id>")
@policy(SIGNED_IN)
@blueprint.response(204)
@blueprint.problems(document_not_found=404, document_shared_for_good=409)
def remove(document_id: UUID) -> None:
    """Take back a paper of your own, before the session."""
    service.remove(document_id, viewer())
