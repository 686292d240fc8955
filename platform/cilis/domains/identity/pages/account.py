"""The person's own profile, picture, settings and address."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from cilis.domains import tenants
from cilis.domains.identity import queries, service
from cilis.domains.identity.pages.blueprint import form_again, pages
from cilis.domains.identity.pages.zones import own_names, zone_choices
from cilis.domains.identity.schemas import EmailChangeSchema, ProfileSchema
from cilis.domains.identity.types import ProfileChanges
from cilis.infra import i18n
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.viewer import page_caller, viewer
from cilis.infra.i18n import N_
from cilis.kit import clock
from cilis.kit.errors import InvalidInput, TooMany


@pages.get("/account")
@policy(SIGNED_IN)
def show_account() -> AnyResponse:
    """Who one is here, and how one wants to see this place."""
    html = render_template(
        "identity/account.html", errors={}, typed={}, refused="", part="", **_account()
    )
    return make_response(html)


@pages.post("/account")
@policy(SIGNED_IN)
def change_profile() -> AnyResponse:
    """Name and number, or language and time zone: each form says only its own."""
    part = "settings" if "language" in request.form else "profile"
    try:
        service.change_profile(viewer(), ProfileChanges(**load_form(ProfileSchema)))
    except InvalidInput as refusal:
        return form_again("account.html", refusal, part=part, **_account())
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


@pages.post("/account/email")
@policy(SIGNED_IN)
def ask_email_change() -> AnyResponse:
    """Another address; it counts when its owner has opened the link in the mail."""
    try:
        wish = load_form(EmailChangeSchema)
        service.ask_email_change(viewer(), wish["email"], wish["current_password"], page_caller())
    except (InvalidInput, TooMany) as refusal:
        return form_again("account.html", refusal, part="email", **_account())
    notice(N_("We have sent a link to %(email)s. Please open it there."), email=wish["email"])
    return _back("#email")


@pages.post("/account/email/removal")
@policy(SIGNED_IN)
def forget_email_change() -> AnyResponse:
    """Keep the present address after all."""
    service.forget_email_change(viewer())
    notice(N_("Your address stays as it is."))
    return _back("#email")


@pages.post("/account/verification")
@policy(SIGNED_IN)
def ask_verification() -> AnyResponse:
    """Send the verification link again."""
    try:
        service.ask_verification(viewer())
    except TooMany as refusal:
        return form_again("account.html", refusal, part="verification", **_account())
    notice(N_("We have sent you a new link. Please look into your inbox."))
    return _back()


def _account() -> dict[str, Any]:
    with reading() as session:
        person = queries.person(session, viewer().person)
        waiting = service.waiting_email(session, person.id)
        languages = tenants.organization(session).languages
    return {
        "person": person,
        "waiting": waiting,
        "languages": own_names(languages),
        "now": clock.now(),
        "zones": zone_choices(i18n.current_language(), person.time_zone),
    }


def _back(part: str = "") -> AnyResponse:
    return redirect(f"/account{part}", 303)
