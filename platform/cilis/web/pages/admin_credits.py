"""Everybody's credit: what is left of it, what became of it, and credit that the team gives."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import credits, identity
from cilis.domains.credits import Scope
from cilis.infra.db import reading
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.web.views import credits as shown
from cilis.web.views import forms
from cilis.web.views.filled import Filled, people_of
from cilis.web.visit import organization

pages = Blueprint("admin_credit_pages", __name__)
STAFF = ("admin", "support")
_LONGEST = 200
_NAMES = {"amount_minor": "amount"}


@pages.get("/admin/credits")
@policy(*STAFF)
def index() -> str:
    """All credits, newest first; of one person, or who may be meant by some words."""
    words = request.args.get("q", "").strip()[:_LONGEST].replace("\x00", "")
    with reading() as session:
        person = _person(session, request.args.get("person", ""))
        meant = people_of(session, words) if words and person is None else []
        if len(meant) == 1:
            person, meant = meant[0], []
        page = credits.credits_page(
            session, person_id=person.id if person else None, cursor=request.args.get("cursor")
        )
        known = shown.known(session, [], [each for it in page.items for each in _sides(it)])
        left = credits.left_of(session, page.items)
    return render_template(
        "admin/credits.html",
        page=page,
        left=left,
        known=known,
        person=person,
        meant=meant,
        words=words,
        view=shown,
    )


@pages.get("/admin/credits/new")
@policy("admin")
def new() -> Response:
    """The form to give somebody credit."""
    with reading() as session:
        person = _person(session, request.args.get("person", ""))
    return _form(forms.Typed(person=person.email if person else "", days="365"))


@pages.post("/admin/credits")
@policy("admin")
@idempotent("credits.give", again=lambda made: _to_credit(made))  # noqa: PLW0108 - below
def give() -> Response:
    """Give somebody credit; a repeat leads to the same one."""
    try:
        made = _give()
    except InvalidInput as refusal:
        wrong = {_NAMES.get(name, name): codes for name, codes in refusal.fields.items()}
        return _form(forms.typed(request.form), wrong)
    except credits.OwnCredit as refusal:
        return _form(forms.typed(request.form), {"person": [refusal.code]})
    notice(N_("The credit is given. It can be used at once."), "positive")
    return _to_credit(made.id)


@pages.get("/admin/credits/<uuid:credit_id>")
@policy(*STAFF)
def show(credit_id: UUID) -> str:
    """One credit: its terms, what is left, and everything that came and went."""
    with reading() as session:
        found = credits.credit(session, credit_id)
        scope = Scope.from_json(found.scope)
        seen = {
            "known": shown.known(session, [scope], _sides(found)),
            "left": credits.left(session, found),
            "movements": shown.movements(session, found),
        }
    return render_template(
        "admin/credit.html",
        **seen,
        credit=found,
        scope=scope,
        may_return=viewer().has("admin") and credits.may_return(found, viewer()),
        view=shown,
    )


@pages.post("/admin/credits/<uuid:credit_id>/return")
@policy("admin")
@idempotent("credits.return_rest", again=lambda made: _to_credit(made))  # noqa: PLW0108 - below
def give_back(credit_id: UUID) -> Response:
    """Give what is left of a bought credit back to who paid for it; a repeat changes nothing."""
    try:
        credits.return_rest(credit_id, viewer())
    except (credits.NotReturnable, credits.CreditContested) as refusal:
        refused(refusal.code)
    else:
        notice(N_("What was left is on its way back to who paid for it."))
    return _to_credit(credit_id)


def _give() -> credits.Credit:
    filled = Filled(request.form, organization().currency)
    for name in ("person", "amount", "days", "reason"):
        filled.needed(name)
    with reading() as session:
        person_id = filled.person(session, "person")
    amount, days = filled.amount("amount"), filled.number("days")
    filled.check()
    if person_id is None:
        raise InvalidInput({"person": ["required"]})
    return credits.give_credit(
        person_id, amount or 0, filled.words("reason"), viewer(), days=days or 0
    )


def _sides(found: credits.Credit) -> tuple[UUID | None, ...]:
    return found.owner_id, found.buyer_id, found.given_by


def _person(session: Session, text: str) -> identity.Person | None:
    """Whose credit is asked for; None for no id and for nobody's."""
    try:
        person_id = UUID(text)
    except ValueError:
        return None
    return identity.people(session, [person_id]).get(person_id)


def _form(typed: forms.Typed, errors: forms.Errors | None = None) -> Response:
    html = render_template("admin/credit_new.html", typed=typed, errors=errors or {})
    return make_response(html, 422 if errors else 200)


def _to_credit(credit_id: UUID) -> Response:
    return redirect(url_for(".show", credit_id=credit_id), 303)
