"""Becoming an expert: a few facts, then the desk leads on."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import experts
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, current_zone
from cilis.kit.errors import InvalidInput
from cilis.web.views import forms, places
from cilis.web.visit import organization

pages = Blueprint("apply_pages", __name__)


@pages.get("/apply")
@policy(PUBLIC)
def show() -> Response:
    """What it takes, and the form for somebody who is signed in; experts go to their desk."""
    who = viewer()
    if who.person_id is not None:
        with reading() as session:
            if experts.expert_of_person(session, who.person_id):
                return redirect(url_for("desk_verification_pages.show"), 303)
    return _page(
        forms.Typed(
            {
                "name": who.name,
                "honorific": "",
                "languages": [organization().default_language],
                "country": organization().country,
                "time_zone": current_zone().key,
            }
        )
    )


@pages.post("/apply")
@policy(SIGNED_IN)
def apply() -> Response:
    """Open the profile as a draft; a second press leads to the same desk."""
    try:
        form = load_form(experts.ApplicationSchema)
        experts.apply(experts.Application(**form), viewer())
    except InvalidInput as refusal:
        return _page(forms.typed(request.form, ("languages",)), refusal)
    except experts.AlreadyExpert:
        return redirect(url_for("desk_verification_pages.show"), 303)
    notice(N_("Welcome. Here is what is still missing."))
    return redirect(url_for("desk_verification_pages.show"), 303)


def _page(typed: forms.Typed, errors: InvalidInput | None = None) -> Response:
    html = render_template(
        "desk/apply.html",
        typed=typed,
        errors=forms.bracketed(errors.fields) if errors else {},
        spoken_choices=places.spoken(organization().languages),
        countries=places.countries(),
        zones=places.zones(),
    )
    return make_response(html, 422 if errors else 200)
