"""Time zones and languages to choose from, under the names that people know."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from importlib import resources
from zoneinfo import ZoneInfo

from babel import Locale, dates

from cilis.kit import text


def zone_choices(language: str, current: str) -> list[tuple[str, str]]:
    """Pairs of IANA name and label, in the order of the labels; the current zone is among them."""
    known = list(_choices(language))
    if current and all(name != current for name, _ in known):
        known.insert(0, (current, current.replace("_", " ")))
    return known


def own_names(languages: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of code and the language's name for itself: ("vi", "Tiếng Việt")."""
    names = [(code, Locale.parse(code).get_display_name() or code) for code in languages]
    return [(code, name[:1].upper() + name[1:]) for code, name in names]


@functools.lru_cache(maxsize=8)
def _choices(language: str) -> tuple[tuple[str, str], ...]:
    locale = Locale.parse(language)
    places = _places()
    shared = Counter(country for country, _ in places)
    found = {"UTC": "UTC"}
    for country, zone in places:
        label = str(locale.territories.get(country, country))
        if shared[country] > 1:
            label += f", {dates.get_timezone_location(ZoneInfo(zone), locale, return_city=True)}"
        found[zone] = label
    return tuple(sorted(found.items(), key=lambda pair: text.sort_key(pair[1], language)))


def _places() -> list[tuple[str, str]]:
    """Country and zone. Source: tzdata, zone.tab, first and third column."""
    table = (resources.files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return [(row[0], row[2]) for row in rows]
