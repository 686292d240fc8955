"""What becomes of money when plans change: the rules, and what services may have instead."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import experts, tenants
from cilis.domains.tenants import CancellationPolicy, CancellationTier, Rules, RulesWish
from cilis.infra.db import reading
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit import text
from cilis.kit.errors import InvalidInput, NotFound
from cilis.kit.money import Money
from cilis.web.views import forms
from cilis.web.views.amounts import read_amount, write_amount
from cilis.web.views.rules import choices
from cilis.web.visit import organization

pages = Blueprint("admin_rule_pages", __name__)
ROWS = 5
NEW = "new"
_ROLES = ("support", "admin")
_DIGITS = re.compile(r"\d{1,6}")


@pages.get("/admin/rules")
@policy("admin")
def show() -> Response:
    """The rules of every booking to come, and the ones that services may have instead."""
    return _page(_typed(organization()))


@pages.post("/admin/rules")
@policy("admin")
def save() -> Response:
    """Keep the rules; bookings that are made have those of their day."""
    try:
        wish = RulesWish(cancellation=_tiers(), rules=_rules(), keep_policies=True)
        tenants.change_rules(wish, viewer())
    except InvalidInput as refusal:
        return _page(forms.typed(request.form), forms.bracketed(refusal.fields))
    notice(N_("Saved. Bookings from now on have these rules."))
    return _to_rules()


@pages.get("/admin/rules/policies/<string(maxlength=40):key>")
@policy("admin")
def edit_policy(key: str) -> Response:
    """Rules that experts may choose for a service; "new" is an empty form."""
    found = organization().rules.policy(key)
    if found is None and key != NEW:
        raise NotFound(f"no policy {key}")
    return _policy_page(key, _typed_policy(found) if found else forms.Typed())


@pages.post("/admin/rules/policies/<string(maxlength=40):key>")
@policy("admin")
def save_policy(key: str) -> Response:
    """Keep them; services that have them follow, bookings that are made do not."""
    names = {one: request.form.get(f"names[{one}]", "").strip() for one in organization().languages}
    try:
        wanted = CancellationPolicy(
            key=_new_key(names) if key == NEW else key,
            names={language: name for language, name in names.items() if name},
            tiers=_tiers(),
            no_show_percent=_number("no_show_percent", 0) or 0,
        )
        tenants.put_policy(wanted, viewer(), new=key == NEW)
    except InvalidInput as refusal:
        return _policy_page(key, forms.typed(request.form), forms.bracketed(refusal.fields))
    notice(N_("Saved. Experts can choose these rules for a service."))
    return _to_rules()


@pages.post("/admin/rules/policies/<string(maxlength=40):key>/removal")
@policy("admin")
def remove_policy(key: str) -> Response:
    """Offer them no longer; a repeat changes nothing."""
    tenants.remove_policy(key, viewer())
    notice(N_("Removed. Services that had these rules have the usual ones from now on."), "info")
    return _to_rules()


@pages.post("/admin/services/<uuid:service_id>/policy")
@policy("admin")
def choose_policy(service_id: UUID) -> Response:
    """Give somebody's service other rules."""
    offer = experts.choose_policy(service_id, request.form.get("policy", ""), viewer())
    notice(N_("Saved. Bookings from now on have these rules."))
    with reading() as session:
        person_id = experts.card(session, offer.terms.expert_id).person_id
    return redirect(url_for("admin_people_pages.show", person_id=person_id) + "#rules", 303)


def _tiers() -> tuple[CancellationTier, ...]:
    """The filled rows."""
    rows = [
        (_number(f"tier[{n}][hours]", None), _number(f"tier[{n}][percent]", None))
        for n in range(ROWS)
    ]
    return tuple(
        CancellationTier(hours, percent or 0) for hours, percent in rows if hours is not None
    )


def _rules() -> Rules:
    form = request.form
    limits: dict[str, int] = {}
    for role in _ROLES:
        typed = form.get(f"limit[{role}]", "").strip()
        if typed:
            limits[role] = _amount(typed, f"limit.{role}")
    return Rules(
        no_show_percent=_number("no_show_percent", 0) or 0,
        expert_percent=_number("expert_percent", 100) or 0,
        suggest=form.get("suggest") == "1",
        moves=_number("moves", None),
        move_hours=_number("move_hours", None),
        other_service=form.get("other_service") == "1",
        refund_limits=limits,
    )


def _amount(typed: str, name: str) -> int:
    """An amount in minor units; "0" means nothing without a second person."""
    if typed == "0":
        return 0
    try:
        return read_amount(typed, organization().currency).minor
    except InvalidInput as refusal:
        raise InvalidInput({name: refusal.fields["amount"]}) from refusal


def _number(name: str, empty: int | None) -> int | None:
    typed = request.form.get(name, "").strip()
    if not typed:
        return empty
    if not _DIGITS.fullmatch(typed):
        raise InvalidInput({re.sub(r"\]?\[", ".", name).rstrip("]"): ["not_a_number"]})
    return int(typed)


def _new_key(names: Mapping[str, str]) -> str:
    """A key made of the first name; people never see it."""
    first = next((name for name in names.values() if name), "")
    made = re.sub(r"[^a-z0-9]+", "-", text.fold(first)).strip("-")[:38]
    return made if re.match(r"[a-z].", made) else f"p-{made}" if made else "rules"


def _typed(found: tenants.Organization) -> forms.Typed:
    rules = found.rules
    values = {
        "no_show_percent": str(rules.no_show_percent),
        "expert_percent": str(rules.expert_percent),
        "suggest": "1" if rules.suggest else "",
        "moves": "" if rules.moves is None else str(rules.moves),
        "move_hours": "" if rules.move_hours is None else str(rules.move_hours),
        "other_service": "1" if rules.other_service else "",
        **_typed_tiers(found.cancellation),
    }
    for role, minor in rules.refund_limits.items():
        values[f"limit[{role}]"] = write_amount(Money(minor, found.currency))
    return forms.Typed(values)


def _typed_policy(found: CancellationPolicy) -> forms.Typed:
    return forms.Typed(
        {
            **forms.by_language("names", found.names),
            "no_show_percent": str(found.no_show_percent),
            **_typed_tiers(found.tiers),
        }
    )


def _typed_tiers(tiers: Sequence[CancellationTier]) -> dict[str, str]:
    values: dict[str, str] = {}
    for place, tier in enumerate(tiers):
        values[f"tier[{place}][hours]"] = str(tier.hours)
        values[f"tier[{place}][percent]"] = str(tier.percent)
    return values


def _page(typed: forms.Typed, errors: forms.Errors | None = None) -> Response:
    html = render_template(
        "admin/rules.html",
        typed=typed,
        errors=errors or {},
        rows=range(ROWS),
        policies=choices(organization())[1:],
    )
    return make_response(html, 422 if errors else 200)


def _policy_page(key: str, typed: forms.Typed, errors: forms.Errors | None = None) -> Response:
    html = render_template(
        "admin/rules_policy.html", key=key, typed=typed, errors=errors or {}, rows=range(ROWS)
    )
    return make_response(html, 422 if errors else 200)


def _to_rules() -> Response:
    return redirect(url_for(".show"), 303)
