"""The reviewers' queue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from cilis.domains.experts import queries, schemas, service
from cilis.domains.experts.errors import DocumentNotFound
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.downloads import attachment
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.paging import page_response, page_schema
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "verifications",
    __name__,
    url_prefix="/api/v1/verifications",
    description="Experts who ask to be verified.",
)


@blueprint.get("")
@policy("admin", "support")
@blueprint.arguments(schemas.QueueArgs, location="query")
@blueprint.response(200, page_schema(schemas.QueueItemSchema))
def list_verifications(wanted: dict[str, Any]) -> dict[str, Any]:
    """Those of one state, the longest waiting first."""
    with reading() as session:
        page = queries.verification_queue(session, **wanted)
    return page_response(page, schemas.queue_item_out)


@blueprint.get("/<uuid:verification_id>")
@policy("admin", "support")
@blueprint.response(200, schemas.VerificationSchema)
@blueprint.problems(verification_not_found=404)
def show_verification(verification_id: UUID) -> dict[str, Any]:
    """One verification with the profile, the papers and the history."""
    return _shown(verification_id)


@blueprint.post("/<uuid:verification_id>/decisions")
@policy("admin")
@blueprint.arguments(schemas.DecisionSchema)
@blueprint.response(201, schemas.VerificationSchema)
@blueprint.problems(verification_not_found=404, already_decided=409, own_verification=403)
@idempotent("experts.decide", again=lambda made_id: _shown(made_id))  # noqa: PLW0108 - defined below
def decide(wish: dict[str, Any], verification_id: UUID) -> dict[str, Any]:
    """Approve, ask for more, or reject."""
    service.decide(verification_id, viewer=viewer(), **wish)
    return _shown(verification_id)


@blueprint.get("/<uuid:verification_id>/documents/<uuid:document_id>")
@policy("admin", "support")
@blueprint.response(200, content_type="application/octet-stream")
@blueprint.problems(document_not_found=404, file_not_found=404, storage_unavailable=503)
def open_document(verification_id: UUID, document_id: UUID) -> Response:
    """The bytes of a paper; every opening is logged."""
    with reading() as session:
        papers = queries.verification(session, verification_id, viewer()).documents
    if all(paper.id != document_id for paper in papers):
        raise DocumentNotFound(f"no document {document_id} in {verification_id}")
    file = service.open_document(document_id, viewer())
    return attachment(file.content, name=file.name, content_type=file.content_type)


def _shown(verification_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return schemas.verification_out(queries.verification(session, verification_id, viewer()))
