"""Choices of country, time zone and language, in the reader's language."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from zoneinfo import available_timezones

from babel import Locale

from cilis.infra.i18n import current_language, language_name
from cilis.kit.text import sort_key

SPOKEN = (
    "vi",
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "pl",
    "ru",
    "uk",
    "tr",
    "ar",
    "fa",
    "hi",
    "zh",
    "ja",
    "ko",
    "th",
    "id",
)
_REGIONS = (
    "Africa/",
    "America/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)

Choices = list[tuple[str, str]]


def countries() -> Choices:
    """Countries by name."""
    return _countries(current_language())


@functools.cache
def _countries(language: str) -> Choices:
    names = Locale.parse(language).territories
    found = [
        (code, name)
        for code, name in names.items()
        if len(code) == 2
        and code.isalpha()
        and code not in {"EU", "EZ", "UN", "XA", "XB", "XK", "ZZ", "QO"}
    ]
    return sorted(found, key=lambda pair: sort_key(pair[1], language))


@functools.cache
def zones() -> Choices:
    """Time zones by their IANA name."""
    names = sorted(name for name in available_timezones() if name.startswith(_REGIONS))
    return [(name, name.replace("_", " ").replace("/", " / ")) for name in (*names, "UTC")]


def spoken(first: Iterable[str] = ()) -> Choices:
    """Languages that experts may speak in a session; ``first`` are the likeliest."""
    ordered = dict.fromkeys([*first, *SPOKEN])
    return [(code, language_name(code)) for code in ordered]
