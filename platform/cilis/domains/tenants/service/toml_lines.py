"""On which line of a TOML file a value stands: tomlkit itself does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r'^\s*("?[\w.-]+"?(?:\s*\.\s*"?[\w-]+"?)*)\s*=')

Place = tuple[str | int, ...]


def line_of(source: str, place: Sequence[str | int]) -> int:
    """The line (from 1) of the value at ``place``, or of the nearest thing that holds it."""
    best, best_length = 1, 0
    for line, found in _places(source):
        length = _shared(found, place)
        if length > best_length:
            best, best_length = line, length
    return best


def _places(source: str) -> Iterator[tuple[int, Place]]:
    table: Place = ()
    counts: dict[Place, int] = {}
    inside = False
    for number, line in enumerate(source.splitlines(), start=1):
        fences = line.count('"""') + line.count("'''")
        if not inside:
            header = _HEADER.match(line)
            if header and not _KEY.match(line):
                table = _resolve(_split(header[2]), counts, opens=header[1] == "[[")
                yield number, table
            elif key := _KEY.match(line):
                yield number, table + _split(key[1])
        inside ^= fences % 2 == 1


def _resolve(names: Place, counts: dict[Place, int], *, opens: bool) -> Place:
    """A header's names with the indices of the arrays of tables they go through."""
    place: Place = ()
    for depth, name in enumerate(names):
        place = (*place, name)
        if opens and depth == len(names) - 1:
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place


def _split(dotted: str) -> Place:
    return tuple(part.strip().strip('"') for part in dotted.split("."))


def _shared(found: Place, place: Sequence[str | int]) -> int:
    """How many parts agree; 0 when ``found`` leads elsewhere."""
    for index, part in enumerate(found):
        if index >= len(place) or place[index] != part:
            return 0
    return len(found)
