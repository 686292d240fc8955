"""Experts to find again: the heart on cards, and the list. Needs no account."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug import Response
from werkzeug.wrappers import Response as AnyResponse

from cilis.domains import experts, search
from cilis.infra import limits
from cilis.infra.db import reading
from cilis.infra.http.addresses import own_path
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import refused
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.schemas import Strict
from cilis.infra.http.viewer import viewer
from cilis.kit.errors import DomainError, InvalidInput
from cilis.kit.pagination import Page
from cilis.web.browser import client_ip, known_browser
from cilis.web.views import prices

pages = Blueprint("saved_pages", __name__)

_PAGE = 12
_PRESSES = "120/minute"


class HeartForm(Strict):
    """Where somebody pressed a heart, and whether it stands there with words."""

    next = fields.String(load_default="/saved")
    words = fields.Boolean(load_default=False)


@pages.get("/saved")
@policy(PUBLIC)
def index() -> str:
    """Whom the viewer saved, the latest first, with their next true times."""
    with reading() as session:
        found = _some(session, request.args.get("after"))
        hits = search.hits(session, [one.expert_id for one in found.items])
        priced = prices.of_services(session, (hit.lead for hit in hits if hit.lead))
    next_page = url_for(".index", after=found.next_cursor) if found.next_cursor else ""
    return render_template("saved/list.html", hits=hits, prices=priced, next_page=next_page)


@pages.post("/saved/<uuid:expert_id>")
@policy(PUBLIC)
def save(expert_id: UUID) -> AnyResponse | str:
    """Save an expert for this person, or for this browser until it signs in."""
    form = load_form(HeartForm)
    try:
        limits.hit("experts.save", client_ip(), _PRESSES)
        experts.save(expert_id, known_browser())
    except DomainError as refusal:
        return _refused(refusal, form["next"])
    return _pressed(expert_id, form, saved=True)


@pages.post("/saved/<uuid:expert_id>/removal")
@policy(PUBLIC)
def unsave(expert_id: UUID) -> AnyResponse | str:
    """Take an expert off the list."""
    form = load_form(HeartForm)
    if viewer().session_id is not None or viewer().person_id is not None:
        experts.unsave(expert_id, viewer())
    return _pressed(expert_id, form, saved=False)


def _some(session: Session, cursor: str | None) -> Page[experts.Saved]:
    """A page of the list; an old or foreign mark of one shows the first."""
    try:
        return experts.saved_page(session, viewer(), cursor=cursor, limit=_PAGE)
    except InvalidInput:
        return experts.saved_page(session, viewer(), limit=_PAGE)


def _pressed(expert_id: UUID, form: dict[str, Any], *, saved: bool) -> AnyResponse | str:
    """The heart as it is now, or the page again on which it was pressed."""
    onward = own_path(form["next"], url_for(".index"))
    if "HX-Request" not in request.headers:
        return redirect(f"{onward.partition('#')[0]}#save-{expert_id}", 303)
    with reading() as session:
        card = experts.card(session, expert_id)
    return render_template(
        "saved/_button.html", card=card, saved=saved, onward=onward, words=form["words"]
    )


def _refused(refusal: DomainError, onward: str) -> AnyResponse:
    """The page again, which says why."""
    refused(refusal.code, **refusal.values)
    if "HX-Request" in request.headers:
        return Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Refresh": "true"})
    return redirect(own_path(onward, url_for(".index")), 303)
