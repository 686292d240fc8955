"""Sign-up, log-in, log-out."""

from __future__ import annotations

from flask import redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from cilis.domains.identity import service
from cilis.domains.identity.errors import PersonSuspended, WrongCredentials
from cilis.domains.identity.pages.blueprint import form_again, pages
from cilis.domains.identity.schemas import CredentialsSchema, RegistrationSchema
from cilis.domains.identity.types import Credentials, Registration
from cilis.infra.http.addresses import own_path
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.session import clear_session, set_session
from cilis.infra.http.viewer import page_caller, viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput, TooMany
from cilis.kit.viewer import Viewer

_HOMES = (("admin", "/admin"), ("support", "/admin"), ("expert", "/desk"))


@pages.get("/sign-up")
@policy(PUBLIC)
def show_sign_up() -> str | AnyResponse:
    """The form for a new account."""
    if viewer().is_signed_in:
        return _onward(viewer())
    return render_template("identity/sign_up.html", next=_next(), errors={}, typed={}, refused="")


@pages.post("/sign-up")
@policy(PUBLIC)
def sign_up() -> AnyResponse:
    """Make the account and sign its owner in; an hour that the browser holds stays held."""
    if viewer().is_signed_in:
        return _onward(viewer())
    try:
        wish = load_form(RegistrationSchema)
        token, who = service.sign_up(Registration(**wish), page_caller())
    except (InvalidInput, TooMany) as refusal:
        return form_again("sign_up.html", refusal, next=_next())
    set_session(token)
    notice(
        N_("Welcome, %(name)s. Please open the link that we have sent to your inbox."),
        name=who.name,
    )
    return _onward(who)


@pages.get("/log-in")
@policy(PUBLIC)
def show_log_in() -> str | AnyResponse:
    """The log-in form."""
    if viewer().is_signed_in:
        return _onward(viewer())
    return render_template("identity/log_in.html", next=_next(), errors={}, typed={}, refused="")


@pages.post("/log-in")
@policy(PUBLIC)
def log_in() -> AnyResponse:
    """Sign in, with a new cookie."""
    try:
        typed = load_form(CredentialsSchema)
        token, who = service.log_in(Credentials(**typed), page_caller())
    except (InvalidInput, PersonSuspended, TooMany, WrongCredentials) as refusal:
        return form_again("log_in.html", refusal, next=_next())
    set_session(token)
    return _onward(who)


@pages.post("/log-out")
@policy(PUBLIC)
def log_out() -> AnyResponse:
    """End the session of this browser."""
    service.log_out(viewer())
    clear_session()
    notice(N_("You are logged out."))
    return redirect("/", 303)


def _next() -> str:
    """Where the form leads afterwards: a path of this site, or "" for the person's own start."""
    return own_path(request.args.get("next"), "")


def _onward(who: Viewer) -> AnyResponse:
    home = next((path for role, path in _HOMES if who.has(role)), "/")
    target = _next()
    if target.partition("?")[0] in {"/log-in", "/sign-up", "/log-out"}:
        target = ""
    return redirect(target or home, 303)
