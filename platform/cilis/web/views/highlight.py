"""What somebody typed, marked in what it found; diacritics may be left out when typing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from cilis.kit.text import fold, nfc

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 12


def marker(typed: str) -> Callable[[str], Markup]:
    """A function that marks the beginnings of words which were typed: "thue" in "Thuế"."""
    begun = list(dict.fromkeys(fold(word) for word in _WORD.findall(nfc(typed))))[:_MOST_WORDS]
    begun.sort(key=len, reverse=True)

    def mark(text: str) -> Markup:
        parts, last = [], 0
        for word in _WORD.finditer(nfc(text)):
            length = _begins(word[0], begun)
            if length:
                parts.append(escape(word.string[last : word.start()]))
                last = word.start() + length
                parts.append(Markup("<mark>{}</mark>").format(word[0][:length]))
        return Markup("").join([*parts, escape(nfc(text)[last:])])

    return mark


def _begins(word: str, begun: Sequence[str]) -> int:
    """How many letters of the word the longest of the typed beginnings covers; 0 for none."""
    folded = fold(word)
    typed = next((one for one in begun if one and folded.startswith(one)), "")
    covered, length = 0, 0
    while covered < len(typed):  # a letter may fold to two: ß
        covered += len(fold(word[length]))
        length += 1
    return length
