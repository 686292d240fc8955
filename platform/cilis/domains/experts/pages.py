"""The room's own address for browsers: papers, behind the cookie instead of a token."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response

from cilis.domains.experts import service
from cilis.infra.http.downloads import attachment
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import viewer

pages = Blueprint("expert_documents", __name__)


@pages.get("/verification-documents/<uuid:document_id>")
@policy(SIGNED_IN)
def download(document_id: UUID) -> Response:
    """A paper as a file to save, for its expert and the staff; every opening is logged."""
    file = service.open_document(document_id, viewer())
    return attachment(file.content, name=file.name, content_type=file.content_type)
