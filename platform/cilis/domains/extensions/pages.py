"""/admin/extensions: one form for each plugin, made from the settings it declares."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cilis.domains.extensions import queries, service
from cilis.domains.extensions.types import KINDS
from cilis.hooks.settings import SettingKind, TestOutcome
from cilis.infra import limits
from cilis.infra.db import reading
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, gettext
from cilis.kit.errors import InvalidInput

pages = Blueprint("extension_pages", __name__, template_folder="templates")

_TITLES = {
    "payments": N_("Payments"),
    "meetings": N_("Video rooms"),
    "notifications": N_("Messages to people"),
}


@pages.get("/admin/extensions")
@policy("admin")
def show() -> str:
    """The switchboard."""
    return _page()


@pages.post("/admin/extensions/<string:kind>/<string:key>")
@policy("admin")
def save(kind: str, key: str) -> Response | tuple[str, int]:
    """Keep one plugin's switch and settings."""
    with reading() as session:
        fields = queries.one(session, kind, key).fields
    form = request.form
    given = {field.name: form.get(f"settings.{field.name}", "") for field in fields}
    on = form.get("on") == "1"
    try:
        service.switch(kind, key, on, given, viewer())
    except InvalidInput as refusal:
        page = _page(
            at=(kind, key), errors=refusal.fields, given=_without_secrets(kind, key, given), on=on
        )
        return page, 422
    notice(N_("Saved."), kind="positive")
    return redirect(url_for(".show", _anchor=f"{kind}-{key}"), 303)


@pages.post("/admin/extensions/<string:kind>/<string:key>/tests")
@policy("admin")
def try_out(kind: str, key: str) -> str:
    """Try one plugin's kept settings and say what came of it."""
    limits.hit("extension_tests", f"{kind}/{key}", "20/minute")
    return _page(at=(kind, key), outcome=service.try_out(kind, key))


def _page(
    *,
    at: tuple[str, str] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    given: Mapping[str, str] | None = None,
    on: bool | None = None,
    outcome: TestOutcome | None = None,
) -> str:
    with reading() as session:
        found = queries.overview(session)
    groups = [
        (kind, gettext(_TITLES[kind]), [extension for extension in found if extension.kind == kind])
        for kind in KINDS
    ]
    return render_template(
        "extensions/switchboard.html",
        groups=groups,
        at=at,
        errors=errors or {},
        given=given or {},
        on=on,
        outcome=outcome,
        rail="admin",
        current="extensions",
    )


def _without_secrets(kind: str, key: str, given: Mapping[str, str]) -> dict[str, str]:
    """What may be written back into the form: a secret is typed again."""
    hidden = {
        field.name
        for field in queries.offered(kind, key).settings
        if field.kind is SettingKind.SECRET
    }
    return {name: value for name, value in given.items() if name not in hidden}
