"""Figures as people read them: words, numbers of a language, small drawings, rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from flask import url_for

from cilis.domains.analytics import Figures, Measure, Period, Series, Step, Unit
from cilis.infra.i18n import N_, format_date, format_money, format_number, gettext
from cilis.kit.money import Money, decimals
from cilis.web.views.drawings import Drawing, bars, line

NAMES: Mapping[Measure, str] = {
    Measure.BOOKINGS: N_("Bookings made"),
    Measure.SESSIONS: N_("Sessions"),
    Measure.COMPLETED: N_("Sessions completed"),
    Measure.REVENUE: N_("Money received"),
    Measure.REFUNDS: N_("Money paid back"),
    Measure.FILL_RATE: N_("Hours filled"),
    Measure.CANCELLED: N_("Sessions cancelled"),
    Measure.CANCELLATION_RATE: N_("Share cancelled"),
    Measure.NO_SHOWS: N_("No-shows"),
    Measure.NEW_PEOPLE: N_("New people"),
    Measure.PEOPLE: N_("People"),
    Measure.NEW_EXPERTS: N_("New experts"),
    Measure.EXPERTS: N_("Experts"),
}
MEANINGS: Mapping[Measure, str] = {
    Measure.BOOKINGS: N_("By the day of booking; a hold that nobody paid is none."),
    Measure.SESSIONS: N_("By the day of the session: confirmed, completed or missed."),
    Measure.COMPLETED: N_("By the day of the session."),
    Measure.REVENUE: N_("By the day on which the money came, tax included."),
    Measure.REFUNDS: N_("By the day on which the money went back."),
    Measure.FILL_RATE: N_(
        "Booked time as a share of the time that experts offered, up to yesterday."
    ),
    Measure.CANCELLED: N_("By the day for which the session was planned."),
    Measure.CANCELLATION_RATE: N_("Of all sessions planned for these days."),
    Measure.NO_SHOWS: N_("Sessions to which somebody did not come."),
    Measure.NEW_PEOPLE: N_("Accounts by the day on which they were made."),
    Measure.PEOPLE: N_("All accounts at the end of each day."),
    Measure.NEW_EXPERTS: N_("By the day of their verification."),
    Measure.EXPERTS: N_("All who were verified up to the end of each day."),
}
SHOWN = (
    Measure.BOOKINGS,
    Measure.REVENUE,
    Measure.SESSIONS,
    Measure.FILL_RATE,
    Measure.PEOPLE,
    Measure.NEW_PEOPLE,
    Measure.EXPERTS,
    Measure.CANCELLATION_RATE,
    Measure.NO_SHOWS,
    Measure.REFUNDS,
)
"""The charts of the page of figures, in their order."""
_LESS_IS_BETTER = frozenset(
    {Measure.CANCELLED, Measure.CANCELLATION_RATE, Measure.NO_SHOWS, Measure.REFUNDS}
)
_STANDS = frozenset({Measure.PEOPLE, Measure.EXPERTS})
"""What stands at the end of a day instead of adding up."""
_SESSIONS: Mapping[Measure, str] = {
    Measure.SESSIONS: "",
    Measure.COMPLETED: "completed",
    Measure.CANCELLED: "cancelled",
    Measure.CANCELLATION_RATE: "cancelled",
    Measure.NO_SHOWS: "no_show",
    Measure.FILL_RATE: "",
}
"""What is counted by the day of the session, and the state that narrows the list of bookings."""
_MONEY = frozenset({Measure.REVENUE, Measure.REFUNDS})
_FLAT = 0.05  # a percent change below this is none


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a chart's table; ``n`` and ``m`` are the numbers that the chart draws."""

    label: str
    address: str  # where these days are seen more closely
    n: float | None
    m: float | None
    value: str
    before: str
    change: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One measure with everything that its card shows."""

    key: str
    name: str
    meaning: str
    value: str
    before: str
    change: str
    tone: str  # "", is-better, is-worse
    icon: str
    kind: str  # bars, line
    unit: str
    digits: int
    drawing: Drawing
    rows: Sequence[Row]


def chart(figures: Figures, measure: Measure) -> Chart:
    """A measure's card."""
    series = figures.of(measure)
    is_line = measure in _STANDS or series.unit is Unit.PERCENT
    values = [point.value for point in series.points]
    before = [point.before for point in series.points]
    return Chart(
        measure.value,
        gettext(NAMES[measure]),
        gettext(MEANINGS[measure]),
        shown(series.value, series.unit, figures.currency),
        shown(series.before, series.unit, figures.currency),
        change(series.value, series.before, series.unit),
        _tone(series),
        _icon(series),
        "line" if is_line else "bars",
        series.unit.value,
        decimals(figures.currency) if series.unit is Unit.MONEY else 0,
        line(values, before) if is_line else bars(values, before),
        [_row(figures, series, place) for place in range(len(series.points))],
    )


