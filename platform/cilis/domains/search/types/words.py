"""Words as they are kept and asked for: folded, so that "thue" and "thuế" meet.

Both sides are cut here and nowhere else; PostgreSQL's parser, which takes "a/b" for a file and
splits numbers by its own rules, is never asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cilis.kit.text import fold, nfc

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 40
_MOST_WORDS = 4000
_MOST_ASKED = 12
_MOST_PLACES = 200  # PostgreSQL keeps at most 255 places of a word


@dataclass(frozen=True, slots=True)
class Terms:
    """Typed words, ready to be asked for.

    ``every`` and ``some`` are tsquery texts over folded words, the last one by its beginning;
    ``exact`` asks for the words as they were written, and is empty if folding changed nothing.
    """

    folded: str
    every: str
    some: str
    exact: str


def tokens(text: str) -> list[str]:
    """The words of a text, lower case, as written otherwise."""
    return [word[:_LONGEST].lower() for word in _WORD.findall(nfc(text))]


def terms(typed: str) -> Terms | None:
    """What somebody typed; None if it holds no word."""
    written = tokens(typed)[:_MOST_ASKED]
    folded = _folded(written)
    if not folded:
        return None
    asked = [f"'{word}'" for word in folded]
    if len(folded[-1]) > 1:
        asked[-1] += ":*"  # it may still be being typed
    exact = [f"'{word}'" for word in written if fold(word) != word]
    return Terms(
        folded=" ".join(folded),
        every=" & ".join(asked),
        some=" | ".join(asked),
        exact=" & ".join(exact),
    )


def prefixes(typed: str, weight: str = "") -> str:
    """A tsquery in which every typed word may be the beginning of one; "" without words."""
    folded = _folded(tokens(typed)[:_MOST_ASKED])
    return " & ".join(f"'{word}':*{weight}" for word in folded)


def vector(parts: Iterable[tuple[str, str]]) -> str:
    """The text of a tsvector of (weight, text) pairs; weights A to D.

    A word with diacritics is kept twice, folded and as written, so that an exact spelling can
    count for more.
    """
    places: dict[str, list[str]] = {}
    place = 0
    for weight, text in parts:
        for word in tokens(text):
            place += 1
            if place > _MOST_WORDS:
                break
            for form in {*_folded([word]), word}:
                kept = places.setdefault(form, [])
                if len(kept) < _MOST_PLACES:
                    kept.append(f"{place}{weight}")
    return " ".join(f"'{word}':{','.join(found)}" for word, found in sorted(places.items()))


def _folded(words: list[str]) -> list[str]:
    """Folded words; folding may split one ("½" becomes "1⁄2"), so they are cut again."""
    return [part for word in words for part in _WORD.findall(fold(word))]
