"""/admin/content/announcements: what the organization tells, from when until when, to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains.content import queries, service
from cilis.domains.content.pages.blueprint import by_language, languages, pages
from cilis.domains.content.types import Announcement, AnnouncementWish, Audience, Tone
from cilis.infra.db import reading
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, current_zone, gettext, local
from cilis.kit import clock
from cilis.kit.errors import InvalidInput

AUDIENCES = {
    Audience.EVERYBODY: N_("Everybody, visitors too"),
    Audience.CLIENTS: N_("Clients"),
    Audience.EXPERTS: N_("Experts"),
    Audience.STAFF: N_("The staff"),
}
TONES = {
    Tone.INFO: N_("News"),
    Tone.POSITIVE: N_("Good news"),
    Tone.CAUTION: N_("Please note"),
    Tone.NEGATIVE: N_("Something does not work"),
}


@pages.get("/admin/content/announcements")
@policy("admin")
def list_announcements() -> str:
    """Every announcement, what starts last first."""
    with reading() as session:
        page = queries.announcements_page(session, cursor=request.args.get("cursor"))
    return render_template(
        "content/admin/announcements.html", page=page, audiences=AUDIENCES, at=clock.now()
    )


@pages.get("/admin/content/announcements/new")
@policy("admin")
def new_announcement() -> str:
    """The form of an announcement to come: from now, for a week."""
    now = clock.now().replace(second=0, microsecond=0)
    wish = AnnouncementWish(texts={}, starts_at=now, ends_at=now + timedelta(days=7))
    return _form(wish, {})


@pages.post("/admin/content/announcements")
@policy("admin")
@idempotent("content.announce", again=lambda _: redirect("/admin/content/announcements", 303))
def announce() -> Response | tuple[str, int]:
    """Keep a new announcement."""
    try:
        service.announce(_wish(), viewer())
    except InvalidInput as refusal:
        return _again(refusal), 422
    notice(N_("Announced. It is shown while its time lasts."))
    return redirect(url_for(".list_announcements"), 303)


@pages.get("/admin/content/announcements/<uuid:announcement_id>")
@policy("admin")
def edit_announcement(announcement_id: UUID) -> str:
    """The form of an announcement."""
    with reading() as session:
        found = queries.announcement(session, announcement_id)
    return _form(found, {})


@pages.post("/admin/content/announcements/<uuid:announcement_id>")
@policy("admin")
def save_announcement(announcement_id: UUID) -> Response | tuple[str, int]:
    """Keep what was written."""
    try:
        service.change_announcement(announcement_id, _wish(), viewer())
    except InvalidInput as refusal:
        return _again(refusal, announcement_id), 422
    notice(N_("Saved."))
    return redirect(url_for(".list_announcements"), 303)


@pages.post("/admin/content/announcements/<uuid:announcement_id>/end")
@policy("admin")
def end_announcement(announcement_id: UUID) -> Response:
    """Let it be over now."""
    service.end_announcement(announcement_id, viewer())
    notice(N_("It is no longer shown."))
    return redirect(url_for(".list_announcements"), 303)


@pages.post("/admin/content/announcements/<uuid:announcement_id>/removal")
@policy("admin")
def remove_announcement(announcement_id: UUID) -> Response:
    """Remove for good."""
    service.remove_announcement(announcement_id, viewer())
    notice(N_("The announcement is removed."))
    return redirect(url_for(".list_announcements"), 303)


def _wish() -> AnnouncementWish:
    form = request.form
    audience, tone = form.get("audience", ""), form.get("tone", "")
    starts_at, ends_at = _instant("starts_at"), _instant("ends_at")
    return AnnouncementWish(
        texts=by_language("texts"),
        starts_at=starts_at or clock.now(),
        ends_at=ends_at,
        audience=Audience(audience) if audience in set(Audience) else Audience.EVERYBODY,
        tone=Tone(tone) if tone in set(Tone) else Tone.INFO,
        is_dismissable=form.get("dismissable") == "1",
    )


def _instant(name: str) -> datetime | None:
    """A local date and time of the form, on the reader's wall clock."""
    raw = request.form.get(name, "").strip()
    if not raw:
        return None
    try:
        found = datetime.fromisoformat(raw)
    except ValueError as problem:
        raise InvalidInput({name: ["not_a_date"]}) from problem
    if not 2000 <= found.year <= 2100:
        raise InvalidInput({name: ["out_of_range"]})
    return found.replace(tzinfo=current_zone()).astimezone(UTC)


def _again(refusal: InvalidInput, announcement_id: UUID | None = None) -> str:
    now = clock.now()
    wish: AnnouncementWish
    try:
        wish = _wish()
    except InvalidInput:
        wish = AnnouncementWish(texts=by_language("texts"), starts_at=now)
    return _form(wish, refusal.fields, announcement_id)


def _form(
    wish: AnnouncementWish, errors: dict[str, list[str]], announcement_id: UUID | None = None
) -> str:
    known = wish.id if isinstance(wish, Announcement) else announcement_id
    values: dict[str, Any] = {
        "wish": wish,
        "known": known,
        "errors": errors,
        "languages": languages(),
        "audiences": [(one.value, gettext(words)) for one, words in AUDIENCES.items()],
        "tones": [(one.value, gettext(words)) for one, words in TONES.items()],
        "clock_of": lambda at: local(at).strftime("%Y-%m-%dT%H:%M") if at else "",
    }
    return render_template("content/admin/announcement.html", **values)
