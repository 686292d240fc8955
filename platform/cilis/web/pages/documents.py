"""The interactive document of the API, from assets of our own."""

from __future__ import annotations

from flask import Blueprint, render_template

from cilis.infra.http.policies import PUBLIC, policy

pages = Blueprint("api_document", __name__)


@pages.get("/api/docs")
@policy(PUBLIC)
def show() -> str:
    """Every operation of the API, with its fields, to read and to try."""
    return render_template("api/docs.html")
