"""/admin/figures: how it goes, over any days, beside the days before; each as a file too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, make_response, render_template, request
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from cilis.domains import analytics, experts
from cilis.domains.analytics import Figures, Measure, Period, Ranked, Unit
from cilis.infra.db import reading
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import flatten
from cilis.infra.i18n import gettext, translated
from cilis.kit import sheets
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.web.views import days
from cilis.web.views import figures as views
from cilis.web.visit import organization

pages = Blueprint("admin_figure_pages", __name__)
_ASKS = ("period", "from", "until")
MOST = 1000
"""Rows of a ranking in a file."""


@dataclass(frozen=True, slots=True)
class Place:
    """One line of a ranking."""

    name: str
    address: str
    ranked: Ranked
    value: Money


@pages.get("/admin/figures")
@policy("admin", "support")
def show() -> Response:
    """Every chart with its table; the days come from the address."""
    errors: dict[str, list[str]] = {}
    with reading() as session:
        try:
            period = asked(session)
        except InvalidInput as refusal:
            errors = refusal.fields
            period = usual(session)
        found = analytics.figures(session, period)
        fields = ranked_fields(session, period)
        leading = ranked_experts(session, period)
    html = render_template(
        "admin/figures.html",
        period=period,
        preset=preset(),
        presets=presets(),
        errors=errors,
        typed=request.args,
        figures=found,
        charts=[views.chart(found, measure) for measure in views.SHOWN],
        fields=fields,
        leading=leading,
        step_name=views.step_name(found.step),
        words=views.period_words(period),
        words_before=views.period_words(period.before),
        span=views.span(period),
        zone=days.home_zone(),
        most=views.total,
    )
    return make_response(html, 422 if errors else 200)


@pages.get("/admin/figures/<any(fields, experts):ranking>.csv")
@policy("admin", "support")
def ranking_file(ranking: str) -> Response:
    """A ranking as a file."""
    with reading() as session:
        period = asked(session)
        read = ranked_fields if ranking == "fields" else ranked_experts
        places = read(session, period, MOST)
    header = [
        gettext("Field") if ranking == "fields" else gettext("Expert"),
        gettext("Sessions"),
        gettext("Sessions before"),
        gettext("Sessions cancelled"),
        f"{gettext('Price of the sessions')} ({organization().currency})",
    ]
    rows = (
        (one.name, one.ranked.sessions, one.ranked.before, one.ranked.cancelled, one.value)
        for one in places
    )
    return _file(f"{ranking}-{period.first}-{period.last}", header, rows)


@pages.get("/admin/figures/<string:name>.csv")
@policy("admin", "support")
def measure_file(name: str) -> Response:
    """One measure day by day, or all of them, as a file."""
    if name != "all" and name not in set(Measure):
        abort(404)
    wanted = [Measure(name)] if name != "all" else list(Measure)
    with reading() as session:
        period = asked(session)
        found = analytics.figures(session, period, analytics.Step.DAY)
    header = [gettext("Day")]
    for measure in wanted:
        label = gettext(views.NAMES[measure])
        if found.of(measure).unit is Unit.MONEY:
            label = f"{label} ({found.currency})"
        header += [label, f"{label}, {gettext('the period before')}"]
    return _file(f"{name}-{period.first}-{period.last}", header, _days(found, wanted))


def asked(session: Session) -> Period:
    """The days that the address asks for; raises InvalidInput."""
    typed = {name: request.args[name] for name in _ASKS if request.args.get(name)}
    try:
        wanted = analytics.PeriodArgs().load(typed)
    except ValidationError as problem:
        raise InvalidInput(flatten(problem.messages)) from problem
    return analytics.asked_period(analytics.today(session), **wanted)


def usual(session: Session) -> Period:
    """The days that are shown when nobody asks for others."""
    return analytics.asked_period(analytics.today(session))


def preset() -> str:
    """The preset that the address asks for; nothing when it names days."""
    if request.args.get("from") or request.args.get("until"):
        return ""
    wanted = request.args.get("period", "")
    return wanted if wanted in analytics.PRESETS else analytics.USUAL


def presets() -> list[tuple[str, str]]:
    """The choices of a period."""
    return [(name, gettext(words)) for name, (words, _) in analytics.PRESETS.items()]


def ranked_fields(session: Session, period: Period, limit: int = 8) -> list[Place]:
    """The leading fields with their names."""
    names = {
        topic.id: (translated(topic.names), f"/experts?field={topic.slug}")
        for root in experts.topics(session)
        for topic in root.walk()
    }
    return _places(analytics.top_topics(session, period, limit), names)


def ranked_experts(session: Session, period: Period, limit: int = 8) -> list[Place]:
    """The leading experts with their names."""
    found = analytics.top_experts(session, period, limit)
    cards = experts.cards(session, [one.id for one in found if one.id is not None])
    names = {one: (card.name, f"/experts/{card.slug}") for one, card in cards.items()}
    return _places(found, names)


def _places(found: Sequence[Ranked], names: dict[UUID, tuple[str, str]]) -> list[Place]:
    currency = organization().currency
    others = (gettext("Others"), "")
    named = [(one, names.get(one.id, others) if one.id else others) for one in found]
    return [Place(*name, one, Money(one.value_minor, currency)) for one, name in named]


def _days(found: Figures, wanted: Sequence[Measure]) -> Iterable[list[sheets.Cell]]:
    for place, point in enumerate(found.of(wanted[0]).points):
        cells: list[sheets.Cell] = [point.period.first.isoformat()]
        for measure in wanted:
            series = found.of(measure)
            one = series.points[place]
            cells += [
                _cell(value, series.unit, found.currency) for value in (one.value, one.before)
            ]
        yield cells


def _cell(value: float | None, unit: Unit, currency: str) -> sheets.Cell:
    if value is None:
        return None
    if unit is Unit.MONEY:
        return Money(int(value), currency)
    return round(value, 2) if unit is Unit.PERCENT else int(value)


def _file(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    response = Response(sheets.lines(header, rows), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    response.headers["Cache-Control"] = "no-store"
    return response
