"""What everybody sees: /pages/<slug>, and announcements on top of every page."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, redirect, render_template, request
from werkzeug import Response

from cilis.domains.content import queries, service
from cilis.domains.content.pages.blueprint import pages
from cilis.domains.content.types import Announcement, PageLink
from cilis.infra import markdown
from cilis.infra.db import reading
from cilis.infra.http.addresses import own_path
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.session import cookie_name, put_cookie
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import translated
from cilis.kit import clock

_DISMISSED = "dismissed"
_KEPT = 12  # a cookie must stay small; older announcements are over by then
_SECONDS = 60 * 60 * 24 * 180
_MARK = 12  # letters of an id that tell announcements apart

pages.add_app_template_global(markdown.to_html, "markdown")


@pages.app_template_global("announcements")
def announcements() -> list[Announcement]:
    """What this page's reader is told now, without what was dismissed."""
    gone = _dismissed()
    found = queries.told_to(service.frame().announcements, viewer().roles, clock.now())
    return [one for one in found if not (one.is_dismissable and _mark(one.id) in gone)]


@pages.app_template_global("menu_pages")
def menu_pages() -> list[PageLink]:
    """Pages that the organization wants in the menu."""
    return list(service.frame().menu)


@pages.get("/pages/<string:slug>")
@policy(PUBLIC)
def show(slug: str) -> str:
    """One page of text in the viewer's language; admins see hidden ones, marked."""
    with reading() as session:
        page = queries.page(session, slug, hidden=viewer().has("admin"))
    body = markdown.to_html(translated(page.body))
    return render_template("content/page.html", page=page, body=body)


@pages.post("/announcements/<uuid:announcement_id>/dismissal")
@policy(PUBLIC)
def dismiss(announcement_id: UUID) -> Response:
    """Do not show this announcement in this browser any more."""
    marks = [mark for mark in _dismissed() if mark != _mark(announcement_id)]
    response = make_response(redirect(own_path(request.form.get("next")), 303))
    kept = [*marks, _mark(announcement_id)][-_KEPT:]
    put_cookie(response, _DISMISSED, ".".join(kept), _SECONDS)
    return response


def _dismissed() -> list[str]:
    found = request.cookies.get(cookie_name(_DISMISSED), "")
    return [mark for mark in found.split(".") if len(mark) == _MARK and mark.isalnum()]


def _mark(announcement_id: UUID) -> str:
    return announcement_id.hex[-_MARK:]
