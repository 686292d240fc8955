"""The expert's hours: weeks in their periods, days that differ, limits, what clients see of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug import Response

from cilis.domains import calendars, experts, scheduling
from cilis.domains.scheduling import (
    MOST_PER_DAY,
    MOST_PER_WEEK,
    STEPS,
    DayException,
    ExceptionKind,
    Period,
    Venue,
)
from cilis.infra.db import reading
from cilis.infra.http import addresses
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text, between
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, current_language, current_zone, in_zone, local
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.web.views import forms, patterns, venues
from cilis.web.views import holidays as holidays_form
from cilis.web.views import hours as week_form
from cilis.web.views.days import day_of

pages = Blueprint("desk_hours_pages", __name__)
WEEKS = 5
"""What is left of this one, and four whole ones."""
DETAILED_DAYS = 5


class ExceptionForm(Strict):
    """A day that differs from the week; ``next`` is where somebody was."""

    kind = fields.Enum(ExceptionKind, by_value=True, required=True)
    day = fields.Date(required=True)
    start = Text(data_key="from", load_default="", most=8)
    end = Text(data_key="until", load_default="", most=8)
    held = Text(load_default="", most=240)
    next = Text(load_default="", most=300)


class LimitsForm(Strict):
    """The grid of starts, and how many sessions a day and a week may have."""

    step_minutes = fields.Integer(required=True)
    most_per_day = fields.Integer(required=True, validate=between(0, MOST_PER_DAY))
    most_per_week = fields.Integer(required=True, validate=between(0, MOST_PER_WEEK))


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was not taken: which one, and why. What was typed is in the request."""

    form: str
    errors: dict[str, list[str]]


@pages.get("/desk/hours")
@policy("expert")
def show() -> Response:
    """The weeks as forms, exceptions beside them, and the free starts that come of it."""
    return _page()


@pages.post("/desk/hours")
@policy("expert")
def save() -> Response:
    """Write one week and its period; sending it twice is the same as once."""
    was = request.form.get("was", patterns.key_of(Period()))
    try:
        rules = week_form.read_week(request.form)
        period = patterns.read_period(request.form)
        venue = venues.read_venue(request.form, patterns.venue_of(was))
        if was in {patterns.NEW, patterns.NEW_KEPT}:
            _check_new(was, period, venue, rules)
        scheduling.set_pattern(
            _own_expert(),
            period if was == patterns.NEW else patterns.period_of(was),
            period,
            [one.kept_for(venue) for one in rules],
            was_for=venue if was == patterns.NEW else patterns.venue_of(was),
            instead=request.form.get("instead") == "1",
            actor=viewer().person,
        )
    except InvalidInput as refusal:
        return _page(Refused("week", refusal.fields))
    notice(N_("Your hours are saved."))
    return redirect(url_for("desk_hours_pages.show"), 303)


@pages.post("/desk/hours/limits")
@policy("expert")
def save_limits() -> Response:
    """Set the grid of starts and the most sessions of a day and a week."""
    try:
        form = load_form(LimitsForm)
        scheduling.set_limits(_own_expert(), **form, actor=viewer().person)
    except InvalidInput as refusal:
        return _page(Refused("limits", refusal.fields))
    notice(N_("Your hours are saved."))
    return redirect(url_for("desk_hours_pages.show", _anchor="limits"), 303)


@pages.post("/desk/hours/exceptions")
@policy("expert")
@idempotent("scheduling.add_exception", again=lambda _: _back(request.form.get("next", "")))
def add() -> Response:
    """Add a day off or extra hours; a second press adds no second one."""
    try:
        form = load_form(ExceptionForm)
        scheduling.add_exception(_own_expert(), _exception(form), actor=viewer().person)
    except InvalidInput as refusal:
        return _page(Refused("exception", refusal.fields))
    notice(N_("The day is saved."))
    return _back(form["next"])


@pages.post("/desk/hours/holidays")
@policy("expert")
def take_holidays() -> Response:
    """Take the ticked public holidays off and keep them up; sending it twice is as once."""
    place = holidays_form.read_place(request.form)
    listed = {day for day in map(day_of, request.form.getlist("listed")) if day}
    ticked = {day for day in map(day_of, request.form.getlist("off")) if day}
    try:
        scheduling.take_holidays(
            _own_expert(),
            place if request.form.get("do") != "none" else None,
            leave=listed - ticked,
            language=current_language(),
            actor=viewer().person,
        )
    except InvalidInput as refusal:
        return _page(Refused("holidays", refusal.fields))
    notice(N_("Your holidays are saved."))
    return redirect(url_for("desk_hours_pages.show", _anchor="holidays"), 303)


