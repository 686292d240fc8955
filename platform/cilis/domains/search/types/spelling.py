"""Another spelling of what was typed, out of words that stand in given texts."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence

from cilis.domains.search.types.words import cut_words, folded
from cilis.kit.text import fold

_SHORTEST = 3  # letters from which a slip is taken for one
_LONG = 6  # letters from which two slips are


class Vocabulary:
    """The words of some texts, however they are written, and what stands beside them.

    A place is a folded word with its neighbours, folded too; "" where there is none.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._written: dict[str, Counter[str]] = {}
        self._beside: dict[tuple[str, str, int], Counter[str]] = {}
        for text in texts:
            words = [(fold(word), word) for word in cut_words(text)]
            for form, word in words:
                self._written.setdefault(form, Counter())[word] += 1
            for (form, word), (after, following) in itertools.pairwise(words):
                self._beside.setdefault((form, after, 0), Counter())[word] += 1
                self._beside.setdefault((form, after, 1), Counter())[following] += 1

    def knows(self, form: str, *, begun: bool) -> bool:
        """Whether a folded word is one of them, or the beginning of one."""
        return form in self._written or (
            begun and any(known.startswith(form) for known in self._written)
        )

    def nearest(self, before: str, form: str, after: str) -> str:
        """The word of which a folded one is most likely a slip; "" when none is near.

        Fewest slips first, then what stands beside one of the neighbours, then the most frequent.
        """
        most = 0 if len(form) < _SHORTEST else 1 if len(form) < _LONG else 2
        found = [
            (slips, not self._here(before, known, after), -sum(written.values()), known)
            for known, written in self._written.items()
            if len(known) >= _SHORTEST - 1 and (slips := distance(form, known, most)) <= most
        ]
        return min(found)[-1] if found else ""

    def written(self, before: str, form: str, after: str) -> str:
        """A folded word as it is written beside these, or else mostly; "" for an unknown one."""
        found = self._here(before, form, after) or self._written.get(form, Counter())
        best = sorted(found.items(), key=lambda one: (-one[1], one[0] != one[0].lower(), one[0]))
        return best[0][0] if best else ""

    def is_clear(self, before: str, form: str, after: str) -> bool:
        """Whether a folded word can be only one word here, whatever its marks."""
        found = self._here(before, form, after) or self._written.get(form, Counter())
        return len({word.lower() for word in found}) == 1

    def _here(self, before: str, form: str, after: str) -> Counter[str]:
        """How a word is written beside one of these."""
        none = Counter[str]()
        return self._beside.get((before, form, 1), none) + self._beside.get((form, after, 0), none)


def is_known(typed: str, vocabulary: Vocabulary) -> bool:
    """Whether all that was typed stands in the vocabulary, so that nothing can be a slip."""
    forms = _forms(cut_words(typed))
    return all(
        vocabulary.knows(form, begun=at == len(forms)) for at, form in enumerate(forms, start=1)
    )


def respelled(typed: str, vocabulary: Vocabulary) -> str:
    """What was typed with its slips put right; "" when there is none that is known."""
    words = cut_words(typed)
    forms = _forms(words)
    meant: list[str] = []  # a slip's place is taken by the word it is of
    for at, form in enumerate(forms):
        known = vocabulary.knows(form, begun=at == len(words) - 1)
        before, after = meant[-1] if meant else "", (*forms, "")[at + 1]
        meant.append(form if known else vocabulary.nearest(before, form, after) or form)
    if meant == forms:
        return ""
    beside = zip(("", *meant), meant, (*meant[1:], ""), strict=False)
    return " ".join(
        _as_written(word, form, place, vocabulary)
        for word, form, place in zip(words, forms, beside, strict=True)
    )


def _forms(words: Sequence[str]) -> list[str]:
    return [" ".join(folded([word.lower()])) for word in words]


def _as_written(word: str, form: str, place: tuple[str, str, str], vocabulary: Vocabulary) -> str:
    """A word in its place: as it was typed, or as the vocabulary writes it."""
    if place[1] != form:
        return vocabulary.written(*place)
    marked = fold(word) != word.casefold()  # its marks say which word is meant
    keep = marked or not vocabulary.is_clear(*place)
    return word if keep else vocabulary.written(*place)


def distance(one: str, other: str, most: int) -> int:
    """How many letters are missing, too many, wrong, or changed places; ``most`` + 1: too far.

    The restricted distance of Damerau and Levenshtein: no letter is touched twice.
    """
    too_far = most + 1
    if abs(len(one) - len(other)) > most:
        return too_far
    before: Sequence[int] = ()
    row: Sequence[int] = range(len(other) + 1)
    for at, letter in enumerate(one, 1):
        older, before, row = before, row, [at]
        for place, against in enumerate(other, 1):
            least = min(row[-1] + 1, before[place] + 1, before[place - 1] + (letter != against))
            swapped = at > 1 and place > 1 and letter == other[place - 2] and one[at - 2] == against
            if swapped:
                least = min(least, older[place - 2] + 1)
            row.append(least)
        if min(row) > most:
            return too_far
    return min(row[-1], too_far)
