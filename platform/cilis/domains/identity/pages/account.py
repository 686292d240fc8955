"""The person's own account: profile, picture, password, sessions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from cilis.domains import tenants
from cilis.domains.identity import queries, service
from cilis.domains.identity.pages.blueprint import caller, form_again, pages
from cilis.domains.identity.pages.zones import own_names, zone_choices
from cilis.domains.identity.schemas import PasswordChangeSchema, ProfileSchema
from cilis.domains.identity.types import ProfileChanges
from cilis.infra import i18n
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.session import clear_session, set_session
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit import clock
from cilis.kit.errors import InvalidInput, TooMany


@pages.get("/account")
@policy(SIGNED_IN)
def show_account() -> AnyResponse:
    """Everything about oneself on one page."""
    html = render_template(
        "identity/account.html", errors={}, typed={}, refused="", part="", **_account()
    )
    return make_response(html)


@pages.post("/account")
@policy(SIGNED_IN)
def change_profile() -> AnyResponse:
    """Name, language and time zone."""
    try:
        service.change_profile(viewer(), ProfileChanges(**load_form(ProfileSchema)))
    except InvalidInput as refusal:
        return form_again("account.html", refusal, part="profile", **_account())
    notice(N_("Your changes are saved."))
    return _back()


@pages.post("/account/picture")
@policy(SIGNED_IN)
def set_picture() -> AnyResponse:
    """A new picture."""
    sent = request.files.get("picture")
    try:
        service.change_picture(viewer(), sent.read() if sent else b"")
    except (InvalidInput, TooMany) as refusal:
        return form_again("account.html", refusal, part="picture", **_account())
    notice(N_("Your picture is saved."))
    return _back()


@pages.post("/account/picture/removal")
@policy(SIGNED_IN)
def remove_picture() -> AnyResponse:
    """No picture any more."""
    service.remove_picture(viewer())
    notice(N_("Your picture is removed."))
    return _back()


@pages.post("/account/password")
@policy(SIGNED_IN)
def change_password() -> AnyResponse:
    """A new password; this browser stays signed in, with a new cookie, all others do not."""
    try:
        wish = load_form(PasswordChangeSchema)
        token = service.change_password(
            viewer(), wish["current_password"], wish["password"], caller()
        )
    except (InvalidInput, TooMany) as refusal:
        return form_again("account.html", refusal, part="password", **_account())
    if token is not None:
        set_session(token)
    notice(N_("Your new password is set. You are logged out everywhere else."))
    return _back()


@pages.post("/account/verification")
@policy(SIGNED_IN)
def ask_verification() -> AnyResponse:
    """Send the verification link again."""
    service.ask_verification(viewer())
    notice(N_("We have sent you a new link. Please look into your inbox."))
    return _back()


@pages.post("/account/sessions/<uuid:session_id>/end")
@policy(SIGNED_IN)
def end_session(session_id: UUID) -> AnyResponse:
    """Log out on one device."""
    service.end_session(session_id, viewer())
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


def _account() -> dict[str, Any]:
    with reading() as session:
        person = queries.person(session, viewer().person)
        devices = queries.sessions_of(session, viewer())
        languages = tenants.organization(session).languages
    return {
        "person": person,
        "devices": devices,
        "languages": own_names(languages),
        "now": clock.now(),
        "zones": zone_choices(i18n.current_language(), person.time_zone),
    }


def _back(part: str = "") -> AnyResponse:
    return redirect(f"/account{part}", 303)
