"""The expert's way to a payment company's page for an account there, and back."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug import Response

from cilis.domains import payments
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.security import allow_form_redirects
from cilis.infra.http.viewer import page_caller, viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput

pages = Blueprint("desk_payout_account_pages", __name__)


@pages.post("/desk/payouts/accounts/<provider>")
@policy("expert")
def open_account(provider: str) -> Response:
    """Go to the company's page; the account is kept before one gets there.

    The first time the password proves that it is oneself.
    """
    try:
        typed = request.form.get("current_password", "")
        address = payments.open_payee_account(provider, viewer(), typed, page_caller())
    except InvalidInput:
        refused("password_wrong")
        return _home()
    except (payments.MethodNotOffered, payments.GatewayUnavailable) as refusal:
        refused(refusal.code, **refusal.values)
        return _home()
    allow_form_redirects()
    return redirect(address, 303)


@pages.get("/desk/payouts/accounts/<provider>/return")
@policy("expert")
def come_back(provider: str) -> Response:
    """Back from the company's page, which decides nothing: it is asked, and the page is live."""
    if request.args.get("again"):
        notice(N_("The page of the payment company was too old. Go there once more."), "info")
    payments.look_after_account(provider, viewer())
    return _home()


def _home() -> Response:
    return redirect(url_for("desk_payout_pages.index"), 303)
