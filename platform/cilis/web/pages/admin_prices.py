"""What the organization keeps of a session, the tax rates, and how prices are shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import experts, pricing, tenants
from cilis.domains.pricing import Base, Commission, RuleWish, Tax
from cilis.domains.tenants import PriceDisplay
from cilis.infra.db import reading
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money, decimals
from cilis.web.views import fields, forms
from cilis.web.views.amounts import read_amount
from cilis.web.views.prices import Price
from cilis.web.visit import organization

pages = Blueprint("admin_price_pages", __name__)

_PERCENT = re.compile(r"\s*([0-9]{1,3})(?:[.,]([0-9]{1,2}))?\s*%?\s*", re.ASCII)


@pages.get("/admin/prices")
@policy("admin")
def show() -> Response:
    """Commission rules, tax rates, the forms to add either, and how prices are shown."""
    return _page()


@pages.post("/admin/prices/display")
@policy("admin")
def change_display() -> Response:
    """Show prices with tax in them, or without and the tax beside; a repeat changes nothing."""
    wanted = request.form.get("price_display", "")
    if wanted not in set(PriceDisplay):
        return _page(InvalidInput({"price_display": ["not_a_choice"]}))
    tenants.change_price_display(PriceDisplay(wanted), viewer())
    notice(N_("Saved. This is how prices are shown from now on."), "positive")
    return _back()


@pages.post("/admin/prices/commissions")
@policy("admin")
def set_commission() -> Response:
    """Keep a commission for everybody, a field or an expert; sending it twice is the same."""
    return _try(lambda: pricing.set_commission(_rule(), viewer()), N_("The commission is kept."))


@pages.post("/admin/prices/commissions/<uuid:rule_id>/removal")
@policy("admin")
def remove_commission(rule_id: UUID) -> Response:
    """Take a rule away; a repeat leads to the same list."""
    try:
        pricing.remove_commission(rule_id, viewer())
    except pricing.RuleNotFound:
        return _back()
    notice(N_("The rule is gone; the next one above it holds."))
    return _back()


@pages.post("/admin/prices/rates")
@policy("admin")
@idempotent("pricing.add_rate", again=lambda _: _back())
def add_rate() -> Response:
    """Add a tax rate."""
    return _try(lambda: pricing.save_rate(_tax(), viewer()), N_("The tax rate is added."))


@pages.post("/admin/prices/rates/<uuid:rate_id>/removal")
@policy("admin")
def remove_rate(rate_id: UUID) -> Response:
    """Take a tax rate away that no service has; a repeat leads to the same list."""
    try:
        pricing.remove_rate(rate_id, viewer())
    except pricing.RateInUse as refusal:
        refused(refusal.code)
        return _back()
    except pricing.RateNotFound:
        return _back()
    notice(N_("The tax rate is gone."))
    return _back()


def _try(deed: Callable[[], object], said: str) -> Response:
    try:
        deed()
    except InvalidInput as refusal:
        return _page(refusal)
    notice(said, "positive")
    return _back()


def _back() -> Response:
    return redirect(url_for("admin_price_pages.show"), 303)


def _page(errors: InvalidInput | None = None) -> Response:
    with reading() as session:
        tree = experts.topics(session)
        rules = pricing.rules(session)
        rates = pricing.rates(session)
        names = experts.cards(session, [rule.expert_id for rule in rules if rule.expert_id])
    html = render_template(
        "admin/prices.html",
        rules=rules,
        rates=rates,
        topics={topic.id: topic for root in tree for topic in root.walk()},
        names=names,
        choices=fields.choices(tree),
        money=lambda minor: Money(minor, organization().currency),
        usual=pricing.usual_tax(organization()),
        display=organization().price_display,
        examples=_examples(),
        typed=forms.typed(request.form),
        errors=forms.bracketed(errors.fields) if errors else {},
    )
    return make_response(html, 422 if errors else 200)


def _examples() -> dict[str, str]:
    """One price as it would be shown in either way."""
    currency, tax = organization().currency, pricing.usual_tax(organization())
    amount = Money(100 * 10 ** decimals(currency) if decimals(currency) else 500_000, currency)
    return {display.value: Price(amount, tax, display).words for display in PriceDisplay}


def _rule() -> RuleWish:
    form = request.form
    currency = organization().currency
    wrong: forms.Errors = {}

    def amount(name: str) -> int:
        typed = form.get(name, "").strip()
        if typed in {"", "0"}:
            return 0
        try:
            return read_amount(typed, currency).minor
        except InvalidInput:
            wrong[name] = ["not_an_amount"]
            return 0

    percent = _percent(form.get("percent", ""), "percent", wrong)
    fixed, minimum = amount("fixed"), amount("minimum")
    expert_id = topic_id = None
    with reading() as session:
        if form.get("scope") == "expert":
            expert_id = _expert(session, form.get("expert", ""), wrong)
        elif form.get("scope") == "topic":
            topic_id = _topic(session, form.get("topic_id", ""), wrong)
    if wrong:
        raise InvalidInput(wrong)
    base = Base.GROSS if form.get("base") == "gross" else Base.NET
    return RuleWish(
        commission=Commission(percent, fixed, minimum, base), expert_id=expert_id, topic_id=topic_id
    )


def _tax() -> Tax:
    form = request.form
    wrong: forms.Errors = {}
    rate = _percent(form.get("rate", ""), "rate", wrong)
    if wrong:
        raise InvalidInput(wrong)
    names = {
        language: form.get(f"name[{language}]", "").strip() for language in organization().languages
    }
    given = {language: name for language, name in names.items() if name}
    return Tax(rate, given, form.get("country", "").strip().upper())


def _percent(typed: str, name: str, wrong: forms.Errors) -> int:
    """Hundredths of a percent of "15", "12,5 %"."""
    found = _PERCENT.fullmatch(typed)
    if found is None:
        wrong[name] = ["not_a_percentage"]
        return 0
    hundredths = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    if hundredths > 10_000:
        wrong[name] = ["out_of_range"]
    return hundredths


def _expert(session: Session, words: str, wrong: forms.Errors) -> UUID | None:
    """The one expert of this name."""
    found = experts.list_for_staff(session, words=words, limit=2).items if words.strip() else []
    if len(found) != 1:
        wrong["expert"] = ["several_of_this_name" if found else "nobody_of_this_name"]
        return None
    return found[0].id


def _topic(session: Session, typed: str, wrong: forms.Errors) -> UUID | None:
    known = {str(topic.id): topic.id for root in experts.topics(session) for topic in root.walk()}
    if typed not in known:
        wrong["topic_id"] = ["not_a_choice"]
    return known.get(typed)
