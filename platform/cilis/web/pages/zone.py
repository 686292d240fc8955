"""In which time zone this browser is told times, for as long as it stays open."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from marshmallow import fields
from werkzeug import Response

from cilis.infra.http import addresses
from cilis.infra.http.forms import load_form
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.schemas import Strict
from cilis.infra.http.session import cookie_name
from cilis.infra.i18n import current_zone, is_zone
from cilis.web.views import places

pages = Blueprint("zone_pages", __name__)
COOKIE = "zone_choice"


class ZoneForm(Strict):
    """The zone somebody chose, empty for their own again, and where they were."""

    zone = fields.String(load_default="")
    next = fields.String(load_default="/")


@pages.get("/zone")
@policy(PUBLIC)
def show() -> str:
    """All zones to choose from; a page of its own, so that no other carries the long list."""
    return render_template(
        "zone/show.html",
        zones=places.zones(),
        chosen=current_zone().key,
        is_chosen=cookie_name(COOKIE) in request.cookies,
        onward=addresses.own_path(request.args.get("next", "")),
    )


@pages.post("/zone")
@policy(PUBLIC)
def choose() -> Response:
    """Tell times in this zone until the browser is closed."""
    form = load_form(ZoneForm)
    response = redirect(addresses.own_path(form["next"]), 303)
    wanted = form["zone"] if is_zone(form["zone"]) else ""
    response.set_cookie(
        cookie_name(COOKIE),
        wanted,
        max_age=None if wanted else 0,
        path="/",
        httponly=True,
        secure=cookie_name(COOKIE) != COOKIE,
        samesite="Lax",
    )
    return response
