"""Groups of words that mean the same to an organization, and how a question is widened by them.

Words of a group are compared folded and by their stems, so "lawyers" finds the group of "lawyer".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from cilis.domains.search.types.stems import INFLECTED, stems
from cilis.domains.search.types.terms import Part, Phrase, forms
from cilis.domains.search.types.words import folded, tokens

MAX_GROUPS = 200
MIN_WORDS, MAX_WORDS = 2, 12  # of a group; one of them may be of several words
MAX_LENGTH = 60
MAX_PHRASE = 4


@dataclass(frozen=True, slots=True)
class Synonyms:
    """One group, as the admin wrote it."""

    id: UUID
    words: tuple[str, ...]


def keys(phrase: Sequence[str]) -> list[str]:
    """All that a word or phrase (its tokens) may be met by; none without letters or digits."""
    plain = " ".join(folded(list(phrase)))
    found = [plain] if plain else []
    for language in INFLECTED:
        stemmed = [stem for token in phrase for stem in stems(token, (language,))]
        if stemmed and len(stemmed) == len(phrase):
            found.append(" ".join(stemmed))
    return found


def places(written: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where in a question a phrase may stand: first word and end, longer ones first."""
    for first in range(len(written)):
        for end in range(min(len(written), first + MAX_PHRASE), first, -1):
            yield first, end


def widened(
    written: Sequence[str], groups: Sequence[Sequence[str]], languages: Collection[str]
) -> list[Part]:
    """The parts of a question: a phrase that a group knows is one, with the group's other words."""
    known = _by_key(groups)
    longest: dict[int, int] = {}
    for first, end in places(written):
        if first not in longest and known.keys() & set(keys(written[first:end])):
            longest[first] = end
    found: list[Part] = []
    at = 0
    while at < len(written):
        end = longest.get(at, at + 1)
        typed = [word for token in written[at:end] for word in forms(token, languages)]
        if at in longest:
            others = _others(written[at:end], known)
            phrases = [_phrase(tokens(one), languages) for one in others]
            found.append(Part(tuple(typed), tuple(phrases)))
        else:
            found += [Part((word,)) for word in typed]
        at = end
    return found


def _by_key(groups: Sequence[Sequence[str]]) -> Mapping[str, list[str]]:
    """All words of the groups in which something of this key stands."""
    known: dict[str, list[str]] = {}
    for group in groups:
        for word in group:
            for key in keys(tokens(word)):
                known.setdefault(key, []).extend(group)
    return known


def _others(phrase: Sequence[str], known: Mapping[str, list[str]]) -> list[str]:
    """Other words for a phrase, each once, in the order of the groups."""
    plain = folded(list(phrase))
    every = [word for key in keys(phrase) for word in known.get(key, ())]
    by_form = {tuple(folded(tokens(word))): word for word in reversed(every)}
    return [word for form, word in reversed(by_form.items()) if list(form) != plain]


def _phrase(written: Sequence[str], languages: Collection[str]) -> Phrase:
    return tuple(word for token in written for word in forms(token, languages))
