"""The organization's style sheet: its colours and fonts as custom properties."""

from __future__ import annotations

from flask import Blueprint, Response

from cilis.domains.tenants import queries, service
from cilis.infra.db import reading
from cilis.infra.http.policies import PUBLIC, policy

pages = Blueprint("tenant_pages", __name__)


@pages.get("/brand.<int:version>.css")
@policy(PUBLIC)
def brand(version: int) -> Response:
    """The brand as CSS; the address changes with the brand, so browsers may keep it for ever."""
    with reading() as session:
        current = queries.organization(session).version
        css = service.brand_css(session)
    answer = Response(css, mimetype="text/css")
    fresh = "public, max-age=31536000, immutable" if version == current else "no-store"
    answer.headers["Cache-Control"] = fresh
    return answer
