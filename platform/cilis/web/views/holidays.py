"""Public holidays as a form: a country, perhaps a region, and a box for each day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel import Locale

from cilis.domains import scheduling
from cilis.infra.i18n import current_language
from cilis.kit.text import sort_key
from cilis.web.visit import organization


@dataclass(frozen=True, slots=True)
class HolidaysForm:
    """What may be chosen, what is chosen, and the days that come of it."""

    countries: Sequence[tuple[str, str]]
    regions: Sequence[tuple[str, str]]
    place: scheduling.Place
    days: Sequence[tuple[scheduling.Holiday, bool]]
    is_kept: bool
    taken: str


def form_of(own: scheduling.Hours, asked: Mapping[str, str]) -> HolidaysForm:
    """The form for the asked place, or the one whose holidays are taken, or none yet."""
    place = _asked(asked) or own.holidays_of or scheduling.Place("")
    days: Sequence[tuple[scheduling.Holiday, bool]] = ()
    if place.country:
        days = scheduling.coming_holidays(own, place, current_language())
    names = Locale.parse(current_language()).territories
    countries = [(code, str(names.get(code, code))) for code in scheduling.countries()]
    home = organization().country
    countries.sort(key=lambda pair: (pair[0] != home, sort_key(pair[1], current_language())))
    kept = own.holidays_of
    taken = ""
    if kept:
        region = scheduling.regions(kept.country).get(kept.region, "")
        taken = ", ".join(filter(None, (str(names.get(kept.country, kept.country)), region)))
    return HolidaysForm(
        countries,
        list(scheduling.regions(place.country).items()),
        place,
        days,
        kept == place and bool(place.country),
        taken,
    )


def read_place(form: Mapping[str, str]) -> scheduling.Place:
    """The place that a form names; whether there is such a one is not asked."""
    return scheduling.Place(form.get("country", "")[:2], form.get("region", "")[:40])


def _asked(asked: Mapping[str, str]) -> scheduling.Place | None:
    place = read_place(asked)
    if not place.country:
        return None
    if place.region not in scheduling.regions(place.country):  # of the country chosen before
        place = scheduling.Place(place.country)
    return place if place.country in scheduling.countries() else None
