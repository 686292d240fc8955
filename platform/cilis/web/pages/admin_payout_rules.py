"""How the organization pays its experts."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug import Response

from cilis.domains import payouts
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text, between
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.web.views import forms
from cilis.web.views.amounts import read_amount, write_amount

pages = Blueprint("admin_payout_rule_pages", __name__)


class RulesForm(Strict):
    """The rules as they are typed; an empty amount is none."""

    holding_days = fields.Integer(required=True, validate=between(0, 90))
    lock_days = fields.Integer(required=True, validate=between(0, 90))
    minimum = Text(load_default="", most=40)
    approval_above = Text(load_default="", most=40)
    account_holder = Text(load_default="", most=70)
    iban = Text(load_default="", most=60)
    bic = Text(load_default="", most=20)


@pages.get("/admin/payouts/rules")
@policy("admin")
def show() -> Response:
    """The rules as they are; the account by its end."""
    return _page()


@pages.post("/admin/payouts/rules")
@policy("admin")
def save() -> Response:
    """Change the rules; what is made already stays as it is."""
    with reading() as session:
        currency = payouts.rules(session).currency
    try:
        typed = load_form(RulesForm)
        wish = payouts.RulesWish(
            holding_days=typed["holding_days"],
            lock_days=typed["lock_days"],
            minimum_minor=_amount(typed["minimum"], currency, "minimum"),
            approval_above_minor=_amount(typed["approval_above"], currency, "approval_above"),
            account_holder=typed["account_holder"],
            iban=typed["iban"],
            bic=typed["bic"],
        )
        payouts.change_rules(wish, viewer())
    except InvalidInput as refusal:
        return _page(refusal.fields)
    notice(N_("The rules are saved."))
    return redirect(url_for(".show"), 303)


def _page(errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        rules = payouts.rules(session)
    kept = {
        "holding_days": str(rules.holding_days),
        "lock_days": str(rules.lock_days),
        "minimum": write_amount(rules.minimum),
        "approval_above": write_amount(rules.approval_above),
    }
    html = render_template(
        "admin/payout_rules.html",
        rules=rules,
        typed=forms.typed(request.form) if request.form else forms.Typed(kept),
        errors=errors or {},
    )
    return make_response(html, 422 if errors else 200)


def _amount(text: str, currency: str, field: str) -> int:
    """An amount as typed; nothing and nought are none."""
    if not text.strip("0., "):
        return 0
    try:
        return read_amount(text, currency).minor
    except InvalidInput as problem:
        raise InvalidInput({field: problem.fields["amount"]}) from problem
