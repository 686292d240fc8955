"""The expert's own profile, and the form by which one becomes an expert."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import experts
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.web.views import forms, places
from cilis.web.visit import organization

pages = Blueprint("desk_profile_pages", __name__)
_LISTS = ("languages", "topic_ids")
EMPTY_ROWS = 1


@pages.get("/desk/profile")
@policy("expert")
def show() -> Response:
    """The profile as a form."""
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


@pages.post("/desk/profile/picture")
@policy("expert")
def picture() -> Response:
    """Take a new photograph: square, re-encoded, without what cameras hide in it."""
    sent = request.files.get("picture")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput({"picture": ["required"]})
        experts.set_picture(sent.read(), viewer())
    except InvalidInput as refusal:
        return _page(errors=refusal)
    notice(N_("Your photograph is saved."))
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


def _page(*, typed: forms.Typed | None = None, errors: InvalidInput | None = None) -> Response:
    with reading() as session:
        profile = experts.mine(session, viewer())
        tree = experts.topics(session)
    values = typed if typed is not None else _values(profile)
    html = render_template(
        "desk/profile.html",
        card=profile.card,
        typed=values,
        topics=[topic for root in tree for topic in root.walk()],
        rows={
            name: forms.row_numbers(name, values, EMPTY_ROWS)
            for name in ("experience", "education")
        },
        errors=forms.bracketed(errors.fields) if errors else {},
        spoken_choices=places.spoken(organization().languages),
        countries=places.countries(),
        zones=places.zones(),
    )
    return make_response(html, 422 if errors else 200)
