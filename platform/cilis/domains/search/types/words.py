"""Words as they are kept and asked for: folded, so that "thue" and "thuế" meet.

Both sides are cut here and nowhere else; PostgreSQL's parser, which takes "a/b" for a file and
splits numbers by its own rules, is never asked.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable

from cilis.domains.search.types.stems import stems
from cilis.kit.text import fold, nfc

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 40
_MOST_WORDS = 4000
_MOST_PLACES = 200  # PostgreSQL keeps at most 255 places of a word


def cut_words(text: str) -> list[str]:
    """The words of a text as they are written."""
    return [word[:_LONGEST] for word in _WORD.findall(nfc(text))]


def tokens(text: str) -> list[str]:
    """The words of a text, lower case, as written otherwise."""
    return [word.lower() for word in cut_words(text)]


Said = tuple[str, str, Collection[str]]
"""The weight of a place, A to D; the text there; the languages whose stems of it are kept."""


def vector(parts: Iterable[Said]) -> str:
    """The text of a tsvector.

    A word with diacritics is kept twice, folded and as written, so that an exact spelling can
    count for more; beside it stand its stems.
    """
    places: dict[str, list[str]] = {}
    place = 0
    for weight, text, languages in parts:
        for word in tokens(text):
            place += 1
            if place > _MOST_WORDS:
                break
            for form in {*folded([word]), word, *stems(word, languages)}:
                kept = places.setdefault(form, [])
                if len(kept) < _MOST_PLACES:
                    kept.append(f"{place}{weight}")
    return " ".join(f"'{word}':{','.join(found)}" for word, found in sorted(places.items()))


def folded(words: list[str]) -> list[str]:
    """Folded words; folding may split one ("½" becomes "1⁄2"), so they are cut again."""
    return [part for word in words for part in _WORD.findall(fold(word))]


def trigrams(text: str) -> list[str]:
    """The threes of letters of a folded text, in order; a word begins with two blanks."""
    return [
        padded[place : place + 3]
        for padded in (f"  {word} " for word in _WORD.findall(text))
        for place in range(len(padded) - 2)
    ]


def nearness(typed: str, text: str) -> float:
    """0 to 1: how much of what was typed stands in one stretch of a text; both folded.

    The best stretch counts: threes of letters that it shares with the typed text, divided by
    all threes of the two.
    """
    wanted = set(trigrams(typed))
    found = trigrams(text)
    best = 0.0
    for first, begin in enumerate(found):
        if begin not in wanted:
            continue
        shared, strange = set[str](), set[str]()
        for three in itertools.islice(found, first, None):
            (shared if three in wanted else strange).add(three)
            # a stretch with more strange threes than this can no longer win
            if len(strange) * best > len(wanted) * (1 - best) or len(strange) > 2 * len(wanted):
                break
            if three in wanted:
                best = max(best, len(shared) / (len(wanted) + len(strange)))
    return best
