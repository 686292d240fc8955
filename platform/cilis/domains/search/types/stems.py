"""The stems of words: "lawyers" and "lawyer", "Steuern" and "Steuer" meet in one.

The rules are Snowball's (Porter 2 for English), cut here and nowhere else, so that every engine
finds the same. A stem carries its language and a sign that no word holds: "de=steu" meets neither
a word nor an English stem. Vietnamese has no inflection.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import snowballstemmer

from cilis.kit.text import fold

_RULES = {"en": "english", "de": "german"}
INFLECTED = tuple(_RULES)
"""The languages whose words have stems."""
_LETTERS = {"en": re.compile(r"[a-z]+"), "de": re.compile(r"[a-zäöüß]+")}
_KEPT = 50_000
_own = threading.local()  # a stemmer holds the word it works on


def stems(word: str, languages: Iterable[str]) -> list[str]:
    """The stems of a word, lower case as written, one of each language that inflects."""
    return [
        _stem(word, language)
        for language in _RULES
        if language in languages and _LETTERS[language].fullmatch(word)
    ]


@lru_cache(maxsize=_KEPT)
def _stem(word: str, language: str) -> str:
    return f"{language}={fold(_stemmer(language).stemWord(word))}"


def _stemmer(language: str) -> Any:
    known: dict[str, Any] = _own.__dict__.setdefault("stemmers", {})
    if language not in known:
        known[language] = snowballstemmer.stemmer(_RULES[language])
    return known[language]
