"""The slot picker: which service, which day, which time; complete without any script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy.orm import Session

from cilis.domains import bookings, experts, scheduling, tenants
from cilis.domains.experts import ServiceTerms
from cilis.infra.i18n import (
    current_zone,
    format_date,
    format_day_short,
    format_time,
    gettext,
    local,
    short_weekday,
    zone_label,
)
from cilis.kit import clock
from cilis.kit.viewer import Viewer

STRIP = 14
"""Days shown at once."""
_NOON, _EVENING = 12, 18
_PARTS = (("morning", "sunrise"), ("afternoon", "sun"), ("evening", "moon"))


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address of the page asks for; anything may be missing or stale."""

    service_id: UUID | None = None
    day: date | None = None
    at: datetime | None = None
    taken: datetime | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the strip."""

    date: date
    weekday: str
    free: bool
    chosen: bool
    address: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One start, with the words that stand for it once it is chosen."""

    starts_at: datetime
    state: str  # free, mine, taken
    chosen: bool
    long: str
    short: str
    until: str


@dataclass(frozen=True, slots=True)
class Part:
    """Morning, afternoon or evening of the chosen day."""

    key: str
    icon: str
    slots: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class Choice:
    """One service to choose."""

    offer: experts.ServiceOffer
    chosen: bool
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picker:
    """Everything the picker shows."""

    terms: ServiceTerms
    choices: Sequence[Choice]
    days: Sequence[Day]
    parts: Sequence[Part]
    chosen: Slot | None
    taken: datetime | None
    lost: bool
    held: bookings.Booking | None
    near: Sequence[tuple[datetime, str]]
    earlier: str
    later: str
    next_free: str
    address: str

    @property
    def month(self) -> str:
        """The month of the strip's chosen day, or its first."""
        shown = next((day.date for day in self.days if day.chosen), self.days[0].date)
        return format_date(shown, "month")

    @property
    def expert_zone(self) -> str:
        """The expert's zone in words, where its clock shows another time than the reader's."""
        zone, now = ZoneInfo(self.terms.time_zone), clock.now()
        if now.astimezone(zone).utcoffset() == local(now).utcoffset():
            return ""
        return zone_label(now, zone)

    @property
    def has_free(self) -> bool:
        """Whether any day of the strip has a free time."""
        return any(day.free for day in self.days)


def picker(
    session: Session,
    profile: experts.Profile,
    organization: tenants.Organization,
    wish: Wish,
    viewer: Viewer,
) -> Picker | None:
    """The picker of an expert; None when no service can be booked. Three to five queries."""
    offers = profile.offered
    if not offers or not profile.card.listed:
        return None
    offer = next((one for one in offers if one.id == wish.service_id), offers[0])
    terms, links = offer.terms, _Links(profile.card.slug, offer.id)
    first = _first_day(session, terms, wish)
    found = scheduling.free_starts(session, terms, _window(first, STRIP))
    held = _held(session, profile.id, viewer)
    mine = held.starts_at if held and held.service_id == terms.id else None
    if mine and first <= _day(mine) < first + timedelta(days=STRIP):
        found = sorted({*found, mine})
    free = {day: list(starts) for day, starts in groupby(found, _day)}
    shown = _shown_day(wish, free, first)
    taken = _taken(wish, found)
    slots = _slots(terms, organization, free.get(shown, []), wish, _Special(taken, mine, shown))
    beyond = scheduling.next_starts(session, [terms], 1, _midnight(first + timedelta(days=STRIP)))
    later = links.day(_day(beyond[terms.id][0])) if beyond.get(terms.id) else ""
    next_day = next((day for day in sorted(free) if day > shown), None)
    near = scheduling.near_starts(session, terms, taken) if taken else []
    return Picker(
        terms=terms,
        choices=[
            Choice(one, one.id == offer.id, _Links(links.slug, one.id).all()) for one in offers
        ],
        days=[
            Day(day, short_weekday(day), day in free, day == shown, links.day(day))
            for day in (first + timedelta(days=number) for number in range(STRIP))
        ],
        parts=_parts(slots),
        chosen=next((slot for slot in slots if slot.chosen), None),
        taken=taken,
        lost=taken is not None and taken == wish.taken,
        held=held,
        near=[(one, links.start(one)) for one in near],
        earlier=links.day(first - timedelta(days=1)) if first > _day(clock.now()) else "",
        later=later,
        next_free=links.day(next_day) if next_day else later,
        address=links.day(shown).partition("#")[0],
    )