def spark(figures: Figures, measure: Measure) -> Drawing:
    """A measure's trend, small."""
    return line([point.value for point in figures.of(measure).points], None, from_zero=False)


def shown(value: float | None, unit: Unit, currency: str) -> str:
    """A value with its unit; a dash where there is none."""
    if value is None:
        return "–"
    if unit is Unit.MONEY:
        return format_money(Money(int(value), currency))
    if unit is Unit.PERCENT:
        return f"{format_number(value, 1)} %"
    return format_number(value)


def change(value: float | None, before: float | None, unit: Unit) -> str:
    """The difference to the period before: +47, +11,8 %, −0,7 points; or nothing."""
    if value is None or before is None or value == before:
        return ""
    if unit is Unit.PERCENT:
        if abs(value - before) < _FLAT:
            return ""
        return gettext("%(number)s points", number=_signed(value - before, 1))
    if unit is Unit.MONEY:
        return f"{_signed(100 * (value - before) / before, 1)} %" if before else ""
    return _signed(value - before, 0)


def step_name(step: Step) -> str:
    """What one point of a chart is."""
    return {
        Step.DAY: gettext("Day"),
        Step.WEEK: gettext("Week from"),
        Step.MONTH: gettext("Month"),
    }[step]


def period_words(period: Period) -> str:
    """The days as words: 25/10/2026 – 23/11/2026."""
    if period.first == period.last:
        return format_date(period.first, "short")
    return f"{format_date(period.first, 'short')} – {format_date(period.last, 'short')}"


def span(period: Period) -> dict[str, str]:
    """A period in an address."""
    return {"from": period.first.isoformat(), "until": period.last.isoformat()}


def total(values: Iterable[int]) -> int:
    """The largest, at least one: what a share bar's whole is."""
    return max([1, *values])


def _row(figures: Figures, series: Series, place: int) -> Row:
    point = series.points[place]
    return Row(
        _label(point.period, figures.step),
        _closer(series.measure, figures.step, point.period),
        point.value,
        point.before,
        shown(point.value, series.unit, figures.currency),
        shown(point.before, series.unit, figures.currency),
        change(point.value, point.before, series.unit),
    )


def _closer(measure: Measure, step: Step, period: Period) -> str:
    """These days by themselves; a single day as the list of what is counted on it."""
    if step is not Step.DAY:
        return _address("admin_figure_pages.show", span(period))
    day = {"since": period.first.isoformat(), "until": period.last.isoformat()}
    if measure in _SESSIONS:
        state = {"state": _SESSIONS[measure]} if _SESSIONS[measure] else {}
        return _address("admin_booking_pages.index", day | state)
    return _address("admin_payment_pages.index", day) if measure in _MONEY else ""


def _address(endpoint: str, asked: Mapping[str, str]) -> str:
    return f"{url_for(endpoint)}?{urlencode(asked)}"


def _label(period: Period, step: Step) -> str:
    if step is Step.MONTH and period.days > _WEEK:
        return format_date(period.first, "month")
    return _day(period.first)


_WEEK = 27


def _day(day: date) -> str:
    return format_date(day, "day")


def _signed(number: float, digits: int) -> str:
    return f"{'+' if number > 0 else '−'}{format_number(abs(number), digits)}"


def _tone(series: Series) -> str:
    if not change(series.value, series.before, series.unit):
        return ""
    better = ((series.change or 0) > 0) is not (series.measure in _LESS_IS_BETTER)
    return "is-better" if better else "is-worse"


def _icon(series: Series) -> str:
    if not change(series.value, series.before, series.unit):
        return "minus"
    return "trending-up" if (series.change or 0) > 0 else "trending-down"
