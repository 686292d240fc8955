"""Words as they are kept and asked for: folded, so that "thue" and "thuế" meet.

Both sides are cut here and nowhere else; PostgreSQL's parser, which takes "a/b" for a file and
splits numbers by its own rules, is never asked.
"""

from __future__ import annotations

import itertools
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

    ``parts`` are folded; if ``begun`` the last one may still be being typed and counts as a
    beginning. ``written`` are those that folding changed, as they were written.
    """

    parts: tuple[str, ...]
    begun: bool
    written: tuple[str, ...]

    @property
    def folded(self) -> str:
        """The folded words as one text."""
        return " ".join(self.parts)

    @property
    def asked(self) -> list[str]:
        """Each word as a tsquery, without the weight that may follow it."""
        words = [f"'{word}':" for word in self.parts]
        if self.begun:
            words[-1] += "*"
        return words

    @property
    def every(self) -> str:
        """A tsquery in which all words must be."""
        return " & ".join(word.removesuffix(":") for word in self.asked)

    @property
    def some(self) -> str:
        """A tsquery in which one of the words must be."""
        return " | ".join(word.removesuffix(":") for word in self.asked)

    @property
    def exact(self) -> str:
        """A tsquery for the words as they were written; empty if folding changed nothing."""
        return " & ".join(f"'{word}'" for word in self.written)


def tokens(text: str) -> list[str]:
    """The words of a text, lower case, as written otherwise."""
    return [word[:_LONGEST].lower() for word in _WORD.findall(nfc(text))]


def terms(typed: str) -> Terms | None:
    """What somebody typed; None if it holds no word."""
    written = tokens(typed)[:_MOST_ASKED]
    folded = _folded(written)
    if not folded:
        return None
    return Terms(
        parts=tuple(folded),
        begun=len(folded[-1]) > 1,
        written=tuple(word for word in written if fold(word) != word),
    )


def prefixes(typed: str, weight: str = "") -> str:
    """A tsquery in which every typed word may be the beginning of one; "" without words."""
    return " & ".join(f"'{word}':*{weight}" for word in beginnings(typed))


def beginnings(typed: str) -> list[str]:
    """Folded words, each of which may be the beginning of one."""
    return _folded(tokens(typed)[:_MOST_ASKED])


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
