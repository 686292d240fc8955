"""Coupons: all of them, one with what it was used for, and the form to make one."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import bookings, credits, experts
from cilis.domains.credits import CouponWish
from cilis.infra.db import reading
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.web.views import credits as shown
from cilis.web.views import days, fields, forms
from cilis.web.views.filled import Filled
from cilis.web.visit import organization

pages = Blueprint("admin_coupon_pages", __name__)
STAFF = ("admin", "support")
_NAMES = {
    "amount_minor": "amount",
    "least_minor": "least",
    "starts_at": "since",
    "ends_at": "until",
}
"""Where the form calls something otherwise than the use case."""


@pages.get("/admin/coupons")
@policy(*STAFF)
def index() -> str:
    """All coupons, newest first."""
    with reading() as session:
        page = credits.coupons_page(session, cursor=request.args.get("cursor"))
        people = [one for it in page.items for one in (it.made_by, it.client_id)]
        known = shown.known(session, [it.scope for it in page.items], people)
    return render_template("admin/coupons.html", page=page, known=known, view=shown)


@pages.get("/admin/coupons/new")
@policy("admin")
def new() -> Response:
    """The form to make one."""
    return _form(forms.Typed(how="percent", most_each="1"))


@pages.post("/admin/coupons")
@policy("admin")
@idempotent("credits.make_coupon", again=lambda made: _to_coupon(made))  # noqa: PLW0108 - below
def make() -> Response:
    """Make a coupon; a repeat leads to the same one."""
    try:
        made = credits.make_coupon(_wish(), viewer())
    except InvalidInput as refusal:
        wrong = {_NAMES.get(name, name): codes for name, codes in refusal.fields.items()}
        return _form(forms.typed(request.form), wrong)
    except credits.CodeTaken as refusal:
        return _form(forms.typed(request.form), {"code": [refusal.code]})
    notice(N_("The coupon is made. Whoever has its code can use it."), "positive")
    return _to_coupon(made.id)


@pages.get("/admin/coupons/<uuid:coupon_id>")
@policy(*STAFF)
def show(coupon_id: UUID) -> str:
    """One coupon: its terms, what it has granted, and where it was used last."""
    with reading() as session:
        found = credits.coupon(session, coupon_id)
        uses = credits.coupon_uses(session, coupon_id)
        people = [found.made_by, found.client_id, *(use.client_id for use in uses)]
        seen = {
            "known": shown.known(session, [found.scope], people),
            "granted": credits.coupon_granted(session, found),
            "references": bookings.references(session, {use.booking_id for use in uses}),
        }
    return render_template("admin/coupon.html", **seen, coupon=found, uses=uses, view=shown)


@pages.post("/admin/coupons/<uuid:coupon_id>/end")
@policy("admin")
@idempotent("credits.end_coupon", again=lambda made: _to_coupon(made))  # noqa: PLW0108 - below
def end(coupon_id: UUID) -> Response:
    """Let a coupon hold no longer; a repeat changes nothing."""
    credits.end_coupon(coupon_id, viewer())
    notice(N_("The coupon is ended. Who has used it keeps what it gave."))
    return _to_coupon(coupon_id)


def _wish() -> CouponWish:
    """What the posted form wants; raises InvalidInput."""
    filled = Filled(request.form, organization().currency)
    by_amount = filled.words("how") == "amount"
    filled.needed("amount" if by_amount else "percent")
    with reading() as session:
        scope = filled.scope(session)
        client_id = filled.person(session, "client")
    wish = CouponWish(
        code=filled.words("code"),
        percent=None if by_amount else filled.number("percent"),
        amount_minor=filled.amount("amount") if by_amount else None,
        starts_at=filled.day("since"),
        ends_at=filled.day("until", after=1),
        most=filled.number("most"),
        most_each=filled.number("most_each"),
        least_minor=filled.amount("least", nought=True) or 0,
        client_id=client_id,
        scope=scope,
        borne_by=filled.borne_by(),
        note=filled.words("note"),
    )
    filled.check()
    return wish


def _form(typed: forms.Typed, errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        tree = experts.topics(session)
    html = render_template(
        "admin/coupon_new.html",
        topics=fields.choices(tree),
        days_elsewhere=days.elsewhere(),
        typed=typed,
        errors=errors or {},
        view=shown,
    )
    return make_response(html, 422 if errors else 200)


def _to_coupon(coupon_id: UUID) -> Response:
    return redirect(url_for(".show", coupon_id=coupon_id), 303)
