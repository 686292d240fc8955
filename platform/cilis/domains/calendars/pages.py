"""/desk/calendars: what an expert has elsewhere, and the address of the own sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug import Response

from cilis.domains import experts
from cilis.domains.calendars import queries, service
from cilis.domains.calendars.errors import (
    CalendarNotFound,
    CalendarUnreadable,
    FeedNotFound,
    TooManyCalendars,
)
from cilis.domains.calendars.schemas import (
    CalendarChangeSchema,
    CalendarInputSchema,
    address_of,
    change_of,
    wish_of,
)
from cilis.domains.calendars.types import DEFAULT_PATIENCE, CalendarKind
from cilis.infra.db import reading
from cilis.infra.http.addresses import absolute
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import PUBLIC, policy
from cilis.infra.http.schemas import Strict, Text
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, in_zone
from cilis.kit.errors import DomainError, InvalidInput, TooMany

pages = Blueprint("calendar_pages", __name__, template_folder="templates")
PATIENCES = (5, 15, 30, 60, 180, 720, 1440)
_LOG_IN = frozenset({"calendar_not_allowed"})


class ConnectForm(CalendarInputSchema):
    """A calendar to connect, or only to be tried."""

    do = Text(load_default="connect", most=20)


class ChangeForm(CalendarChangeSchema):
    """What is to hold from now on; an empty password keeps the one there is."""


class FeedForm(Strict):
    """What the feed tells."""

    details = fields.Boolean(required=True)


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was not taken: "new" or a calendar's id, and why."""

    form: str
    errors: dict[str, list[str]]


@pages.get("/desk/calendars")
@policy("expert")
def show() -> Response:
    """Every connected calendar and how fresh it is; the form for another; the feed."""
    return _page()


@pages.post("/desk/calendars")
@policy("expert")
@idempotent("calendars.connect", again=lambda _: _back())
def connect() -> Response:
    """Connect a calendar, or try whether it can be read."""
    try:
        form = load_form(ConnectForm)
        if form.pop("do") == "test":
            kind = CalendarKind(form["kind"])
            return _page(tried=service.test(kind, address_of(form), viewer()))
        service.connect(wish_of(form), viewer())
    except InvalidInput as refusal:
        return _page(Refused("new", refusal.fields))
    except CalendarUnreadable as refusal:
        return _page(Refused("new", _at_field(refusal.reason)))
    except (TooManyCalendars, TooMany) as refusal:
        return _sorry(refusal)
    notice(N_("The calendar is connected. What it takes is no longer offered."))
    return _back()


@pages.post("/desk/calendars/<uuid:calendar_id>")
@policy("expert")
def change(calendar_id: UUID) -> Response:
    """Change a calendar's name, its log-in, or what holds while it cannot be read."""
    try:
        form = load_form(ChangeForm)
        if not form.get("password"):
            form.pop("password", None)
        service.change(calendar_id, change_of(form), viewer())
    except InvalidInput as refusal:
        return _page(Refused(str(calendar_id), refusal.fields))
    notice(N_("Saved."))
    return _back()


@pages.post("/desk/calendars/<uuid:calendar_id>/reading")
@policy("expert")
def read(calendar_id: UUID) -> Response:
    """Read a calendar now."""
    try:
        service.refresh(calendar_id, viewer())
    except TooMany as refusal:
        return _sorry(refusal)
    with reading() as session:
        expert_id = experts.mine(session, viewer()).card.id
        found = queries.one(session, expert_id, calendar_id)
    if found.is_fresh:
        notice(N_("The calendar was read."))
    else:
        refused(found.reason)
    return _back()


@pages.post("/desk/calendars/<uuid:calendar_id>/removal")
@policy("expert")
def disconnect(calendar_id: UUID) -> Response:
    """Forget a calendar; a repeat leads to the same page."""
    try:
        service.disconnect(calendar_id, viewer())
    except CalendarNotFound:
        return _back()
    notice(N_("The calendar is disconnected. What it took is offered again."))
    return _back()


@pages.post("/desk/calendars/feed")
@policy("expert")
def set_feed() -> Response:
    """Make the feed, or let it tell more or less."""
    try:
        service.set_feed(load_form(FeedForm)["details"], viewer())
    except InvalidInput as refusal:
        return _page(Refused("feed", refusal.fields))
    notice(N_("Saved."))
    return _back("feed")


@pages.post("/desk/calendars/feed/renewal")
@policy("expert")
def renew_feed() -> Response:
    """Give the feed another address."""
    try:
        service.renew_feed(viewer())
    except FeedNotFound:
        return _back("feed")
    notice(N_("The feed has a new address. The old one leads nowhere any more."))
    return _back("feed")


@pages.post("/desk/calendars/feed/removal")
@policy("expert")
def revoke_feed() -> Response:
    """Let the feed end; a repeat leads to the same page."""
    service.revoke_feed(viewer())
    notice(N_("The address leads nowhere any more."))
    return _back("feed")


@pages.get("/calendar-feeds/<string:token>.ics")
@policy(PUBLIC)
def feed(token: str) -> Response:
    """An expert's sessions, for calendars that subscribe; the address is all they need."""
    found = service.read_feed(token)
    answer = make_response(found.content)
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="sessions.ics"'
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(found.etag)
    return answer.make_conditional(request)


def _at_field(reason: str) -> dict[str, list[str]]:
    return {"password" if reason in _LOG_IN else "url": [reason]}


def _sorry(refusal: DomainError) -> Response:
    refused(refusal.code, **refusal.values)
    return _back()


def _back(anchor: str | None = None) -> Response:
    return redirect(url_for("calendar_pages.show", _anchor=anchor), 303)


def _page(refused: Refused | None = None, tried: service.Found | None = None) -> Response:
    with reading() as session:
        card = experts.mine(session, viewer()).card
        found = queries.of_expert(session, card.id)
        own = queries.feed(session, card.id)
    given: dict[str, Any] = request.form.to_dict() if refused or tried else {}
    with in_zone(card.time_zone):
        html = render_template(
            "calendars/desk.html",
            calendars=found,
            unread_calendars=sorted(
                (one for one in found if not one.is_fresh), key=lambda one: one.read_at
            ),
            feed=own,
            feed_url=absolute(own.path) if own else "",
            refused=refused,
            tried=tried,
            given=given,
            patiences=PATIENCES,
            default_patience=DEFAULT_PATIENCE,
            live_rooms=[f"expert:{card.id}"],
        )
    return make_response(html, 422 if refused else 200)
