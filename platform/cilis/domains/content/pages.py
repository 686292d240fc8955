"""/pages/<slug>: terms, privacy, cancellation, imprint, whatever the organization writes."""

from __future__ import annotations

from flask import Blueprint, render_template

from cilis.domains.content import queries
from cilis.infra import markdown
from cilis.infra.db import reading
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.i18n import translated

pages = Blueprint("content_pages", __name__, template_folder="templates")


@pages.get("/pages/<string:slug>")
@policy(PUBLIC)
def show(slug: str) -> str:
    """One page of text in the viewer's language."""
    with reading() as session:
        page = queries.page(session, slug)
    body = markdown.to_html(translated(page.body))
    return render_template("content/page.html", page=page, body=body)
