"""The weeks of an expert as forms: each with its period, its hours in words, and its boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from cilis.domains.scheduling import EVERYTHING, Hours, Pattern, Period, Venue, WeeklyRule
from cilis.infra.i18n import format_date, gettext, short_weekday
from cilis.kit.errors import InvalidInput
from cilis.web.views import venues
from cilis.web.views.hours import Day, clock_time, typed_week, week_of

NEW = "new"
NEW_KEPT = "new-kept"
"""The key of a week that is added for some services only, besides the others."""
_MONDAY = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """Some weekdays and their hours: "Mon – Fri", ("09:00–12:00", "13:00–17:00")."""

    days: str
    spans: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekForm:
    """One week that can be changed; ``key`` names it in forms, ``prefix`` begins its ids."""

    key: str
    prefix: str
    title: str
    venue: Venue
    lines: Sequence[Line]
    days: Sequence[Day]
    since: str
    until: str
    instead: bool
    is_over: bool
    errors: Mapping[str, Sequence[str]]

    @property
    def is_always(self) -> bool:
        """Whether it is the one that holds without beginning or end."""
        return self.key == key_of(Period())

    @property
    def is_new(self) -> bool:
        """Whether it is not there yet."""
        return self.key in {NEW, NEW_KEPT}

    @property
    def is_kept(self) -> bool:
        """Whether it is for some services only."""
        return self.key == NEW_KEPT or not self.venue.is_any

    @property
    def held(self) -> str:
        """What it is for, as its choice names it."""
        return venues.key_of(self.venue)

    @property
    def has_errors(self) -> bool:
        """Whether it was refused just now."""
        return bool(self.errors)


def key_of(period: Period, venue: Venue = EVERYTHING) -> str:
    """A week as a form names it: "2027-06-01_2027-08-31", "_" for always, "_/video" for one way."""
    since, until = (day.isoformat() if day else "" for day in (period.since, period.until))
    kept = "" if venue.is_any else f"/{venues.key_of(venue)}"
    return f"{since}_{until}{kept}"


def period_of(key: str) -> Period | None:
    """The period that a key names; None when it names a new one or none."""
    since, found, until = key.partition("/")[0].partition("_")
    try:
        return Period(_day(since), _day(until)) if found else None
    except ValueError:
        return None


def venue_of(key: str) -> Venue:
    """What the week is for that a key names."""
    return venues.venue_of(key.partition("/")[2])


def read_period(form: Mapping[str, str]) -> Period:
    """The first and the last day as they were typed; raises InvalidInput."""
    days: dict[str, date | None] = {}
    for name in ("valid_from", "valid_until"):
        try:
            days[name] = _day(form.get(name, ""))
        except ValueError as problem:
            raise InvalidInput({name: ["invalid"]}) from problem
    return Period(days["valid_from"], days["valid_until"])


def forms_of(
    hours: Hours,
    today: date,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
) -> list[WeekForm]:
    """Every week of an expert, the one without dates first, and two to add.

    ``typed`` is a form that was refused, with its ``errors``.
    """
    always = Pattern(Period(), ())
    patterns = hours.patterns
    if not patterns or not patterns[0].period.is_always or not patterns[0].venue.is_any:
        patterns = [always, *patterns]
    refused = (typed or {}).get("was", key_of(Period())) if errors else ""
    found = [
        *(_form(one, f"p{place}-" if place else "", today) for place, one in enumerate(patterns)),
        _new(_usual(patterns, today)),
        _new_kept(),
    ]
    if len(patterns) > 1 and not patterns[0].rules and refused != found[0].key:
        found = found[1:]  # every week has its dates
    return [
        _typed(one, typed, errors) if typed and errors and one.key == refused else one
        for one in found
    ]


def _usual(patterns: Sequence[Pattern], today: date) -> Pattern:
    """The week that most hours come of just now."""
    near = [one for one in patterns if one.period.overlaps(Period(today, today))]
    return max(near or patterns, key=lambda one: len(one.rules))


def title_of(period: Period) -> str:
    """When a week holds, in words."""
    first = format_date(period.since, "short") if period.since else ""
    last = format_date(period.until, "short") if period.until else ""
    if first and last:
        return f"{first} – {last}"
    if first:
        return gettext("From %(day)s", day=first)
    return gettext("Until %(day)s", day=last) if last else gettext("Every week")


def lines_of(rules: Sequence[WeeklyRule]) -> list[Line]:
    """A week in words: days one after the other with the same hours stand together."""
    by_day = {
        weekday: tuple(
            f"{clock_time(one.start_minute)}–{clock_time(one.end_minute)}" for one in of_day
        )
        for weekday, of_day in groupby(
            sorted(rules, key=lambda one: (one.weekday, one.start_minute)),
            lambda one: one.weekday,
        )
    }
    found: list[Line] = []
    first = 0
    for weekday in range(7):
        if weekday < 6 and by_day.get(weekday + 1) == by_day.get(weekday):
            continue
        if weekday in by_day:
            found.append(Line(_days(first, weekday), by_day[weekday]))
        first = weekday + 1
    return found


def _form(pattern: Pattern, prefix: str, today: date) -> WeekForm:
    period = pattern.period
    return WeekForm(
        key=key_of(period, pattern.venue),
        prefix=prefix,
        title=title_of(period),
        venue=pattern.venue,
        lines=lines_of(pattern.rules),
        days=week_of(pattern.rules),
        since=period.since.isoformat() if period.since else "",
        until=period.until.isoformat() if period.until else "",
        instead=False,
        is_over=period.until is not None and period.until < today,
        errors={},
    )


def _new(usual: Pattern) -> WeekForm:
    """A week to add: it begins as the usual one, and holds instead of it."""
    return WeekForm(
        key=NEW, prefix="new-", title=gettext("Another week for a while"),
        venue=usual.venue, lines=(),
        days=week_of(usual.rules), since="", until="", instead=True, is_over=False, errors={},
    )  # fmt: skip


def _new_kept() -> WeekForm:
    """Hours to add for one way of meeting: every week, besides the others."""
    return WeekForm(
        key=NEW_KEPT, prefix="kept-", title=gettext("Hours for some services only"),
        venue=EVERYTHING, lines=(), days=week_of(()), since="", until="", instead=False,
        is_over=False, errors={},
    )  # fmt: skip


def _typed(
    form: WeekForm, typed: Mapping[str, str], errors: Mapping[str, Sequence[str]]
) -> WeekForm:
    return replace(
        form,
        venue=venues.read_venue(typed, form.venue),
        days=typed_week(typed),
        since=typed.get("valid_from", ""),
        until=typed.get("valid_until", ""),
        instead=typed.get("instead") == "1",
        errors=errors,
    )


def _days(first: int, last: int) -> str:
    names = [short_weekday(_MONDAY + timedelta(days=one)) for one in (first, last)]
    return names[0] if first == last else " – ".join(names)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