@dataclass(frozen=True, slots=True)
class _Links:
    """Addresses of the picker's own choices; each works without script."""

    slug: str
    service_id: UUID

    def all(self) -> str:
        """This service, at its first free time."""
        return self._address()

    def day(self, day: date) -> str:
        """One day of this service."""
        return self._address(day=day.isoformat())

    def start(self, start: datetime) -> str:
        """One start of this service."""
        return self._address(at=start.isoformat())

    def _address(self, **more: str) -> str:
        values = {"slug": self.slug, "service": str(self.service_id), **more}
        return url_for("expert.show", _anchor="times", **values)  # type: ignore[arg-type]


def free_until(organization: tenants.Organization, starts_at: datetime) -> datetime | None:
    """Until when a session may be given up free of charge; None when that time is over."""
    hours = [tier.hours for tier in organization.cancellation if tier.percent == 100]
    until = starts_at - timedelta(hours=min(hours)) if hours else None
    return until if until and until > clock.now() else None


def _first_day(session: Session, terms: ServiceTerms, wish: Wish) -> date:
    """The first day of the strip: today, unless what is wished or free lies beyond it."""
    today = _day(clock.now())
    wanted = _wanted_day(wish)
    if wanted is None:
        soonest = scheduling.next_starts(session, [terms], 1, days=terms.window.days or 1)[terms.id]
        wanted = _day(soonest[0]) if soonest else today
    wanted = min(max(wanted, today), today + terms.window)
    return today + timedelta(days=(wanted - today).days // STRIP * STRIP)


def _wanted_day(wish: Wish) -> date | None:
    return wish.day or next((_day(one) for one in (wish.at, wish.taken) if one), None)


def _shown_day(wish: Wish, free: Mapping[date, object], first: date) -> date:
    wanted = _wanted_day(wish)
    if wanted and first <= wanted < first + timedelta(days=STRIP):
        return wanted
    return min(free, default=first)


@dataclass(frozen=True, slots=True)
class _Special:
    """The starts that are not simply free: one that somebody else just took, one's own hold."""

    taken: datetime | None
    mine: datetime | None
    day: date

    def state(self, start: datetime) -> str:
        """What a start is to this viewer."""
        return "mine" if start == self.mine else "taken" if start == self.taken else "free"


def _held(session: Session, expert_id: UUID, viewer: Viewer) -> bookings.Booking | None:
    """What the viewer's browser holds of this expert: going back must lose nothing."""
    held = bookings.hold_of(session, viewer)
    return held if held and held.expert_id == expert_id else None


def _taken(wish: Wish, found: Sequence[datetime]) -> datetime | None:
    """The start that somebody wanted and that is gone; nothing when it is simply over."""
    wanted = [one for one in (wish.taken, wish.at) if one and one > clock.now()]
    return next((one for one in wanted if one not in found), None)


def _slots(
    terms: ServiceTerms,
    organization: tenants.Organization,
    starts: Sequence[datetime],
    wish: Wish,
    special: _Special,
) -> list[Slot]:
    """The day's starts; one that was just taken keeps its place. The first is chosen at once."""
    chosen = next((one for one in (wish.at, special.mine) if one in starts), None)
    if chosen is None and special.taken is None and starts:
        chosen = starts[0]
    gone = {special.taken} if special.taken and _day(special.taken) == special.day else set()
    return [
        _slot(terms, organization, one, special.state(one), chosen)
        for one in sorted({*starts, *gone})
    ]


def _slot(
    terms: ServiceTerms,
    organization: tenants.Organization,
    start: datetime,
    state: str,
    chosen: datetime | None,
) -> Slot:
    until = free_until(organization, start)
    nothing_yet = gettext("You do not pay at this step.")
    return Slot(
        start,
        state,
        start == chosen,
        long=f"{format_date(start)}, {format_time(start)}–{format_time(start + terms.length)}",
        short=f"{format_day_short(start)}, {format_time(start)}",
        until=gettext(
            "Free cancellation until %(time)s, %(day)s. You do not pay at this step.",
            time=format_time(until),
            day=format_date(until, "weekday"),
        )
        if until
        else nothing_yet,
    )


def _parts(slots: Sequence[Slot]) -> list[Part]:
    def number(slot: Slot) -> int:
        hour = local(slot.starts_at).hour
        return 0 if hour < _NOON else 1 if hour < _EVENING else 2

    return [Part(*_PARTS[key], list(group)) for key, group in groupby(slots, number)]


def _day(instant: datetime) -> date:
    return local(instant).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), current_zone())


def _window(first: date, days: int) -> tuple[datetime, datetime]:
    return max(_midnight(first), clock.now()), _midnight(first + timedelta(days=days))
