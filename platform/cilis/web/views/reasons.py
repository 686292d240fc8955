"""A day of an expert's calendar in words: when a session may begin, when not, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from cilis.domains import bookings, scheduling
from cilis.domains.experts import ServiceTerms
from cilis.domains.scheduling import (
    Because,
    DayException,
    Explanation,
    Reason,
    Venue,
    WeeklyRule,
)
from cilis.infra.i18n import (
    N_,
    current_zone,
    format_datetime,
    format_time,
    gettext,
    local,
    ngettext,
)
from cilis.web.views.hours import clock_time, length_words, weekday_name
from cilis.web.views.venues import words_of
from cilis.web.views.visits import Visit, visits

_AROUND = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Line:
    """A reason in words; with an address where what decided is seen or changed."""

    words: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring starts for which the same is true, as times of the expert's clock.

    ``first`` and ``last`` are starts, both included; ``tone`` is "free", "taken" or "closed".
    """

    first: datetime
    last: datetime
    tone: str
    lines: Sequence[Line]

    @property
    def is_free(self) -> bool:
        """Whether clients may take these starts."""
        return self.tone == "free"


@dataclass(frozen=True, slots=True)
class Told:
    """Who reads: an expert is led to what can be changed, staff only to bookings."""

    terms: ServiceTerms
    side: str
    known: Mapping[UUID, Visit]

    def span(self, found: Sequence[Explanation]) -> Span:
        """Some explanations of which the same is true, in words."""
        first = found[0]
        if first.is_free:
            opened = [self._rule(one) for one in first.rules]
            lines = [*opened, *(self._extra(one) for one in first.extra)]
            return Span(first.wall, found[-1].wall, "free", lines)
        taken = first.against[0].reason in _TAKEN
        return Span(
            first.wall,
            found[-1].wall,
            "taken" if taken else "closed",
            [self._because(one) for one in first.against],
        )

    def _rule(self, rule: WeeklyRule) -> Line:
        words = gettext(
            "Weekly hours, %(day)s %(since)s–%(until)s",
            day=weekday_name(rule.weekday),
            since=clock_time(rule.start_minute),
            until=clock_time(rule.end_minute),
        )
        return Line(_only(words, rule.venue), self._hours())

    def _extra(self, extra: DayException) -> Line:
        words = gettext("Extra hours, %(span)s", span=_minutes(extra))
        return Line(_only(words, extra.venue), self._hours("exceptions"))

    def _because(self, one: Because) -> Line:
        if one.reason in {Reason.TAKEN, Reason.BUFFER}:
            return self._booking(one)
        if one.source_id is not None:
            return self._elsewhere(one)
        if one.rule is not None:
            return self._rule(one.rule)
        if one.exception is not None and one.reason is Reason.OTHER_VENUE:
            return self._extra(one.exception)
        if one.exception is not None:
            named = one.reason is Reason.HOLIDAY
            words = one.exception.label if named else gettext("Time off")
            anchor = "holidays" if named else "exceptions"
            return Line(f"{words}, {_minutes(one.exception)}", self._hours(anchor))
        anchor = "limits" if one.reason in _OF_LIMITS else ""
        return Line(_words(one, self.terms), self._hours(anchor) if one.reason in _CHANGED else "")

    def _booking(self, one: Because) -> Line:
        visit = self.known.get(one.holder_id) if one.holder_id else None
        if visit is None:
            return Line(gettext("Somebody is booking just now"))
        when = f"{format_time(visit.starts_at)}–{format_time(visit.ends_at)}"
        who = visit.client_name or visit.reference
        form = (
            gettext("Session with %(name)s, %(span)s", name=who, span=when)
            if one.reason is Reason.TAKEN
            else gettext("Too close to the session with %(name)s, %(span)s", name=who, span=when)
        )
        return Line(form, url_for("booking_pages.show", booking_id=visit.id))

    def _elsewhere(self, one: Because) -> Line:
        words = (
            gettext(
                "Your calendar “%(name)s” has something then: %(span)s",
                name=one.label,
                span=_window(one),
            )
            if one.reason is Reason.OUTSIDE
            else gettext(
                "Your calendar “%(name)s” cannot be read, so nothing is offered", name=one.label
            )
        )
        return Line(words, url_for("calendar_pages.show") if self.side == "expert" else "")

    def _hours(self, anchor: str = "") -> str:
        if self.side != "expert":
            return ""
        return url_for("desk_hours_pages.show", _anchor=anchor or None)


