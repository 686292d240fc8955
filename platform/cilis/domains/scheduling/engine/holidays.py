"""Public holidays of countries and their regions, as the library `holidays` knows them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date

from holidays import country_holidays
from holidays.registry import COUNTRIES

from cilis.domains.scheduling.types import Holiday, Place


@functools.cache
def countries() -> tuple[str, ...]:
    """The ISO 3166-1 codes of all countries that are known, in order."""
    return tuple(sorted({codes[1] for codes in COUNTRIES.values()}))


@functools.cache
def regions(country: str) -> dict[str, str]:
    """The regions of a country that have holidays of their own: code -> name, in order of name."""
    if country not in countries():
        return {}
    known = country_holidays(country)
    names = {code: name for name, code in known.subdivisions_aliases.items()}
    found = {code: names.get(code, code) for code in known.subdivisions}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def is_known(place: Place) -> bool:
    """Whether there is such a country, and such a region in it."""
    return place.country in countries() and (
        not place.region or place.region in regions(place.country)
    )


def holidays_of(place: Place, since: date, until: date, language: str) -> Sequence[Holiday]:
    """The holidays from one day to another, both included, ascending.

    Named in ``language`` where the library has it, else in English or the country's own. Two of
    one day are one, with both names.
    """
    spoken = _language(place.country, language)
    return [
        one
        for year in range(since.year, until.year + 1)
        for one in _of_year(place, year, spoken)
        if since <= one.day <= until
    ]


@functools.lru_cache(maxsize=2_000)
def _of_year(place: Place, year: int, language: str | None) -> Sequence[Holiday]:
    found = country_holidays(
        place.country, subdiv=place.region or None, years=year, language=language
    )
    return tuple(Holiday(day, found[day].replace("; ", ", ")) for day in sorted(found))


@functools.cache
def _language(country: str, wanted: str) -> str | None:
    spoken = country_holidays(country).supported_languages
    for form in (wanted, "en_US", "en_GB", "en"):
        for one in spoken:
            if one == form or one.startswith(f"{form}_"):
                return str(one)
    return None
