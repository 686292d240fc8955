"""What hours are kept for, in words and as a choice: a way of meeting, perhaps one place of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cilis.domains.experts import ServiceMode, ServiceTerms
from cilis.domains.scheduling import EVERYTHING, Venue
from cilis.infra.i18n import gettext
from cilis.web.views.modes import modes

Choice = tuple[str, str]
"""The value of an option and its words."""


def words_of(venue: Venue) -> str:
    """What hours are kept for: "By video", "In person, 12 Lê Lợi"."""
    if venue.is_any:
        return gettext("All services")
    known = modes().get(venue.mode)
    return ", ".join(filter(None, (known.words if known else venue.mode, venue.place)))


def icon_of(venue: Venue) -> str:
    """The sign of a way of meeting."""
    known = modes().get(venue.mode)
    return known.icon if known else "calendar-clock"


def key_of(venue: Venue) -> str:
    """A venue as an option names it: "in_person|12 Lê Lợi", "" for everything."""
    return f"{venue.mode}|{venue.place}" if venue.place else venue.mode


def venue_of(key: str) -> Venue:
    """The venue that an option names; whether there is such a one is not asked."""
    mode, _, place = key.partition("|")
    return Venue(mode, place)


def read_venue(form: Mapping[str, str], otherwise: Venue = EVERYTHING) -> Venue:
    """What a form keeps its hours for; a form without the choice leaves it as it was."""
    return venue_of(form["held"]) if "held" in form else otherwise


def choices(services: Sequence[ServiceTerms], kept: Iterable[Venue] = ()) -> list[Choice]:
    """What hours may be kept for, everything first; none where all services are held alike.

    One place alone is not offered by its name: whoever moves would lose the hours. What is
    ``kept`` already can always be chosen again.
    """
    held = {Venue(one.mode, one.place) for one in services}
    places = {one for one in held if one.mode == ServiceMode.IN_PERSON}
    found = {Venue(one.mode) for one in held}
    if len(places) > 1:
        found |= places
    found |= set(kept)
    found.discard(EVERYTHING)
    if len(held) < 2 and not set(kept) - {EVERYTHING}:
        return []
    order = list(modes())
    ordered = sorted(found, key=lambda one: (_rank(order, one.mode), one.mode, one.place))
    return [("", words_of(EVERYTHING)), *((key_of(one), words_of(one)) for one in ordered)]


def is_idle(venue: Venue, services: Sequence[ServiceTerms]) -> bool:
    """Whether no service is held like this, so that nobody can book the hours."""
    return not any(venue.serves(Venue(one.mode, one.place)) for one in services)


def _rank(order: Sequence[str], mode: str) -> int:
    return order.index(mode) if mode in order else len(order)