_OF_LIMITS = frozenset({Reason.DAY_FULL, Reason.WEEK_FULL, Reason.GRID})
_TAKEN = frozenset({Reason.TAKEN, Reason.BUFFER, Reason.OUTSIDE})
_CHANGED = _OF_LIMITS | {Reason.CLOSED}


def day_in_words(session: Session, terms: ServiceTerms, day: date, side: str) -> Sequence[Span]:
    """Every start of a day, neighbours with one and the same reason together.

    Times are told on the clock that is spoken, which has to be the expert's. A few queries more
    than the explanation itself, whatever the day holds.
    """
    found = scheduling.explain_day(session, terms, day)
    middle = datetime.combine(day, time(12), current_zone())
    near = bookings.of_expert(session, terms.expert_id, middle - _AROUND, middle + _AROUND)
    known = {visit.id: visit for visit in visits(session, near, side)}
    told = Told(terms, side, known)
    return [told.span(list(same)) for _, same in groupby(found, _alike)]


def _alike(one: Explanation) -> tuple[object, ...]:
    """What has to be equal for two neighbours to be told together."""
    if one.is_free:
        return one.rules, one.extra
    return tuple(
        (
            why.reason,
            why.exception,
            why.rule,
            why.holder_id,
            why.source_id,
            why.window if why.reason is Reason.OUTSIDE else None,
        )
        for why in one.against
    )


def _only(words: str, venue: Venue) -> str:
    """Hours in words, and what they are kept for, where it is not everything."""
    if venue.is_any:
        return words
    return gettext("%(hours)s, only for: %(held)s", hours=words, held=words_of(venue))


def _minutes(one: DayException) -> str:
    if one.start_minute == 0 and one.end_minute == scheduling.DAY_MINUTES:
        return gettext("the whole day")
    return f"{clock_time(one.start_minute)}–{clock_time(one.end_minute)}"


def _window(one: Because) -> str:
    """From when until when an entry lasts; with its days where it is not within one."""
    assert one.window is not None  # noqa: S101 - tells mypy
    since, until = one.window
    if local(since).date() == local(until).date():
        return f"{format_time(since)}–{format_time(until)}"
    return f"{format_datetime(since)} – {format_datetime(until)}"


def _words(one: Because, terms: ServiceTerms) -> str:
    """A reason that needs nothing but itself and the service."""
    match one.reason:
        case Reason.NOTICE:
            return gettext(
                "Too soon: booked at least %(length)s ahead, so from %(time)s on",
                length=length_words(terms.notice),
                time=format_datetime(one.at) if one.at else "",
            )
        case Reason.TOO_FAR:
            return gettext(
                "Too far: booked at most %(length)s ahead", length=length_words(terms.window)
            )
        case Reason.GRID | Reason.DAY_FULL | Reason.WEEK_FULL:
            return _limit(one)
        case _:
            return gettext(_PLAIN[one.reason])


_PLAIN = {
    Reason.PAST: N_("Already over"),
    Reason.SKIPPED: N_("This time does not exist on this day: the clock jumps over it"),
    Reason.REPEATED: N_("This hour comes twice on this day and is offered the first time"),
    Reason.CLOSED: N_("Outside the working hours, or the session would run past them"),
}


def _limit(one: Because) -> str:
    if one.reason is Reason.GRID:
        return ngettext(
            "Sessions start every %(n)s minute", "Sessions start every %(n)s minutes", one.limit
        )
    if one.reason is Reason.DAY_FULL:
        return ngettext(
            "The day is full: at most %(n)s session",
            "The day is full: at most %(n)s sessions",
            one.limit,
        )
    return ngettext(
        "The week is full: at most %(n)s session",
        "The week is full: at most %(n)s sessions",
        one.limit,
    )
