"""/admin/extensions: one form for each plugin, made from the settings it declares."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cilis.domains.extensions import queries, service
from cilis.domains.extensions.types import KINDS
from cilis.hooks.settings import SettingKind, TestOutcome
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
_CONSEQUENCES = {
    "payments": {
        "off": N_(
            "Switched on, clients can choose it at the checkout, for prices in its currency."
        ),
        "on": N_(
            "Switched off, nobody can pay this way and its notices are refused. Payments under way"
            " and refunds wait until it is switched on again."
        ),
    },
    "meetings": {
        "off": N_("Switched on, every confirmed booking gets its room here."),
        "on": N_(
            "Switched off, no room is opened here: bookings wait for another provider, and nobody"
            " can enter the rooms there are."
        ),
    },
    "notifications": {
        "off": N_("Switched on, everybody is told this way too, as they have chosen."),
        "on": N_(
            "Switched off, nothing is sent this way, and what waits to be sent is dropped. The"
            " notices on the pages still come."
        ),
    },
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
    switches = [
        (kind, gettext(_TITLES[kind]), [extension for extension in found if extension.kind == kind])
        for kind in KINDS
    ]
    return render_template(
        "extensions/switchboard.html",
        switches=switches,
        consequences={
            kind: {state: gettext(words) for state, words in both.items()}
            for kind, both in _CONSEQUENCES.items()
        },
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
