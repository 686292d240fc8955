"""What is sold ahead: packages of sessions, and gift credit for oneself or somebody else."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import credits, experts
from cilis.domains.credits import Scope
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import refused
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.schemas import Strict, Text
from cilis.infra.http.viewer import viewer
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.web.views import credits as shown
from cilis.web.views import forms
from cilis.web.views.amounts import read_amount
from cilis.web.visit import organization

pages = Blueprint("credit_shop_pages", __name__)
_NAMES = {"amount_minor": "amount"}


class GiftForm(Strict):
    """Gift credit as somebody describes it; without an address it is for oneself."""

    amount = Text(required=True, least=1, most=40)
    recipient = Text(load_default="", most=254)
    message = Text(load_default="", most=500)


@pages.get("/credits/packages")
@policy(PUBLIC)
def packages() -> str:
    """The packages on sale; with ``expert`` those that pay for sessions of one."""
    with reading() as session:
        card = _expert(session)
        if card is None:
            found = credits.on_sale(session)
        else:
            offered = experts.services_of(session, [card.id])[card.id]
            found = credits.on_sale_with(session, card.id, [one.id for one in offered])
        names = shown.known(session, [Scope.from_json(one.scope) for one in found], [])
        gifts = credits.gift_rules(session).is_on
    return render_template(
        "credits/packages.html",
        packages=found,
        where={one.id: shown.where(Scope.from_json(one.scope), names) for one in found},
        card=card,
        sells_gifts=gifts,
    )


@pages.post("/credits/packages/<uuid:package_id>")
@policy(SIGNED_IN)
@idempotent("credits.buy_package", again=lambda made: _to(made))  # noqa: PLW0108 - defined below
def buy_package(package_id: UUID) -> Response:
    """Choose a package; its own page asks how to pay."""
    try:
        return _to(credits.buy_package(package_id, viewer()).id)
    except credits.PackageNotFound as refusal:
        refused(refusal.code)
        return redirect(url_for(".packages"), 303)


@pages.get("/credits/gift")
@policy(SIGNED_IN)
def gift() -> Response:
    """The form for gift credit."""
    return _gift_page(forms.Typed())


@pages.post("/credits/gift")
@policy(SIGNED_IN)
@idempotent("credits.buy_gift", again=lambda made: _to(made))  # noqa: PLW0108 - defined below
def buy_gift() -> Response:
    """Choose gift credit; its own page asks how to pay."""
    try:
        form = load_form(GiftForm)
        amount = read_amount(form["amount"], organization().currency)
        wish = credits.GiftWish(
            amount_minor=amount.minor, recipient=form["recipient"], message=form["message"]
        )
        made = credits.buy_gift(wish, viewer())
    except InvalidInput as refusal:
        wrong = {_NAMES.get(name, name): codes for name, codes in refusal.fields.items()}
        return _gift_page(forms.typed(request.form), wrong)
    except credits.GiftsOff as refusal:
        refused(refusal.code)
        return redirect(url_for("account_credit_pages.index"), 303)
    return _to(made.id)


def _gift_page(typed: forms.Typed, errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        rules = credits.gift_rules(session)
    if not rules.is_on:
        refused(credits.GiftsOff.code)
        return redirect(url_for("account_credit_pages.index"), 303)
    currency = organization().currency
    html = render_template(
        "credits/gift.html",
        rules=rules,
        least=Money(rules.least_minor, currency),
        most=Money(rules.most_minor, currency),
        typed=typed,
        errors=errors or {},
    )
    return make_response(html, 422 if errors else 200)


def _expert(session: Session) -> experts.ExpertCard | None:
    """The expert whose page led here; none for an address that is no expert's."""
    try:
        expert_id = UUID(request.args.get("expert", ""))
    except ValueError:
        return None
    found = experts.cards(session, [expert_id]).get(expert_id)
    return found if found is not None and found.listed else None


def _to(credit_id: UUID) -> Response:
    return redirect(url_for("account_credit_pages.show", credit_id=credit_id), 303)
