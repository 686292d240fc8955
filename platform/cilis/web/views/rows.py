"""Lists inside of a form: add, remove and move rows between two showings, without saving."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cilis.web.views.forms import Typed

_ROW = re.compile(r"^(?P<list>\w+)\[(?P<row>\d{1,3})\](?P<rest>.+)$")
MOST = 40


def numbers(name: str, flat: Mapping[str, Any]) -> list[int]:
    """The rows of a list that a form holds; one empty row where it holds none."""
    return sorted(_rows(name, flat)) or [0]


def rearranged(flat: Typed, act: str) -> Typed:
    """The form's values after an act such as "add:experience" or "up:experience:2".

    Rows are numbered anew from 0; what makes no sense changes nothing.
    """
    verb, _, rest = act.partition(":")
    name, _, place = rest.partition(":")
    known = _rows(name, flat)
    rows = [known[number] for number in sorted(known)]
    _apply(rows, verb, int(place) if place.isdigit() else -1)
    kept = Typed({key: value for key, value in flat.items() if not key.startswith(f"{name}[")})
    for number, row in enumerate(rows[:MOST]):
        kept.update({f"{name}[{number}]{part}": value for part, value in row.items()})
    return kept


def _apply(rows: list[dict[str, str]], verb: str, place: int) -> None:
    there = 0 <= place < len(rows)
    if verb == "add":
        rows.insert(0, {"[from]": ""})
    elif verb == "remove" and there:
        del rows[place]
    elif verb == "up" and there and place > 0:
        rows[place - 1], rows[place] = rows[place], rows[place - 1]
    elif verb == "down" and there and place + 1 < len(rows):
        rows[place + 1], rows[place] = rows[place], rows[place + 1]


def _rows(name: str, flat: Mapping[str, Any]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for key, value in flat.items():
        fits = _ROW.match(key)
        if fits and fits["list"] == name:
            found.setdefault(int(fits["row"]), {})[fits["rest"]] = value
    return found