@pages.post("/desk/hours/exceptions/<uuid:exception_id>")
@policy("expert")
def change(exception_id: UUID) -> Response:
    """Let an exception be another day, other hours, or the opposite."""
    try:
        form = load_form(ExceptionForm)
        scheduling.change_exception(
            _own_expert(), exception_id, _exception(form), actor=viewer().person
        )
    except InvalidInput as refusal:
        return _page(Refused(str(exception_id), refusal.fields))
    notice(N_("The day is saved."))
    return _back(form["next"])


@pages.post("/desk/hours/exceptions/<uuid:exception_id>/removal")
@policy("expert")
def remove(exception_id: UUID) -> Response:
    """Forget an exception; a repeat leads to the same page."""
    with suppress(scheduling.ExceptionNotFound):
        scheduling.remove_exception(_own_expert(), exception_id, actor=viewer().person)
    notice(N_("The day is as every week again."))
    return _back(request.form.get("next", ""))


def _check_new(
    was: str, period: Period, venue: Venue, rules: Sequence[scheduling.WeeklyRule]
) -> None:
    if was == patterns.NEW and period.is_always:
        raise InvalidInput({"valid_from": ["required"]})
    if was == patterns.NEW_KEPT and venue.is_any:
        raise InvalidInput({"mode": ["required"]})
    if not rules:
        raise InvalidInput({"rules": ["required"]})


def _back(wanted: str) -> Response:
    if wanted.startswith("/desk/calendar"):
        return redirect(addresses.own_path(wanted), 303)
    return redirect(url_for("desk_hours_pages.show", _anchor="exceptions"), 303)


def _exception(form: dict[str, Any]) -> DayException:
    first, last = week_form.read_exception(form["kind"], form["start"], form["end"])
    found = DayException(form["day"], first, last, form["kind"])
    if found.kind is ExceptionKind.OFF:  # the choice is not shown then
        return found
    return found.kept_for(venues.venue_of(form["held"]))


def _own_expert() -> UUID:
    with reading() as session:
        found = experts.expert_of_person(session, viewer().person)
    if found is None:
        raise experts.NotAnExpert("no profile")
    return found


def _page(refused: Refused | None = None) -> Response:
    with reading() as session:
        card = experts.mine(session, viewer()).card
        own = scheduling.hours(session, card.id)
        services = experts.services_of(session, [card.id])[card.id]
        unread = calendars.unread(session, card.id)
    with in_zone(card.time_zone):
        today = local(clock.now()).date()
        chosen = _chosen(services)
        html = render_template(
            "desk/hours.html",
            weeks=patterns.forms_of(
                own,
                today,
                request.form if refused else None,
                refused.errors if refused and refused.form == "week" else None,
            ),
            own=own,
            venues=venues.choices(services, own.venues),
            venue_words=venues.words_of,
            venue_icon=venues.icon_of,
            is_idle=lambda venue: venues.is_idle(venue, services),
            exceptions=[one for one in own.exceptions if one.day >= today],
            services=services,
            chosen=chosen,
            holidays=holidays_form.form_of(own, request.args),
            preview=_preview(chosen, today),
            typed=forms.typed(request.form),
            refused=refused,
            today=today,
            steps=STEPS,
            unread_calendars=unread,
            weekday_name=week_form.weekday_name,
            clock_time=week_form.clock_time,
            length_words=week_form.length_words,
            exception_values=week_form.exception_values,
        )
    return make_response(html, 422 if refused else 200)


def _chosen(services: Sequence[experts.ServiceTerms]) -> experts.ServiceTerms | None:
    """The service whose free starts are shown."""
    wanted = request.args.get("service", "")
    named = (one for one in services if str(one.id) == wanted)
    return next(named, services[0] if services else None)


def _preview(terms: experts.ServiceTerms | None, today: date) -> dict[str, Any] | None:
    """This week and the next four as clients see them, and the first days with their times."""
    if terms is None:
        return None
    ends = week_form.monday_of(today) + timedelta(days=7 * WEEKS)
    with reading() as session:
        window = clock.now(), datetime.combine(ends, time(), current_zone())
        starts = scheduling.free_starts(session, terms, window)
    return {
        "weeks": week_form.weeks(starts, today, WEEKS),
        "days": week_form.by_day(starts, DETAILED_DAYS),
        "held": venues.words_of(Venue(terms.mode, terms.place)),
    }
