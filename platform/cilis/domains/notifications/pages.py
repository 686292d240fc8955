"""/notices, /account/notices and the way out of mails."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains.notifications import queries, service
from cilis.domains.notifications.schemas import HoursSchema
from cilis.domains.notifications.types import MANDATORY, PAGE, Matter, Timing
from cilis.hooks.manager import plugins
from cilis.infra.db import reading
from cilis.infra.http.addresses import own_path
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import GATEWAY, SIGNED_IN, policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, gettext
from cilis.kit.errors import InvalidInput

pages = Blueprint("notice_pages", __name__, template_folder="templates")

MATTERS: dict[Matter, tuple[str, str]] = {
    Matter.SECURITY: (N_("Your account"), N_("New passwords, sign-ins that look wrong.")),
    Matter.MONEY: (N_("Your money"), N_("Refunds and payments that need a second look.")),
    Matter.BOOKINGS: (N_("Bookings"), N_("Requested, confirmed, moved or cancelled.")),
    Matter.REMINDERS: (N_("Reminders"), N_("A day and an hour before a session.")),
    Matter.MESSAGES: (N_("Messages"), N_("When somebody writes and you have not read it.")),
    Matter.DOCUMENTS: (N_("Documents"), N_("When somebody shares a document with you.")),
    Matter.REVIEWS: (N_("Reviews"), N_("Reviews, and answers to them.")),
    Matter.VERIFICATION: (N_("Your verification"), N_("What the reviewers decide.")),
    Matter.STAFF: (N_("The organization’s work"), N_("What waits for somebody of the staff.")),
}
DAY = (N_("The letter of the day"), N_("What you want to hear once a day."))
TIMINGS = {Timing.NOW: N_("At once"), Timing.DAILY: N_("Once a day"), Timing.OFF: N_("Never")}


@pages.app_template_global("unread_notices")
def unread_notices() -> int:
    """The number on the bell; none for who is not signed in."""
    who = viewer()
    if who.person_id is None:
        return 0
    with reading() as session:
        return queries.unread_count(session, who.person_id)


@pages.get("/notices")
@policy(SIGNED_IN)
def show() -> str:
    """What the viewer was told, newest first."""
    unread = request.args.get("unread") == "1"
    with reading() as session:
        page = queries.page(
            session, viewer().person, cursor=request.args.get("cursor"), unread=unread
        )
        count = queries.unread_count(session, viewer().person)
    return render_template(
        "notifications/list.html",
        notices_told=[service.told(row) for row in page.items],
        next_cursor=page.next_cursor,
        only_unread=unread,
        unread=count,
    )


@pages.get("/notices/bell")
@policy(SIGNED_IN)
def bell() -> str:
    """The bell of the header alone, for pages that heard a hint."""
    return render_template("notifications/bell.html")


@pages.post("/notices/read")
@policy(SIGNED_IN)
def read_all() -> Response:
    """Nothing is new any more."""
    service.mark_all_read(viewer())
    return redirect(url_for(".show"), 303)


@pages.post("/notices/<uuid:notice_id>/read")
@policy(SIGNED_IN)
def read_one(notice_id: UUID) -> Response:
    """Note that one was seen, and go where it points."""
    found = service.mark_read(notice_id, viewer())
    return redirect(own_path(found.link, "/notices"), 303)


@pages.get("/account/notices")
@policy(SIGNED_IN)
def preferences() -> str:
    """What the viewer wants to hear, by which channel, and when."""
    return _preferences({})


@pages.post("/account/notices")
@policy(SIGNED_IN)
def save() -> Response | tuple[str, int]:
    """Keep the choices."""
    form = request.form
    try:
        hours = _hours()
        choices = {
            (matter, name.partition(".")[2]): Timing(value)
            for matter in service.matters_for(viewer())
            if matter not in MANDATORY
            for name, value in form.items()
            if name.startswith(f"{matter}.") and value in set(Timing)
        }
        service.choose(
            viewer(), choices, quiet=hours["quiet"], digest_minute=hours["digest_minute"]
        )
    except InvalidInput as refusal:
        return _preferences(refusal.fields), 422
    notice(N_("Your choices are saved."))
    return redirect(url_for(".preferences"), 303)


@pages.get("/unsubscribe/<string:token>")
@policy(GATEWAY)
def ask_way_out(token: str) -> str:
    """Ask once more: a mail program may only have looked at the link."""
    found = service.way_out(token)
    return render_template(
        "notifications/unsubscribe.html", token=token, done=False, **_named(found.matter)
    )


@pages.post("/unsubscribe/<string:token>")
@policy(GATEWAY)
def take_way_out(token: str) -> str:
    """Send no more of this; also called by mail programs (RFC 8058), so without a log-in."""
    found = service.way_out(token)
    service.switch_off(found.person_id, found.matter, found.channel)
    return render_template(
        "notifications/unsubscribe.html", token=token, done=True, **_named(found.matter)
    )


def _named(matter: Matter | None) -> dict[str, str]:
    title, text = MATTERS[matter] if matter else DAY
    return {"matter": gettext(title), "about": gettext(text)}


def _hours() -> dict[str, Any]:
    raw = {
        name: request.form.get(name) or None for name in ("quiet_from", "quiet_until", "digest_at")
    }
    wrong = HoursSchema().validate({key: value for key, value in raw.items() if value})
    if wrong:
        raise InvalidInput({str(name): ["not_a_time"] for name in wrong})
    loaded: dict[str, Any] = HoursSchema().load({k: v for k, v in raw.items() if v})
    quiet = (loaded["quiet_from"], loaded["quiet_until"])
    wanted = request.form.get("quiet") == "1" and None not in quiet
    return {"quiet": quiet if wanted else None, "digest_minute": loaded["digest_at"]}


def _preferences(errors: dict[str, list[str]]) -> str:
    with reading() as session:
        rules, channels = service.preferences(session, viewer())
    titles = {PAGE: gettext("On these pages")} | {
        key: gettext(plugins.get("notifications", key).title) for key in channels if key != PAGE
    }
    rows = [
        {
            "matter": matter,
            "title": gettext(MATTERS[matter][0]),
            "text": gettext(MATTERS[matter][1]),
            "mandatory": matter in MANDATORY,
            "cells": [
                {
                    "channel": channel,
                    "title": titles[channel],
                    "timing": rules.timing(matter, channel),
                    "options": [
                        (one, gettext(TIMINGS[one])) for one in service.timings_of(matter, channel)
                    ],
                }
                for channel in channels
            ],
        }
        for matter in service.matters_for(viewer())
    ]
    return render_template(
        "notifications/preferences.html",
        rows=rows,
        titles=titles,
        rules=rules,
        clock_of=lambda minute: f"{minute // 60:02}:{minute % 60:02}",
        errors=errors,
    )
