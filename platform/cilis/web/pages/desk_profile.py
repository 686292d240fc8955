"""The expert's own profile: photograph, words, fields, experience and education."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug import Response

from cilis.domains import experts
from cilis.infra import markdown
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.web.views import fields, forms, papers, places, rows
from cilis.web.visit import organization

pages = Blueprint("desk_profile_pages", __name__)
_LISTS = ("languages", "topic_ids")
_STATIONS = ("experience", "education")


@pages.get("/desk/profile")
@policy("expert")
def show() -> Response:
    """The profile as a form, with what it still needs."""
    return _page()


@pages.post("/desk/profile")
@policy("expert")
def save() -> Response:
    """Keep the changed profile."""
    try:
        change = load_form(experts.ProfileChangeSchema)
        experts.edit_profile(experts.ProfileChange(**change), viewer())
    except InvalidInput as refusal:
        return _page(typed=forms.typed(request.form, _LISTS), errors=refusal)
    notice(N_("Your profile is saved."))
    return redirect(url_for("desk_profile_pages.show"), 303)


@pages.post("/desk/profile/draft")
@policy("expert")
def draft() -> Response:
    """The form again, with a row more, less or moved, and with previews; nothing is saved."""
    values = forms.typed(request.form, _LISTS)
    act = str(values.pop("do", ""))
    return _page(typed=rows.rearranged(values, act), drafted=act)


@pages.post("/desk/profile/picture")
@policy("expert")
def picture() -> Response:
    """Take a new photograph: square, re-encoded, without what cameras hide in it."""
    sent = request.files.get("picture")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput({"picture": ["required"]})
        experts.set_picture(sent.stream.read(experts.MAX_DOCUMENT_BYTES + 1), viewer())
    except InvalidInput as refusal:
        return _page(errors=refusal)
    notice(N_("Your photograph is saved."))
    return redirect(url_for("desk_profile_pages.show"), 303)


@pages.post("/desk/profile/picture/removal")
@policy("expert")
def remove_picture() -> Response:
    """Show initials again."""
    experts.remove_picture(viewer())
    notice(N_("Your photograph is removed."))
    return redirect(url_for("desk_profile_pages.show"), 303)


def _values(profile: experts.Profile) -> forms.Typed:
    card = profile.card
    return forms.Typed(
        {
            "name": card.name,
            "honorific": card.honorific,
            "country": card.country,
            "time_zone": card.time_zone,
            "languages": list(card.languages),
            "topic_ids": [str(topic_id) for topic_id in card.topic_ids],
            **forms.by_language("headline", card.headline),
            **forms.by_language("biography", profile.biography),
            **forms.stations("experience", profile.experience),
            **forms.stations("education", profile.education),
        }
    )


def _page(
    *, typed: forms.Typed | None = None, errors: InvalidInput | None = None, drafted: str = ""
) -> Response:
    with reading() as session:
        profile = experts.mine(session, viewer())
        tree = experts.topics(session)
        ready = experts.readiness(session, profile.id)
    values = typed if typed is not None else _values(profile)
    html = render_template(
        "desk/profile.html",
        card=profile.card,
        typed=values,
        nodes=fields.nodes(tree),
        rows={name: rows.numbers(name, values) for name in _STATIONS},
        previews=_previews(values) if drafted else {},
        drafted=drafted,
        ready=ready,
        todo=papers.todos([*ready.missing, *ready.advised]),
        errors=forms.bracketed(errors.fields) if errors else {},
        spoken_choices=places.spoken(organization().languages),
        countries=places.countries(),
        zones=places.zones(),
    )
    return make_response(html, 422 if errors else 200)


def _previews(values: forms.Typed) -> dict[str, Markup]:
    return {
        language: markdown.to_html(str(values[f"biography[{language}]"])[:8000])
        for language in organization().languages
    }
