"""Packages of sessions and gift credit, as the organization sells them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import credits, experts
from cilis.domains.credits import GiftRules, Package, PackageWish, Scope
from cilis.infra.db import reading
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.web.views import credits as shown
from cilis.web.views import fields, forms
from cilis.web.views.amounts import write_amount
from cilis.web.views.filled import Filled
from cilis.web.visit import organization

pages = Blueprint("admin_package_pages", __name__)
STAFF = ("admin", "support")
_USUAL = forms.Typed(sessions="5", days="365", borne_by="shared", refundable="1", is_on="1")
_NAMES = {"price_minor": "price", "most_minor": "dearest"}
_GIFT_NAMES = {"least_minor": "least", "most_minor": "largest", "days": "gift_days"}
"""Where the forms call something otherwise than the use cases."""


@pages.get("/admin/packages")
@policy(*STAFF)
def index() -> Response:
    """All packages, those on sale first, and the rules of gift credit."""
    return _page()


@pages.get("/admin/packages/new")
@policy("admin")
def new() -> Response:
    """The form to add one."""
    return _form(None, _USUAL)


@pages.post("/admin/packages")
@policy("admin")
@idempotent("credits.save_package", again=lambda _: _back())
def add() -> Response:
    """Add a package; a repeat leads to the same list."""
    return _save(None)


@pages.get("/admin/packages/<uuid:package_id>")
@policy("admin")
def edit(package_id: UUID) -> Response:
    """The form of one package."""
    with reading() as session:
        found = credits.package(session, package_id)
        known = shown.known(session, [Scope.from_json(found.scope)], [])
    return _form(found, _kept(found, known))


@pages.post("/admin/packages/<uuid:package_id>")
@policy("admin")
def save(package_id: UUID) -> Response:
    """Change a package for those who buy it from now on."""
    return _save(package_id)


@pages.post("/admin/packages/gifts")
@policy("admin")
def save_gifts() -> Response:
    """Keep what gift credit is sold for."""
    try:
        credits.change_gift_rules(_gift_wish(), viewer())
    except InvalidInput as refusal:
        return _page(_renamed(refusal, _GIFT_NAMES))
    notice(N_("The rules of gift credit are saved."))
    return _back()


def _save(package_id: UUID | None) -> Response:
    try:
        credits.save_package(_wish(), viewer(), package_id)
    except InvalidInput as refusal:
        found = None
        if package_id is not None:
            with reading() as session:
                found = credits.package(session, package_id)
        return _form(found, forms.typed(request.form), _renamed(refusal, _NAMES))
    notice(N_("The package is saved."), "positive")
    return _back()


def _wish() -> PackageWish:
    """What the posted form wants; raises InvalidInput."""
    filled = Filled(request.form, organization().currency)
    for name in ("sessions", "price", "days"):
        filled.needed(name)
    with reading() as session:
        scope = filled.scope(session)
    languages = organization().languages
    wish = PackageWish(
        name={language: filled.words(f"name[{language}]") for language in languages},
        sessions=filled.number("sessions") or 0,
        price_minor=filled.amount("price") or 0,
        days=filled.number("days") or 0,
        most_minor=filled.amount("dearest"),
        scope=scope,
        borne_by=filled.borne_by(),
        refundable=filled.ticked("refundable"),
        is_on=filled.ticked("is_on"),
    )
    filled.check()
    return wish


def _gift_wish() -> GiftRules:
    filled = Filled(request.form, organization().currency)
    filled.needed("gift_days")
    wish = GiftRules(
        is_on=filled.ticked("gifts_on"),
        least_minor=filled.amount("least", nought=True) or 0,
        most_minor=filled.amount("largest", nought=True) or 0,
        days=filled.number("gift_days") or 0,
    )
    filled.check()
    return wish


def _page(errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        found = credits.packages(session)
        known = shown.known(session, [Scope.from_json(one.scope) for one in found], [])
        rules = credits.gift_rules(session)
    currency = organization().currency
    kept = {
        "gifts_on": "1" if rules.is_on else "",
        "least": write_amount(Money(rules.least_minor, currency)) if rules.least_minor else "",
        "largest": write_amount(Money(rules.most_minor, currency)) if rules.most_minor else "",
        "gift_days": str(rules.days),
    }
    html = render_template(
        "admin/packages.html",
        packages=found,
        known=known,
        scope_of=Scope.from_json,
        rules=rules,
        view=shown,
        typed=forms.typed(request.form) if request.form else forms.Typed(kept),
        errors=errors or {},
    )
    return make_response(html, 422 if errors else 200)


def _form(
    found: Package | None, typed: forms.Typed, errors: forms.Errors | None = None
) -> Response:
    with reading() as session:
        tree = experts.topics(session)
    html = render_template(
        "admin/package.html",
        package=found,
        topics=fields.choices(tree),
        typed=typed,
        errors=errors or {},
        view=shown,
    )
    return make_response(html, 422 if errors else 200)


def _kept(found: Package, known: shown.Known) -> forms.Typed:
    """A package as its form shows it."""
    return forms.Typed(
        {
            **forms.by_language("name", found.name),
            **shown.typed_scope(Scope.from_json(found.scope), known),
            "sessions": str(found.sessions),
            "price": write_amount(found.price),
            "days": str(found.days),
            "dearest": write_amount(found.most) if found.most else "",
            "borne_by": found.borne_by.value,
            "refundable": "1" if found.refundable else "",
            "is_on": "1" if found.is_on else "",
        }
    )


def _renamed(refusal: InvalidInput, names: Mapping[str, str]) -> forms.Errors:
    return {names.get(name, name): codes for name, codes in refusal.fields.items()}


def _back() -> Response:
    return redirect(url_for(".index"), 303)
