"""The tree of fields: add, rename in every language, move, merge, remove."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import experts
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.web.views import fields, forms
from cilis.web.visit import organization

pages = Blueprint("admin_field_pages", __name__)


@pages.get("/admin/fields")
@policy("admin")
def show() -> str:
    """The whole tree, with how many experts are found under each field."""
    with reading() as session:
        tree = experts.topics(session)
        reach = experts.topic_reach(session)
    languages = organization().languages
    found = fields.nodes(tree)
    return render_template(
        "admin/fields.html",
        nodes=found,
        reach=reach,
        untranslated={node.id: fields.untranslated(node.topic.names, languages) for node in found},
    )


@pages.get("/admin/fields/new")
@policy("admin")
def new() -> Response:
    """An empty form, perhaps below the field one came from."""
    return _page(forms.Typed({"parent_id": request.args.get("below", "")}))


@pages.post("/admin/fields")
@policy("admin")
@idempotent("experts.add_topic", again=lambda _: _list())
def add() -> Response:
    """Add a field."""
    try:
        experts.add_topic(_wish(), viewer())
    except InvalidInput as refusal:
        return _page(forms.typed(request.form), errors=refusal)
    notice(N_("The field is added."))
    return _list()


@pages.get("/admin/fields/<uuid:topic_id>")
@policy("admin")
def edit(topic_id: UUID) -> Response:
    """A field's form, and what else may be done with it."""
    return _page(None, topic_id=topic_id)


@pages.post("/admin/fields/<uuid:topic_id>")
@policy("admin")
def save(topic_id: UUID) -> Response:
    """Keep a field's new words or place."""
    try:
        experts.edit_topic(topic_id, _wish(), viewer())
    except InvalidInput as refusal:
        return _page(forms.typed(request.form), topic_id=topic_id, errors=refusal)
    notice(N_("The field is saved. Searches follow within seconds."))
    return _list()


@pages.post("/admin/fields/<uuid:topic_id>/place")
@policy("admin")
def place(topic_id: UUID) -> Response:
    """Move a field up or down among its neighbours."""
    step = {"up": -1, "down": 1}.get(request.form.get("way", ""), 0)
    with reading() as session:
        found = experts.topic(session, topic_id)
        beside = [
            node.id
            for node in fields.nodes(experts.topics(session))
            if node.topic.parent_id == found.parent_id
        ]
    experts.place_topic(topic_id, found.parent_id, beside.index(topic_id) + step, viewer())
    return redirect(url_for("admin_field_pages.show") + f"#field-{topic_id}", 303)


@pages.post("/admin/fields/<uuid:topic_id>/merger")
@policy("admin")
@idempotent("experts.merge_topic", again=lambda _: _list())
def merge(topic_id: UUID) -> Response:
    """Make one field of two."""
    try:
        into = load_form(experts.TopicMergerSchema)["into_id"]
        experts.merge_topic(topic_id, into, viewer())
    except InvalidInput as refusal:
        return _page(None, topic_id=topic_id, errors=refusal)
    notice(N_("The two fields are one now."))
    return _list()


@pages.post("/admin/fields/<uuid:topic_id>/removal")
@policy("admin")
def remove(topic_id: UUID) -> Response:
    """Take a field out of the tree; a repeat leads to the same list."""
    try:
        experts.remove_topic(topic_id, viewer())
    except experts.TopicInUse as refusal:
        refused(refusal.code, **refusal.values)
        return redirect(url_for("admin_field_pages.edit", topic_id=topic_id), 303)
    except experts.TopicNotFound:
        return _list()
    notice(N_("The field is removed."))
    return _list()


def _list() -> Response:
    return redirect(url_for("admin_field_pages.show"), 303)


def _wish() -> experts.TopicWish:
    return experts.TopicWish(**load_form(experts.TopicFormSchema))


def _values(topic: experts.Topic) -> forms.Typed:
    return forms.Typed(
        {
            "slug": topic.slug,
            "parent_id": str(topic.parent_id or ""),
            "icon": topic.icon,
            "other_words": "\n".join(topic.aliases),
            **forms.by_language("names", topic.names),
        }
    )


def _page(
    typed: forms.Typed | None,
    *,
    topic_id: UUID | None = None,
    errors: InvalidInput | None = None,
) -> Response:
    with reading() as session:
        tree = experts.topics(session)
        topic = experts.topic(session, topic_id) if topic_id else None
        usage = experts.topic_usage(session)
    below = len(topic.children) if topic else 0
    html = render_template(
        "admin/field.html",
        topic=topic,
        typed=typed if typed is not None else _values(topic) if topic else forms.Typed(),
        choices=fields.choices(tree, without=topic),
        icons=fields.ICONS,
        used_by=usage.get(topic.id, 0) if topic else 0,
        below=below,
        errors=_errors(errors) if errors else {},
    )
    return make_response(html, 422 if errors else 200)


def _errors(refusal: InvalidInput) -> forms.Errors:
    """What is wrong, by the form's fields: all other words stand in one."""
    found: forms.Errors = {}
    for name, codes in forms.bracketed(refusal.fields).items():
        found.setdefault("other_words" if name.startswith("aliases") else name, []).extend(codes)
    return found
