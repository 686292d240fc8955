"""The person's own password, and the places where they are signed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from cilis.domains.identity import queries, service
from cilis.domains.identity.errors import SessionNotFound
from cilis.domains.identity.pages.blueprint import form_again, pages
from cilis.domains.identity.schemas import PasswordChangeSchema
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.session import clear_session, set_session
from cilis.infra.http.viewer import page_caller, viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput, TooMany


@pages.get("/account/security")
@policy(SIGNED_IN)
def show_security() -> AnyResponse:
    """Password and devices."""
    html = render_template("identity/security.html", errors={}, refused="", **_security())
    return make_response(html)


@pages.post("/account/password")
@policy(SIGNED_IN)
def change_password() -> AnyResponse:
    """A new password; this browser stays signed in, with a new cookie, all others do not."""
    try:
        wish = load_form(PasswordChangeSchema)
        token = service.change_password(
            viewer(), wish["current_password"], wish["password"], page_caller()
        )
    except (InvalidInput, TooMany) as refusal:
        return form_again("security.html", refusal, **_security())
    if token is not None:
        set_session(token)
    notice(N_("Your new password is set. You are logged out everywhere else."))
    return _back()


@pages.post("/account/sessions/<uuid:session_id>/end")
@policy(SIGNED_IN)
def end_session(session_id: UUID) -> AnyResponse:
    """Log out on one device; one that is out already is what was wanted."""
    try:
        service.end_session(session_id, viewer())
    except SessionNotFound as refusal:
        refused(refusal.code)
        return _back("#devices")
    if session_id == viewer().session_id:
        clear_session()
        return redirect("/", 303)
    notice(N_("That device is logged out."))
    return _back("#devices")


@pages.post("/account/sessions/end-others")
@policy(SIGNED_IN)
def end_other_sessions() -> AnyResponse:
    """Log out everywhere but here."""
    service.end_other_sessions(viewer())
    notice(N_("You are logged out everywhere else."))
    return _back("#devices")


def _security() -> dict[str, Any]:
    with reading() as session:
        return {
            "person": queries.person(session, viewer().person),
            "devices": queries.sessions_of(session, viewer()),
        }


def _back(part: str = "") -> AnyResponse:
    return redirect(f"/account/security{part}", 303)
