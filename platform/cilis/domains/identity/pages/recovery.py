"""The pages behind links in mails, and the one that asks for such a link.

Opening a link changes nothing, because mail programs open links too; the button on it does.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import make_response, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from cilis.domains.identity import service
from cilis.domains.identity.errors import LinkNotValid
from cilis.domains.identity.pages.blueprint import form_again, pages
from cilis.domains.identity.schemas import AddressSchema, NewPasswordSchema
from cilis.domains.identity.types import Purpose
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.session import clear_session
from cilis.infra.http.viewer import page_caller, viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput, TooMany


@pages.get("/verify/<token>")
@policy(PUBLIC)
def show_verify(token: str) -> AnyResponse:
    """Ask the reader of the mail to press the button."""
    with reading() as session:
        is_open = service.is_open_link(session, token, Purpose.VERIFY_EMAIL)
    if not is_open:
        return _over("verify")
    return make_response(render_template("identity/verify.html", token=token))


@pages.post("/verify/<token>")
@policy(PUBLIC)
def verify(token: str) -> AnyResponse:
    """The address is the person's own."""
    try:
        service.verify_email(token, page_caller())
    except LinkNotValid:
        return _over("verify")
    notice(N_("Thank you, your e-mail address is confirmed."))
    return redirect("/account" if viewer().is_signed_in else "/log-in", 303)


@pages.get("/change-email/<token>")
@policy(PUBLIC)
def show_change_email(token: str) -> AnyResponse:
    """Ask the reader of the mail to press the button."""
    with reading() as session:
        is_open = service.is_open_link(session, token, Purpose.CHANGE_EMAIL)
    if not is_open:
        return _over("change")
    return make_response(render_template("identity/change_email.html", token=token))


@pages.post("/change-email/<token>")
@policy(PUBLIC)
def change_email(token: str) -> AnyResponse:
    """The new address is the person's from now on."""
    try:
        service.change_email(token, page_caller())
    except LinkNotValid:
        return _over("change")
    notice(N_("Your new e-mail address is set. Please log in with it from now on."))
    return redirect("/account" if viewer().is_signed_in else "/log-in", 303)


@pages.get("/forgot")
@policy(PUBLIC)
def show_forgot() -> str:
    """The form that asks for a link to set a new password."""
    return render_template("identity/forgot.html", errors={}, typed={}, refused="", sent_to="")


@pages.post("/forgot")
@policy(PUBLIC)
def ask_reset() -> AnyResponse:
    """Send the link if there is such an account, and say the same if there is none."""
    try:
        email = str(load_form(AddressSchema)["email"])
        service.ask_password_reset(email, page_caller())
    except (InvalidInput, TooMany) as refusal:
        return form_again("forgot.html", refusal, sent_to="")
    html = render_template("identity/forgot.html", errors={}, typed={}, refused="", sent_to=email)
    return make_response(html)


@pages.get("/reset/<token>")
@policy(PUBLIC)
def show_reset(token: str) -> AnyResponse:
    """The form for the new password."""
    with reading() as session:
        is_open = service.is_open_link(session, token, Purpose.RESET_PASSWORD)
    if not is_open:
        return _over("reset")
    html = render_template("identity/reset.html", token=token, errors={}, refused="")
    return make_response(html)


@pages.post("/reset/<token>")
@policy(PUBLIC)
def reset(token: str) -> AnyResponse:
    """Set the new password; every session of the person has ended, this browser's too."""
    try:
        service.reset_password(token, str(load_form(NewPasswordSchema)["password"]), page_caller())
    except LinkNotValid:
        return _over("reset")
    except (InvalidInput, TooMany) as refusal:
        return form_again("reset.html", refusal, token=token)
    if viewer().is_signed_in:
        clear_session()
    notice(N_("Your new password is set. Please log in with it."))
    return redirect("/log-in", 303)


def _over(kind: str) -> AnyResponse:
    html = render_template("identity/link_over.html", kind=kind)
    return make_response(html, HTTPStatus.GONE)
