"""A person's own credit: what there is, a gift's code, one credit, paying for it, giving back."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import credits, invoices, payments
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.schemas import Strict, Text
from cilis.infra.http.security import allow_form_redirects
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, error_text
from cilis.kit.errors import DomainError, InvalidInput, TooMany
from cilis.web.browser import client_ip
from cilis.web.views import credits as shown
from cilis.web.views import forms, wallet
from cilis.web.views import invoices as papers

pages = Blueprint("account_credit_pages", __name__)


class CodeForm(Strict):
    """The code of a gift."""

    code = Text(required=True, least=1, most=60)


class PayForm(Strict):
    """How the buyer pays; the amount is ours to say."""

    provider = Text(load_default="", most=40)


@pages.get("/credits")
@policy(SIGNED_IN)
def index() -> Response:
    """What can be used, what waits to be paid, gifts for others, and what is over."""
    return _list()


@pages.get("/credits/redeem")
@policy(SIGNED_IN)
def ask_code() -> str:
    """Where the mail with a gift leads: a page for its code alone."""
    return render_template("credits/redeem.html", typed=forms.Typed(), errors={})


@pages.post("/credits/redeem")
@policy(SIGNED_IN)
def redeem() -> Response:
    """Take a gift; a repeat finds it taken by the same person."""
    try:
        found = credits.redeem(load_form(CodeForm)["code"], viewer())
    except InvalidInput as refusal:
        return _refuse_code(refusal.fields)
    except (credits.CodeUnknown, credits.CreditContested, TooMany) as refusal:
        return _refuse_code({"code": [refusal.code]})
    notice(N_("The gift is yours."))
    return _to(found.id)


@pages.get("/credits/<uuid:credit_id>")
@policy(SIGNED_IN)
def show(credit_id: UUID) -> Response:
    """One credit: how it stands, how to pay for it, what became of it; live."""
    return _page(credit_id)


@pages.post("/credits/<uuid:credit_id>/payment")
@policy(SIGNED_IN)
def pay(credit_id: UUID) -> Response:
    """Open the payment and send the browser to the gateway; nothing is decided here."""
    try:
        provider = load_form(PayForm)["provider"]
        address = credits.pay_for_credit(credit_id, provider, viewer(), client_ip())
    except InvalidInput:
        return _page(credit_id, error_text("payment_method_not_offered"), 422)
    except (
        credits.CreditLapsed,
        payments.MethodNotOffered,
        payments.GatewayUnavailable,
    ) as refusal:
        return _page(credit_id, _said(refusal), int(refusal.status))
    except payments.AlreadyPaid as refusal:
        notice(_said(refusal), "info")
        return _to(credit_id)
    allow_form_redirects()
    return redirect(address, 303)


@pages.post("/credits/<uuid:credit_id>/return")
@policy(SIGNED_IN)
@idempotent("credits.return_rest", again=lambda made: _to(made))  # noqa: PLW0108 - defined below
def give_back(credit_id: UUID) -> Response:
    """Have what is left given back the way it was paid; a repeat changes nothing."""
    try:
        credits.return_rest(credit_id, viewer())
    except (credits.NotReturnable, credits.CreditContested) as refusal:
        notice(_said(refusal), "caution")
    else:
        notice(N_("What was left is on its way back to you."))
    return _to(credit_id)


def _list() -> Response:
    with reading() as session:
        found = credits.credits_of(session, viewer().person)
        rows = wallet.own(session, found, viewer())
        sells = bool(credits.on_sale(session)), credits.gift_rules(session).is_on
    usable = [row for row in rows if row.is_usable]
    waiting = [row for row in rows if row.waits]
    gifts = [row for row in rows if row.is_for_another and row not in waiting]
    over = [row for row in rows if row not in (*usable, *waiting, *gifts)]
    html = render_template(
        "credits/list.html",
        usable=usable,
        waiting=waiting,
        gifts=gifts,
        over=over,
        sells_packages=sells[0],
        sells_gifts=sells[1],
        typed=forms.Typed(),
        errors={},
        live_events=wallet.LIVE_EVENTS,
    )
    return make_response(html)


def _refuse_code(errors: forms.Errors) -> Response:
    html = render_template("credits/redeem.html", typed=forms.typed(request.form), errors=errors)
    return make_response(html, 422)


def _page(credit_id: UUID, problem: str = "", status: int = 200) -> Response:
    with reading() as session:
        found = credits.visible(session, viewer(), credit_id)
        if viewer().person_id not in {found.owner_id, found.buyer_id}:
            return redirect(url_for("admin_credit_pages.show", credit_id=credit_id), 303)
        row = wallet.own(session, [found], viewer())[0]
        paying = wallet.paying(session, found, viewer(), returned="returned" in request.args)
        moves = shown.movements(session, found) if row.left is not None else []
        issued = invoices.of_subjects(session, viewer(), [credit_id])[credit_id]
    asked = forms.typed(request.form)["provider"]
    keys = [method.key for method in paying.methods] if paying else []
    allow_form_redirects()
    html = render_template(
        "credits/show.html",
        row=row,
        paying=paying,
        provider=asked if asked in keys else (keys[0] if keys else ""),
        movements=moves,
        invoices=papers.rows(issued),
        problem=problem,
        live_events=wallet.LIVE_EVENTS,
    )
    return make_response(html, status)


def _said(refusal: DomainError) -> str:
    return error_text(refusal.code, **refusal.values)


def _to(credit_id: UUID) -> Response:
    return redirect(url_for(".show", credit_id=credit_id), 303)
