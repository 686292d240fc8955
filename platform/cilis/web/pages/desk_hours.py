"""The expert's hours: the week, days that differ, and what clients see of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import experts, scheduling
from cilis.domains.scheduling import DayException, ExceptionKind, WeeklyRule
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, current_language, speaking, translated
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.web.views import forms
from cilis.web.views import hours as week_form
from cilis.web.visit import organization

pages = Blueprint("desk_hours_pages", __name__)
PREVIEW = timedelta(days=14)
PREVIEW_DAYS = 6


class ExceptionForm(Strict):
    """A day that differs from the week."""

    kind = fields.Enum(ExceptionKind, by_value=True, required=True)
    day = fields.Date(required=True)
    start = Text(data_key="from", load_default="", most=8)
    end = Text(data_key="until", load_default="", most=8)


@pages.get("/desk/hours")
@policy("expert")
def show() -> Response:
    """The week as a form, exceptions beside it, and the free starts that come of it."""
    return _page()


@pages.post("/desk/hours")
@policy("expert")
def save() -> Response:
    """Replace the week; sending it twice is the same as once."""
    try:
        rules = week_form.read_week(request.form)
        scheduling.set_week(_own_expert(), [*rules, *_dated()], actor=viewer().person)
    except InvalidInput as refusal:
        return _page(week=week_form.typed_week(request.form), errors=refusal.fields)
    notice(N_("Your hours are saved."))
    return redirect(url_for("desk_hours_pages.show"), 303)


@pages.post("/desk/hours/exceptions")
@policy("expert")
def add() -> Response:
    """Add a day off or extra hours."""
    try:
        form = load_form(ExceptionForm)
        first, last = week_form.read_exception(form["kind"], form["start"], form["end"])
        scheduling.add_exception(
            _own_expert(),
            DayException(form["day"], first, last, form["kind"]),
            actor=viewer().person,
        )
    except InvalidInput as refusal:
        return _page(errors=refusal.fields)
    notice(N_("The day is saved."))
    return redirect(url_for("desk_hours_pages.show", _anchor="exceptions"), 303)


@pages.post("/desk/hours/exceptions/<uuid:exception_id>/removal")
@policy("expert")
def remove(exception_id: UUID) -> Response:
    """Forget an exception; a repeat leads to the same page."""
    with suppress(scheduling.ExceptionNotFound):
        scheduling.remove_exception(_own_expert(), exception_id, actor=viewer().person)
    notice(N_("The day is as every week again."))
    return redirect(url_for("desk_hours_pages.show", _anchor="exceptions"), 303)


def _own_expert() -> UUID:
    with reading() as session:
        found = experts.expert_of_person(session, viewer().person)
    if found is None:
        raise experts.NotAnExpert("no profile")
    return found


def _dated() -> list[WeeklyRule]:
    """Rules with a first or last day: this form does not show them, so it must not drop them."""
    with reading() as session:
        expert_id = experts.expert_of_person(session, viewer().person)
        rules = scheduling.hours(session, expert_id).weekly if expert_id else ()
    kept = week_form.undated(rules)
    return [rule for rule in rules if rule not in kept]


def _page(
    *, week: list[week_form.Day] | None = None, errors: dict[str, list[str]] | None = None
) -> Response:
    with reading() as session:
        card = experts.mine(session, viewer()).card
        own = scheduling.hours(session, card.id)
        preview = _preview(session, card.id)
    today = clock.now().date()
    coming = [one for one in own.exceptions if one.day >= today - timedelta(days=1)]
    with speaking(current_language(), card.time_zone, fallback=organization().default_language):
        html = render_template(
            "desk/hours.html",
            week=week or week_form.week_of(own.weekly),
            exceptions=coming,
            preview=_shown(preview),
            typed=forms.typed(request.form),
            errors=errors or {},
            weekday_name=week_form.weekday_name,
            clock_time=week_form.clock_time,
        )
    return make_response(html, 422 if errors else 200)


def _preview(session: Session, expert_id: UUID) -> tuple[experts.ServiceTerms, list[Any]] | None:
    services = experts.services_of(session, [expert_id])[expert_id]
    if not services:
        return None
    now = clock.now()
    return services[0], scheduling.free_starts(session, services[0], (now, now + PREVIEW))


def _shown(preview: tuple[experts.ServiceTerms, list[Any]] | None) -> dict[str, Any] | None:
    if preview is None:
        return None
    terms, starts = preview
    return {"service": translated(terms.name), "days": week_form.by_day(starts, PREVIEW_DAYS)}
