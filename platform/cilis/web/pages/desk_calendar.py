"""The expert's calendar: a week as a list with forms; with scripts also to drag and to look at."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, jsonify, make_response, render_template, request
from werkzeug import Response

from cilis.domains import calendars, experts
from cilis.infra.db import reading
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import in_zone, local
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.web.views import agenda, venues
from cilis.web.views.days import day_of
from cilis.web.views.hours import clock_time, exception_values, monday_of
from cilis.web.views.visits import LIVE_EVENTS

pages = Blueprint("desk_calendar_pages", __name__)
FIRST, LAST = date(2001, 1, 1), date(2099, 12, 1)
LONGEST = timedelta(days=45)
DAYS_OF_A_WEEK = 6


@pages.get("/desk/calendar")
@policy("expert")
def show() -> Response:
    """One week, by days."""
    card = _card()
    with in_zone(card.time_zone):
        monday = monday_of(_day(request.args.get("week", "")) or _today())
        with reading() as session:
            week = agenda.calendar(session, card, monday, monday + timedelta(days=DAYS_OF_A_WEEK))
            unread = calendars.unread(session, card.id)
            services = experts.services_of(session, [card.id])[card.id]
        html = render_template(
            "desk/calendar.html",
            week=week,
            before=monday - timedelta(days=7),
            after=monday + timedelta(days=7),
            today=_today(),
            zone=card.time_zone,
            live_events=f"{LIVE_EVENTS} scheduling.changed",
            live_rooms=[f"expert:{card.id}"],
            clock_time=clock_time,
            exception_values=exception_values,
            refused=None,
            venues=venues.choices(services, [one.venue for one in week.exceptions]),
            venue_words=venues.words_of,
            unread_calendars=unread,
        )
    return make_response(html)


@pages.get("/desk/calendar/entries")
@policy("expert")
def entries() -> Response:
    """What the script shows from one day up to but without another."""
    first, end = (_day(request.args.get(name, "")) for name in ("from", "until"))
    if first is None or end is None:
        raise InvalidInput({"from": ["required"]})
    if not first < end <= first + LONGEST:
        raise InvalidInput({"until": ["out_of_range"]})
    card = _card()
    with in_zone(card.time_zone), reading() as session:
        found = agenda.calendar(session, card, first, end - timedelta(days=1))
        items: list[dict[str, Any]] = found.items()
    return jsonify(items)


def _card() -> experts.ExpertCard:
    with reading() as session:
        return experts.mine(session, viewer()).card


def _today() -> date:
    return local(clock.now()).date()


def _day(given: str) -> date | None:
    found = day_of(given[:10])
    return min(max(found, FIRST), LAST) if found else None
