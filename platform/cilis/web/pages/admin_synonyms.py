"""Words that mean the same: a search for one of a group finds what holds any of them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import search
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.kit.text import fold
from cilis.web.views import forms

pages = Blueprint("admin_synonym_pages", __name__)


@pages.get("/admin/synonyms")
@policy("admin")
def show() -> Response:
    """All groups, and a form for one more."""
    return _list()


@pages.post("/admin/synonyms")
@policy("admin")
@idempotent("search.add_synonyms", again=lambda _: _back())
def add() -> Response:
    """Add a group."""
    try:
        search.add_synonyms(_words(), viewer())
    except InvalidInput as refusal:
        return _list(forms.typed(request.form), errors=refusal)
    except search.TooManySynonyms as refusal:
        refused(refusal.code, **refusal.values)
        return _back()
    notice(N_("The words are added. The next search knows them."))
    return _back()


@pages.get("/admin/synonyms/<uuid:group_id>")
@policy("admin")
def edit(group_id: UUID) -> Response:
    """The form of one group."""
    return _page(group_id)


@pages.post("/admin/synonyms/<uuid:group_id>")
@policy("admin")
def save(group_id: UUID) -> Response:
    """Keep a group's new words."""
    try:
        search.edit_synonyms(group_id, _words(), viewer())
    except InvalidInput as refusal:
        return _page(group_id, forms.typed(request.form), errors=refusal)
    notice(N_("The words are saved. The next search knows them."))
    return _back()


@pages.post("/admin/synonyms/<uuid:group_id>/removal")
@policy("admin")
def remove(group_id: UUID) -> Response:
    """Take a group away; a repeat leads to the same list."""
    try:
        search.remove_synonyms(group_id, viewer())
    except search.SynonymsNotFound:
        return _back()
    notice(N_("The words are removed."))
    return _back()


def _back() -> Response:
    return redirect(url_for("admin_synonym_pages.show"), 303)


def _words() -> list[str]:
    words: list[str] = load_form(search.SynonymsFormSchema)["words"]
    return words


def _list(typed: forms.Typed | None = None, *, errors: InvalidInput | None = None) -> Response:
    with reading() as session:
        groups = search.synonyms(session)
    html = render_template(
        "admin/synonyms.html",
        synonyms=groups,
        folded={group.id: fold(" ".join(group.words)) for group in groups},
        typed=typed or forms.Typed(),
        errors=_errors(errors),
    )
    return make_response(html, 422 if errors else 200)


def _page(
    group_id: UUID, typed: forms.Typed | None = None, *, errors: InvalidInput | None = None
) -> Response:
    with reading() as session:
        group = search.synonyms_of(session, group_id)
    html = render_template(
        "admin/synonym_group.html",
        group=group,
        typed=typed or forms.Typed({"text": "\n".join(group.words)}),
        errors=_errors(errors),
    )
    return make_response(html, 422 if errors else 200)


def _errors(refusal: InvalidInput | None) -> forms.Errors:
    """What is wrong; all words stand in one field, so each kind of fault is told once."""
    found = [code for codes in (refusal.fields if refusal else {}).values() for code in codes]
    return {"text": list(dict.fromkeys(found))} if found else {}
