"""The blueprint of the room's pages, and what their forms share."""

from __future__ import annotations

from flask import Blueprint, request

from cilis.domains import tenants
from cilis.infra.db import reading
from cilis.infra.i18n import LANGUAGES, language_name

pages = Blueprint("content_pages", "cilis.domains.content", template_folder="templates")


def by_language(name: str) -> dict[str, str]:
    """A form's field "<name>.<language>" as texts by language."""
    return {
        language: request.form[f"{name}.{language}"]
        for language in LANGUAGES
        if f"{name}.{language}" in request.form
    }


def languages() -> list[tuple[str, str]]:
    """The organization's languages with their names, its first one first."""
    found = organization()
    ordered = sorted(found.languages, key=lambda one: one != found.default_language)
    return [(one, language_name(one)) for one in ordered]


def organization() -> tenants.Organization:
    """The organization whose site this is."""
    with reading() as session:
        return tenants.organization(session)
